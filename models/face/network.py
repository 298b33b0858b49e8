"""The phonetic network: log-mel frames in, phones, visemes and articulatory cues out, at the same 100 Hz."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from bridge.face.listener import CUES
from bridge.face.phones import PHONES, VISEMES

_SIZES = (len(PHONES), len(VISEMES), len(CUES))
_LOGISTIC = 3  # the first cues are probabilities, the others amounts in 0..1


class PhoneticNetwork(nn.Module):
    """A bidirectional stack of dilated convolutions.

    bands: feature channels. width: channels inside. Two rounds of dilations 1 to 16 and a first kernel of five see
    64 frames to either side.
    """

    def __init__(self, bands: int, width: int = 128, dropout: float = 0.15) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Conv1d(bands, width, 5, padding=2), nn.BatchNorm1d(width), nn.ReLU())
        self.blocks = nn.ModuleList(_Block(width, dilation, dropout) for dilation in (1, 2, 4, 8, 16) * 2)
        self.heads = nn.Conv1d(width, sum(_SIZES), 1)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(B, T, bands) to logits of phones (B, T, 40), visemes (B, T, 15) and cues (B, T, 6)."""
        hidden = self.first(features.transpose(1, 2))
        for block in self.blocks:
            hidden = block(hidden)
        return self.heads(hidden).transpose(1, 2).split(_SIZES, dim=2)


class _Block(nn.Module):
    def __init__(self, width: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.turn = nn.Sequential(nn.Conv1d(width, width, 3, padding=dilation, dilation=dilation),
                                  nn.BatchNorm1d(width), nn.ReLU(), nn.Dropout(dropout))

    def forward(self, hidden: Tensor) -> Tensor:
        return hidden + self.turn(hidden)


class Posteriors(nn.Module):
    """The network as it is exported: logits turned into probabilities and amounts."""

    def __init__(self, network: PhoneticNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        phones, visemes, cues = self.network(features)
        cues = torch.cat([torch.sigmoid(cues[..., :_LOGISTIC]), cues[..., _LOGISTIC:].clamp(0.0, 1.0)], dim=2)
        return phones.softmax(2), visemes.softmax(2), cues
