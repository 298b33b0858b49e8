"""Hands and elbows kept out of trunk, head, thighs and each other.

The body is a handful of capsules on the canonical skeleton; radii are its build, checked against recorded talk,
which keeps clear of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .filters import cover, gaussian
from .ik import pointed, set_globals, two_bone
from .kinematics import globals_of, tips_of
from .rotations import conjugate, multiply, rotate, swing_twist
from .skeleton import Skeleton

# joint, both ends of the capsule's axis in the joint's frame, radius (metres)
CAPSULES = (
    ("hips", (-0.048, -0.020, 0.000), (0.048, -0.020, 0.000), 0.110),
    ("spine", (-0.040, -0.030, 0.050), (0.040, -0.030, 0.050), 0.095),
    ("chest", (-0.048, -0.036, 0.050), (0.048, -0.036, 0.050), 0.102),
    ("upperChest", (-0.070, -0.015, 0.060), (0.070, -0.015, 0.060), 0.090),
    ("neck", (0.000, 0.000, 0.000), (0.000, -0.010, 0.080), 0.060),
    ("head", (0.000, -0.025, 0.030), (0.000, -0.025, 0.090), 0.090),
    ("leftUpperLeg", (0.000, 0.000, -0.050), (0.000, 0.000, -0.400), 0.072),
    ("rightUpperLeg", (0.000, 0.000, -0.050), (0.000, 0.000, -0.400), 0.072),
)
TRUNK = ("hips", "spine", "chest", "upperChest")
# joint of the arm, half its thickness (metres); "+" = the end of the bone
HAND = (("Hand", 0.020), ("IndexProximal", 0.012), ("MiddleProximal", 0.012), ("LittleProximal", 0.012),
        ("ThumbDistal", 0.010), ("IndexDistal", 0.008), ("MiddleDistal", 0.008), ("LittleDistal", 0.008),
        ("ThumbDistal+", 0.006), ("IndexDistal+", 0.006), ("MiddleDistal+", 0.006), ("LittleDistal+", 0.006))
_ELBOW = 0.028
_PALMS = 0.045  # metres between the middles of two palms laid on each other
_ENOUGH = 0.002  # metres of penetration that are left alone
_ROUNDS = 8
_SPREAD = 0.17  # seconds over which a hand is led around what it would have hit


@dataclass(frozen=True)
class _Arm:
    """Joints of one arm in the skeleton."""

    upper: int
    lower: int
    hand: int
    knuckle: int
    points: tuple[int, ...]
    ends: tuple[int, ...]
    margins: np.ndarray

    @classmethod
    def of(cls, side: str, skeleton: Skeleton) -> _Arm:
        at = skeleton.index
        joints = [name for name, _ in HAND if not name.endswith("+")]
        ends = [name[:-1] for name, _ in HAND if name.endswith("+")]
        return cls(at[side + "UpperArm"], at[side + "LowerArm"], at[side + "Hand"], at[side + "MiddleProximal"],
                   tuple(at[side + name] for name in joints), tuple(at[side + name] for name in ends),
                   np.array([margin for _, margin in HAND]))


def clear(rotations: np.ndarray, root: np.ndarray, fps: float, skeleton: Skeleton) -> np.ndarray:
    """Local rotations (T, J, 4) with the arms led around the body; frames that touch nothing stay as they are."""
    arms = [_Arm.of(side, skeleton) for side in ("left", "right")]
    rotations = rotations.copy()
    for _ in range(_ROUNDS):
        turns, places = globals_of(rotations, root, skeleton)
        pushes = _pushes(turns, places, arms, skeleton)
        if max(np.linalg.norm(push, axis=-1).max() for push in pushes) <= _ENOUGH:
            break
        for arm, (hand, elbow) in zip(arms, pushes, strict=True):
            _lead(rotations, turns, places, arm, _spread(hand, fps), _spread(elbow, fps), skeleton)
    return rotations


def penetration(turns: np.ndarray, places: np.ndarray, skeleton: Skeleton,
                capsules: tuple = CAPSULES) -> np.ndarray:
    """(T, 2) how deep (metres, 0 = not at all) the deepest point of each hand is in any of the capsules."""
    arms = [_Arm.of(side, skeleton) for side in ("left", "right")]
    ends = tips_of(turns, places, skeleton)
    depth = np.zeros((len(places), len(arms)))
    for capsule in capsules:
        for side, arm in enumerate(arms):
            off, needed = _off_axis(_hand_points(arm, places, ends), arm.margins, turns, places, capsule, skeleton)
            inside = needed - np.linalg.norm(off, axis=-1)
            depth[:, side] = np.maximum(depth[:, side], inside.max(1))
    return depth


def _pushes(turns: np.ndarray, places: np.ndarray, arms: list[_Arm], skeleton: Skeleton) -> list[np.ndarray]:
    """For each arm (2, T, 3): how the hand and the elbow must move to be out of what they are deepest in."""
    ends = tips_of(turns, places, skeleton)
    pushes = []
    for arm in arms:
        parts = ((_hand_points(arm, places, ends), arm.margins), (places[:, [arm.lower]], np.array([_ELBOW])))
        pushes.append(np.stack([_deepest([_way_out(*part, turns, places, capsule, skeleton) for capsule in CAPSULES])
                                for part in parts]))
    apart = _apart(places, *arms) / 2
    pushes[0][0] += apart
    pushes[1][0] -= apart
    return pushes


def _hand_points(arm: _Arm, places: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """(T, P, 3) in the order of ``HAND``."""
    return np.concatenate((places[:, arm.points], ends[:, arm.ends]), 1)


def _deepest(pushes: list[np.ndarray]) -> np.ndarray:
    """(T, 3) the longest of several pushes (T, 3)."""
    pushes = np.stack(pushes)
    longest = np.linalg.norm(pushes, axis=-1).argmax(0)
    return pushes[longest, np.arange(len(longest))]


def _way_out(points: np.ndarray, margins: np.ndarray, turns: np.ndarray, places: np.ndarray, capsule: tuple,
             skeleton: Skeleton) -> np.ndarray:
    """(T, 3) how points (T, P, 3) of some thickness, moved as one, come out of a capsule.

    They leave it on the side where most of them are, so that finger tips that have come through do not pull the
    hand after them.
    """
    off, needed = _off_axis(points, margins, turns, places, capsule, skeleton)
    inside = np.linalg.norm(off, axis=-1) < needed
    if not inside.any():
        return np.zeros((len(points), 3))
    way = off.mean(1)
    ahead = rotate(turns[:, skeleton.index[capsule[0]]], np.array((0.0, -1.0, 0.0)))
    distance = np.linalg.norm(way, axis=1, keepdims=True)
    way = way + ahead * 0.5 * np.maximum(needed.mean() / 2 - distance, 0)  # what is in the middle leaves to the front
    way /= np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-9)
    along = np.einsum("tpc,tc->tp", off, way)
    gap = needed ** 2 - np.einsum("tpc,tpc->tp", off, off)
    far = np.where(inside, np.sqrt(np.maximum(along ** 2 + gap, 0)) - along, 0).max(1)
    return way * far[:, None]


def _off_axis(points: np.ndarray, margins: np.ndarray, turns: np.ndarray, places: np.ndarray, capsule: tuple,
              skeleton: Skeleton) -> tuple[np.ndarray, np.ndarray]:
    """From the axis of a capsule to points (T, P, 3), and how long that has to be (P,)."""
    name, start, end, radius = capsule
    joint = skeleton.index[name]
    start, end = (places[:, joint] + rotate(turns[:, joint], np.array(p)) for p in (start, end))
    axis = end - start
    share = np.einsum("tpc,tc->tp", points - start[:, None], axis) / np.einsum("tc,tc->t", axis, axis)[:, None]
    return points - start[:, None] - np.clip(share, 0, 1)[..., None] * axis[:, None], radius + margins


def _apart(places: np.ndarray, left: _Arm, right: _Arm) -> np.ndarray:
    """(T, 3) how the left palm must move against the right one for both to lie on each other at most."""
    along = np.linspace(0, 1, 5)[:, None]
    palms = [places[:, None, arm.hand] + along * (places[:, None, arm.knuckle] - places[:, None, arm.hand])
             for arm in (left, right)]
    off = palms[0][:, :, None] - palms[1][:, None]
    distance = np.linalg.norm(off, axis=-1).reshape(len(places), -1)
    nearest = distance.argmin(1)[:, None]
    off = np.take_along_axis(off.reshape(len(places), -1, 3), nearest[..., None], 1)[:, 0]
    distance = np.take_along_axis(distance, nearest, 1)
    way = off + np.maximum(1 - distance / _PALMS, 0) * (0, 0, 0.02)  # palms that meet head-on: the left goes above
    return way * (np.maximum(_PALMS - distance, 0) / np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-9))


def _spread(push: np.ndarray, fps: float) -> np.ndarray:
    """A smooth push (T, 3) that is at least as long as the given one, and begins before it."""
    size = np.linalg.norm(push, axis=1)
    reach = max(1, round(_SPREAD * fps))
    way = gaussian(push, reach)
    way = way / np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-12)
    return way * cover(size, (reach + 1) // 2)[:, None]


def _lead(rotations: np.ndarray, turns: np.ndarray, places: np.ndarray, arm: _Arm, hand: np.ndarray,
          elbow: np.ndarray, skeleton: Skeleton) -> None:
    """Moves wrist and elbow by (T, 3); the hand keeps its direction in the world."""
    frames = np.flatnonzero((hand != 0).any(1) | (elbow != 0).any(1))
    if not len(frames):
        return
    turns, places = turns[frames], places[frames]
    shoulder, old_elbow, wrist = (places[:, joint] for joint in (arm.upper, arm.lower, arm.hand))
    outward = rotate(turns[:, skeleton.parents[arm.upper]], np.array((0.0, 0.5, -1.0)))
    new_elbow, new_wrist = two_bone(shoulder, old_elbow + elbow[frames], wrist, wrist + hand[frames], outward)
    lower = pointed(turns[:, arm.lower], wrist - old_elbow, new_wrist - new_elbow)
    # The forearm carries the whole pronation, the hand swings only: what the hand would twist goes to the forearm.
    axis = np.sign(skeleton.offsets[arm.hand][0]) * np.array((1.0, 0.0, 0.0))
    _, twist = swing_twist(multiply(conjugate(lower), turns[:, arm.hand]), axis)
    part = rotations[frames]
    set_globals(part, turns, skeleton.parents, {
        arm.upper: pointed(turns[:, arm.upper], old_elbow - shoulder, new_elbow - shoulder),
        arm.lower: multiply(lower, twist), arm.hand: turns[:, arm.hand]})
    rotations[frames] = part
