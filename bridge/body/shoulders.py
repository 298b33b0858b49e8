"""Shoulders that rise with raised arms (scapulohumeral rhythm)."""

from __future__ import annotations

import numpy as np

from .ik import set_globals
from .kinematics import globals_of
from .rotations import conjugate, from_rotation_vector, multiply, rotate
from .skeleton import Skeleton

# In recorded talk the shoulder girdle begins to rise as the upper arm nears the horizontal; the lower tenth of it
# rises by about this share of what the arm goes beyond this angle (degrees from hanging).
_BEGIN, _SHARE, _MOST = 85.0, 0.3, 22.0
_SOFT = 3.0  # degrees within which the least rise takes over


def follow(rotations: np.ndarray, root: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """Local rotations (T, J, 4) in which no arm is raised from a hanging shoulder; the arms keep their direction."""
    turns, _ = globals_of(rotations, root, skeleton)
    rotations = rotations.copy()
    for side, outward in (("left", 1.0), ("right", -1.0)):
        shoulder, arm = skeleton.index[side + "Shoulder"], skeleton.index[side + "UpperArm"]
        elbow = skeleton.index[side + "LowerArm"]
        chest = conjugate(turns[:, skeleton.parents[shoulder]])
        raised = _elevation(rotate(multiply(chest, turns[:, arm]), skeleton.offsets[elbow])) + 90
        girdle = skeleton.offsets[arm]
        risen = _elevation(rotate(rotations[:, shoulder], girdle)) - _elevation(girdle)
        least = np.minimum(_SHARE * (raised - _BEGIN), _MOST)
        more = _gate(raised) * _soft_positive(least - risen)
        if not more.any():
            continue
        frames = np.flatnonzero(more)
        lift = from_rotation_vector(np.radians(more[frames])[:, None] * np.array((0.0, -outward, 0.0)))
        part = rotations[frames]
        raised_girdle = multiply(turns[frames, skeleton.parents[shoulder]], multiply(lift, rotations[frames, shoulder]))
        set_globals(part, turns[frames], skeleton.parents, {shoulder: raised_girdle, arm: turns[frames, arm]})
        rotations[frames] = part
    return rotations


def _elevation(direction: np.ndarray) -> np.ndarray:
    """Degrees over the horizontal."""
    return np.degrees(np.arctan2(direction[..., 2], np.hypot(direction[..., 0], direction[..., 1])))


def _gate(raised: np.ndarray) -> np.ndarray:
    share = np.clip((raised - _BEGIN + 10) / 20, 0, 1)
    return share * share * (3 - 2 * share)


def _soft_positive(x: np.ndarray) -> np.ndarray:
    """max(x, 0) with a rounded corner."""
    return np.where(np.abs(x) < _SOFT, (x + _SOFT) ** 2 / (4 * _SOFT), np.maximum(x, 0))
