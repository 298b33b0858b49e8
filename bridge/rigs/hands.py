"""Hands that stand to the chest, and meet, where the source's do, on a rig of other proportions.

Arms whose directions are the source's leave each hand off by the difference of shoulder widths. Half of that is
taken back always, so that neither direction nor place is far off; all of it where the hands are near each other or
the arm is bent before the chest, since there it shows.
"""

from __future__ import annotations

import numpy as np

from .feet import smooth
from .posed import Limb, Posed

_ALWAYS = 0.5
_SETTLE = 0.1  # seconds over which the lead grows
_FULL, _FADED = 0.4, 0.8  # distances from the chest or the other hand, in lengths of the arm


def lead(posed: Posed, arm: Limb, wrist: np.ndarray, near: np.ndarray, chest: np.ndarray, fps: float) -> None:
    """Bends an arm. wrist: (T, 3) the source's wrist from the middle of its shoulders, scaled to the rig's arm;
    near: (T,) how near it is to what it may touch, in lengths of the arm; chest: (T, 3) the rig's middle."""
    part = np.clip((_FADED - near) / (_FADED - _FULL), 0.0, 1.0)
    share = _ALWAYS + (1 - _ALWAYS) * smooth(part * part * (3 - 2 * part), max(1, round(_SETTLE * fps)))
    now = posed.places()[:, arm.end]
    arm.reach(posed, now + share[:, None] * (chest + wrist - now))
