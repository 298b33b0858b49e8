"""Feet that stand where they stand: pinned soles, hips that come along, legs solved to reach.

For skeletons with canonical names and rest frames aligned with the world, the ground at z = 0.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from . import contacts as standing
from .filters import cover, gaussian
from .ik import REACH, pointed, set_globals, two_bone
from .kinematics import globals_of
from .rotations import between, multiply, rotate
from .skeleton import Skeleton

LEGS = (("leftUpperLeg", "leftLowerLeg", "leftFoot", "leftToes"),
        ("rightUpperLeg", "rightLowerLeg", "rightFoot", "rightToes"))
_LEVEL = 0.015  # metres: a sole this near the ground stands on it
_SUNK = 0.005  # metres that a moving foot may dip into the ground
_EASE = 0.17  # seconds in which a foot leaves its pin, or comes to the next one
_DRIFT = 0.7  # seconds (sigma): the hips follow what is slower than this


def lock(rotations: np.ndarray, root: np.ndarray, planted: np.ndarray, fps: float,
         skeleton: Skeleton) -> tuple[np.ndarray, np.ndarray]:
    """Local rotations (T, J, 4) and root (T, 3) with the soles at rest while they are planted (T, 4 bool).

    Each sole point stays where it was in the middle of its contact. A slow drift of both feet is taken off the
    hips, which also come down where a leg would have to be longer than it is; the knees keep their side.
    """
    turns, places = globals_of(rotations, root, skeleton)
    held, weight = _corrections(standing.sole_points(turns, places, skeleton), planted, fps)
    if not planted.any():
        return rotations, root
    shift = _drift(held, planted, fps)
    root = root + shift
    feet = [_foot_target(turns, places + shift[:, None], held[:, part] - shift[:, None], weight[:, part],
                         _upright(turns, planted[:, part], fps, skeleton.index[leg[2]]), leg, skeleton)
            for part, leg in ((slice(0, 2), LEGS[0]), (slice(2, 4), LEGS[1]))]
    drop = _shortfall(places + shift[:, None], [place for place, _ in feet], fps, skeleton)
    root = root - drop[:, None] * (0, 0, 1)
    moved = shift - drop[:, None] * (0, 0, 1)
    rotations = rotations.copy()
    for leg, (place, turn) in zip(LEGS, feet, strict=True):
        _solve_leg(rotations, turns, places + moved[:, None], place, turn, leg, skeleton)
    return rotations, root


def _corrections(points: np.ndarray, planted: np.ndarray, fps: float) -> tuple[np.ndarray, np.ndarray]:
    """For each sole point how far it is from its pin (T, 4, 3), and how much that counts (T, 4).

    Beyond a contact the correction of its end is carried on while its weight fades, unless the next contact is
    so near that one flows into the other.
    """
    held, weight = np.zeros_like(points), np.zeros(points.shape[:2])
    for part in range(points.shape[1]):
        spans = standing.runs(planted[:, part])
        for start, stop in spans:
            held[start:stop, part] = _pin(points[start:stop, part]) - points[start:stop, part]
            weight[start:stop, part] = 1
        _carry_on(held[:, part], weight[:, part], spans, max(1, round(_EASE * fps)))
    return held, weight


def _pin(points: np.ndarray) -> np.ndarray:
    """Where a point (n, 3) that ought not to move is."""
    pin = np.median(points, axis=0)
    if abs(pin[2]) < _LEVEL:
        pin[2] = 0.0
    return pin


def _carry_on(held: np.ndarray, weight: np.ndarray, spans: np.ndarray, ease: int) -> None:
    """Fills the gaps between spans of corrections (T, 3) and weights (T,) in place."""
    edges = [(None, 0), *((int(start), int(stop)) for start, stop in spans), (len(held), None)]
    for (_, stop), (start, _) in pairwise(edges):
        gap = np.arange(stop, start)
        if not len(gap) or not len(spans):
            continue
        after, before = gap - stop + 1, start - gap
        first, last = stop > 0, start < len(held)
        if first and last and len(gap) <= 2 * ease:
            share = _smooth(after / (len(gap) + 1))
            held[gap] = held[stop - 1] + share[:, None] * (held[start] - held[stop - 1])
            weight[gap] = 1
            continue
        leaving, coming = _smooth(1 - after / (ease + 1)) * first, _smooth(1 - before / (ease + 1)) * last
        held[gap] = np.where((leaving >= coming)[:, None], held[stop - 1] if first else 0,
                             held[start] if last else 0)
        weight[gap] = np.maximum(leaving, coming)


def _smooth(share: np.ndarray) -> np.ndarray:
    share = np.clip(share, 0, 1)
    return share * share * (3 - 2 * share)


def _drift(held: np.ndarray, planted: np.ndarray, fps: float) -> np.ndarray:
    """(T, 3) shift of the hips that follows what the planted feet have in common, slowly."""
    frames = np.flatnonzero(planted.any(1))
    count = planted[frames].sum(1, keepdims=True)
    mean = np.einsum("tp,tpc->tc", planted[frames].astype(float), held[frames]) / count
    everywhere = np.stack([np.interp(np.arange(len(held)), frames, mean[:, axis]) for axis in range(3)], 1)
    return gaussian(everywhere, _DRIFT * fps)


def _upright(turns: np.ndarray, planted: np.ndarray, fps: float, foot: int) -> np.ndarray:
    """(T, 3) where the instep shall point: it does not roll while heel and ball (T, 2 bool) are planted."""
    up = rotate(turns[:, foot], np.array((0.0, 0.0, 1.0)))
    held, weight = np.zeros_like(up), np.zeros(len(up))
    spans = standing.runs(planted.all(1))
    for start, stop in spans:
        held[start:stop] = np.median(up[start:stop], axis=0) - up[start:stop]
        weight[start:stop] = 1
    _carry_on(held, weight, spans, max(1, round(_EASE * fps)))
    return up + weight[:, None] * held


def _foot_target(turns: np.ndarray, places: np.ndarray, held: np.ndarray, weight: np.ndarray, upright: np.ndarray,
                 leg: tuple[str, ...], skeleton: Skeleton) -> tuple[np.ndarray, np.ndarray]:
    """Place (T, 3) of the foot joint and global rotation (T, 4) of the foot that bring heel and ball to their pins.

    Where only one of both is planted the other one goes along with it. upright: (T, 3) for the instep.
    """
    foot, toes = (skeleton.index[name] for name in leg[2:])
    ankle = places[:, foot]
    heel = ankle + rotate(turns[:, foot], np.array(standing.SOLE[0]))
    ball = places[:, toes] + rotate(turns[:, toes], np.array(standing.SOLE[1]))
    by_heel, by_ball = (weight[:, i, None] * held[:, i] for i in range(2))
    new_heel = heel + by_heel + (1 - weight[:, :1]) * by_ball
    new_ball = ball + by_ball + (1 - weight[:, 1:]) * by_heel
    lowest = np.minimum(new_heel[:, 2], new_ball[:, 2])
    lift = np.maximum(0, -_SUNK - lowest)[:, None] * (0, 0, 1)
    turn = between(ball - heel, new_ball - new_heel)
    instep = rotate(turn, rotate(turns[:, foot], np.array((0.0, 0.0, 1.0))))
    turn = multiply(_roll(new_ball - new_heel, instep, upright), turn)
    place = (new_heel + new_ball) / 2 + rotate(turn, ankle - (heel + ball) / 2) + lift
    return place, multiply(turn, turns[:, foot])


def _roll(axis: np.ndarray, old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """(T, 4) turn about axis (T, 3) that brings direction old as near to new as it can."""
    axis = axis / np.linalg.norm(axis, axis=1, keepdims=True)
    level_old, level_new = (v - np.einsum("tc,tc->t", v, axis)[:, None] * axis for v in (old, new))
    return between(level_old, level_new)


def _shortfall(places: np.ndarray, targets: list[np.ndarray], fps: float, skeleton: Skeleton) -> np.ndarray:
    """(T,) metres that the hips must come down for both legs to reach, smooth in time."""
    needed = np.zeros(len(places))
    for leg, target in zip(LEGS, targets, strict=True):
        hip, knee, ankle = (places[:, skeleton.index[name]] for name in leg[:3])
        length = np.linalg.norm(knee - hip, axis=1) + np.linalg.norm(ankle - knee, axis=1)
        longest = np.maximum(REACH * length, np.linalg.norm(ankle - hip, axis=1))
        off = target - hip
        level = np.sqrt(np.maximum(longest ** 2 - off[:, 0] ** 2 - off[:, 1] ** 2, 0))
        needed = np.maximum(needed, -off[:, 2] - level)
    return cover(needed, max(1, round(0.1 * fps))) if needed.any() else needed


def _solve_leg(rotations: np.ndarray, turns: np.ndarray, places: np.ndarray, target: np.ndarray, turn: np.ndarray,
               leg: tuple[str, ...], skeleton: Skeleton) -> None:
    upper, lower, foot, _ = (skeleton.index[name] for name in leg)
    hip, knee, ankle = places[:, upper], places[:, lower], places[:, foot]
    forward = rotate(turns[:, upper], np.array((0.0, -1.0, 0.0)))
    new_knee, new_ankle = two_bone(hip, knee, ankle, target, forward)
    set_globals(rotations, turns, skeleton.parents, {
        upper: pointed(turns[:, upper], knee - hip, new_knee - hip),
        lower: pointed(turns[:, lower], ankle - knee, new_ankle - new_knee), foot: turn})
