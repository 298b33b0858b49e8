"""What the face network is trained to lower."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from bridge.face.phones import VISEME_OF_PHONE

from .batches import Batch

_VISEME = torch.tensor(VISEME_OF_PHONE)
CLOSURE_WEIGHT, LABIODENTAL_WEIGHT = 4.0, 6.0  # of frames with the contact, which are few


def loss(outputs: tuple[Tensor, Tensor, Tensor], batch: Batch) -> Tensor:
    """Cross entropies of phones and visemes, focal loss of closures, and distances of the amounts."""
    phones, visemes, cues = outputs
    known = batch.phones >= 0
    words = torch.zeros(())
    if known.any():
        target = batch.phones[known]
        words = functional.cross_entropy(phones[known], target, label_smoothing=0.05)
        words = words + functional.cross_entropy(visemes[known], _VISEME[target], label_smoothing=0.05)
    closure = _contact(cues[..., 0], batch.cues[..., 0], CLOSURE_WEIGHT, focus=2.0)
    labiodental = _contact(cues[..., 1], batch.cues[..., 1], LABIODENTAL_WEIGHT, focus=0.0)
    voice = _contact(cues[..., 2], batch.cues[..., 2], 1.0, focus=0.0)
    amounts, wanted = cues[..., 3:], batch.cues[..., 3:]
    given = ~torch.isnan(wanted)
    distance = functional.smooth_l1_loss(amounts[given], wanted[given], beta=0.1)
    roughness = amounts.diff(dim=1).abs().mean()
    return words + 2 * closure + 2 * labiodental + voice + 5 * distance + 0.1 * roughness


def _contact(logit: Tensor, target: Tensor, weight: float, focus: float) -> Tensor:
    given = ~torch.isnan(target)
    logit, target = logit[given], target[given]
    each = functional.binary_cross_entropy_with_logits(logit, target, reduction="none",
                                                       pos_weight=torch.tensor(weight))
    if focus:
        chance = torch.sigmoid(logit)
        each = each * (target - chance).abs() ** focus
    return each.mean()
