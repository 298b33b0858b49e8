"""The network this project began from (OHGesture, after DiffuseStyleGesture, IJCAI 2023), written anew for comparison.

Seed frames and one emotion are flattened into one token, the audio is attended to causally within blocks, the rest
is a post-norm transformer encoder. Rotary positions turn features, values included, as the original does.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from bridge.body.diffusion import STEPS

from .network import rotary_table, turned


@dataclass(frozen=True)
class OhgSize:
    """The published sizes: 88 frames of 1141 numbers at 20 fps, 1024 audio features, 8 seed frames, 6 emotions."""

    pose: int = 1141
    audio: int = 1024
    emotions: int = 6
    frames: int = 88
    seed_frames: int = 8
    block: int = 11
    width: int = 256
    layers: int = 8
    heads: int = 4
    local_heads: int = 8
    hidden: int = 1024
    dropout: float = 0.1


class Ohg(nn.Module):
    """x0 (B, N, pose) from noisy x, t, an emotion, seed frames and audio."""

    def __init__(self, size: OhgSize = OhgSize()) -> None:
        super().__init__()
        self.size = size
        width = size.width
        self.step = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
        self.emotion = nn.Linear(size.emotions, 64)
        self.seed = nn.Linear(size.pose * size.seed_frames, width - 64)
        self.pose = nn.Linear(size.pose, width)
        self.audio = nn.Linear(size.audio, 64)
        self.merge = nn.Linear(2 * width + 64, width)
        self.encoder = nn.TransformerEncoder(
            nn.TransformerEncoderLayer(width, size.heads, size.hidden, size.dropout, "gelu", batch_first=True),
            size.layers, enable_nested_tensor=False)
        self.exit = nn.Linear(width, size.pose)
        cos, sin = rotary_table(width // size.local_heads)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        self.register_buffer("times", _sinusoids(width), persistent=False)
        self.register_buffer("hidden_keys", _block_mask(size.frames, size.block), persistent=False)

    def forward(self, x: Tensor, t: Tensor, emotion: Tensor, seed: Tensor, audio: Tensor) -> Tensor:
        """x: (B, N, pose); t: (B,) steps; emotion: (B, emotions); seed: (B, seed_frames, pose); audio (B, N, audio)."""
        frames = x.shape[1]
        token = torch.cat((self.emotion(emotion), self.seed(seed.flatten(1))), -1) + self.step(self.times[t])
        merged = self.merge(torch.cat((token[:, None].expand(-1, frames, -1), self.pose(x), self.audio(audio)), -1))
        seen = self._attend_nearby(merged)
        tokens = torch.cat((token[:, None], seen), 1)
        heads = self._heads(tokens)
        placed = turned(heads, self.cos[:frames + 1], self.sin[:frames + 1])
        return self.exit(self.encoder(self._joined(placed))[:, 1:])

    def _attend_nearby(self, merged: Tensor) -> Tensor:
        """Queries, keys and values are one tensor; each frame sees its own block and the one before, no later frame."""
        frames = merged.shape[1]
        heads = turned(self._heads(merged), self.cos[:frames], self.sin[:frames])
        scores = heads @ heads.transpose(-1, -2) / heads.shape[-1] ** .5 + self.hidden_keys[:frames, :frames]
        return self._joined(scores.softmax(-1) @ heads)

    def _heads(self, h: Tensor) -> Tensor:
        return h.unflatten(-1, (self.size.local_heads, -1)).transpose(1, 2)

    def _joined(self, h: Tensor) -> Tensor:
        return h.transpose(1, 2).flatten(-2)


def _block_mask(frames: int, block: int) -> Tensor:
    rows, columns = torch.arange(frames)[:, None], torch.arange(frames)[None]
    apart = rows // block - columns // block
    return torch.where((apart >= 0) & (apart <= 1) & (columns <= rows), 0.0, -1e4)


def _sinusoids(width: int) -> Tensor:
    rates = 10000 ** (-torch.arange(0, width, 2) / width)
    angles = torch.arange(STEPS)[:, None] * rates
    table = torch.zeros(STEPS, width)
    table[:, 0::2], table[:, 1::2] = angles.sin(), angles.cos()
    return table
