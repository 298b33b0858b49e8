"""How far joints turn: twist about the bone and swing of the bone, softly held within human ranges.

The ranges are measured on recorded talk (all of it lies within them but for single frames) and widened to
what people can do. Angles in degrees of the left side and of the middle; right joints are mirrored.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from .rotations import from_rotation_vector, multiply, swing_twist, to_rotation_vector, twist_angle
from .skeleton import Skeleton

_SOFT = 0.1  # share of a range that may be passed: the ends give way, so that nothing stops dead
_FREE = (-180, 180)
_X, _Y, _Z, _BONE = "x", "y", "z", "bone"

# joint: axis of the twist, its range, ranges of the swing as a rotation vector x, y, z (None = square to the bone)
_RANGES: dict[str, tuple[str, tuple, tuple | None, tuple | None, tuple | None]] = {
    "spine": (_Z, (-30, 30), (-15, 35), (-18, 18), None),
    "chest": (_Z, (-30, 30), (-15, 25), (-18, 18), None),
    "upperChest": (_Z, (-25, 25), (-15, 20), (-15, 15), None),
    "neck": (_Z, (-40, 40), (-30, 35), (-25, 25), None),
    "head": (_Z, (-60, 60), (-45, 40), (-35, 35), None),
    "LowerLeg": (_Z, (-35, 35), (-3, 140), (-14, 14), None),
    "Shoulder": (_X, (-25, 25), None, (-45, 32), (-34, 28)),
    "LowerArm": (_X, (-95, 80), None, (-25, 25), (-150, 3)),
    "Hand": (_X, (-5, 5), None, (-75, 78), (-60, 45)),
    "ThumbMetacarpal": (_BONE, (-50, 80), (-88, 88), (-88, 88), (-88, 88)),
    "ThumbProximal": (_BONE, (-40, 40), (-60, 60), (-60, 60), (-60, 60)),
    "ThumbDistal": (_BONE, (-45, 45), (-85, 85), (-85, 85), (-85, 85)),
    "IndexProximal": (_X, (-14, 14), None, (-30, 92), (-22, 34)),
    "MiddleProximal": (_X, (-14, 14), None, (-30, 92), (-22, 24)),
    "RingProximal": (_X, (-20, 14), None, (-34, 95), (-38, 24)),
    "LittleProximal": (_X, (-33, 20), None, (-34, 100), (-44, 34)),
    **{f"{finger}Intermediate": (_X, (-8, 8), None, (-20, 108), (-20, 14)) for finger in
       ("Index", "Middle", "Ring", "Little")},
    **{f"{finger}Distal": (_X, (-8, 8), None, (-20, 88), (-29, 18)) for finger in
       ("Index", "Middle", "Ring", "Little")},
}


def within(rotations: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """Local rotations (T, J, 4) held within the ranges; what lies inside them comes back bit by bit the same."""
    joints, axes, twists, swings, mirror = _table(skeleton)
    q = rotations[:, joints] * mirror
    swing, _ = swing_twist(q, axes)
    angle = np.unwrap(twist_angle(q, axes), axis=0)
    held_angle = _soft(angle, twists)
    vector = to_rotation_vector(swing)
    share = np.abs(vector) / np.where(vector < 0, -swings[..., 0], swings[..., 1])
    # Each axis is held by itself, or an elbow that goes sideways would be straightened; a thumb's range is round.
    share = np.where(axes.max(-1, keepdims=True) == 1, share, np.linalg.norm(share, axis=-1, keepdims=True))
    held = vector * (_soft_share(share) / np.maximum(share, 1e-9))
    twisted = multiply(from_rotation_vector(held), from_rotation_vector(held_angle[..., None] * axes))
    outside = (share > 1).any(-1) | (held_angle != angle)
    result = rotations.copy()
    result[:, joints] = np.where(outside[..., None], twisted * mirror, rotations[:, joints])
    return result


def _soft(angle: np.ndarray, ranges: np.ndarray) -> np.ndarray:
    middle, half = ranges.mean(-1), np.ptp(ranges, -1) / 2
    share = (angle - middle) / half
    return np.where(np.abs(share) <= 1, angle, middle + half * np.sign(share) * _soft_share(np.abs(share)))


def _soft_share(share: np.ndarray) -> np.ndarray:
    """share of a range, its excess over 1 bent down to at most ``_SOFT``."""
    return np.where(share <= 1, share, 1 + _SOFT * np.tanh((share - 1) / _SOFT))


@cache
def _cached_table(names: tuple[str, ...], directions: bytes) -> tuple[np.ndarray, ...]:
    directions = np.frombuffer(directions).reshape(-1, 3)
    joints, axes, twists, swings, mirror = [], [], [], [], []
    for joint, name in enumerate(names):
        right = name.startswith("right")
        row = _RANGES.get(name.removeprefix("left").removeprefix("right") if name not in _RANGES else name)
        if row is None:
            continue
        axis, twist, *swing = row
        bone = directions[joint] * ((-1, 1, 1) if right else 1)
        joints.append(joint)
        axes.append(bone if axis == _BONE else np.eye(3)["xyz".index(axis)])
        twists.append(np.radians(twist))
        swings.append(np.radians([_FREE if limit is None else limit for limit in swing]))
        mirror.append((1, 1, -1, -1) if right else (1, 1, 1, 1))
    return np.array(joints), np.array(axes), np.array(twists), np.array(swings), np.array(mirror, float)


def _table(skeleton: Skeleton) -> tuple[np.ndarray, ...]:
    directions = np.zeros((len(skeleton), 3))
    for joint, name in enumerate(skeleton.names):
        end = skeleton.tips.get(name)
        if end is None and skeleton.children[joint]:
            end = skeleton.offsets[list(skeleton.children[joint])].mean(0)
        directions[joint] = np.array(end) / np.linalg.norm(end) if end is not None and np.any(end) else (0, 0, 1)
    return _cached_table(skeleton.names, directions.tobytes())
