"""Forward kinematics: where the joints of a skeleton are, vectorised over frames.

global(j) = global(parent) rest(j) rotation(j); position(j) = position(parent) + global(parent) offset(j).
Metres, quaternions w, x, y, z; the float kind of the input is kept.
"""

from __future__ import annotations

import numpy as np

from .motion import Motion
from .rotations import conjugate, identity, multiply, rotate
from .skeleton import CANONICAL, Skeleton


def globals_of(motion: Motion | np.ndarray, root: np.ndarray | None = None,
               skeleton: Skeleton = CANONICAL) -> tuple[np.ndarray, np.ndarray]:
    """Global rotations (T, J, 4) and joint positions (T, J, 3) of a motion, or of local rotations (T, J, 4).

    root: (T, 3) position of joint 0 where rotations are given; without it the root stays in its rest place.
    """
    if isinstance(motion, Motion):
        motion, root, skeleton = motion.rotations, motion.root, motion.skeleton
    rotations = np.asarray(motion)
    local = _with_rest(rotations, skeleton)
    turns = np.empty_like(local)
    places = np.empty((*local.shape[:-1], 3), local.dtype)
    turns[:, 0] = local[:, 0]
    places[:, 0] = skeleton.offsets[0] if root is None else root
    offsets = skeleton.offsets.astype(local.dtype)
    for level in levels(skeleton)[1:]:
        parents = skeleton.parents[level]
        turns[:, level] = multiply(turns[:, parents], local[:, level])
        places[:, level] = places[:, parents] + rotate(turns[:, parents], offsets[level])
    return turns, places


def locals_of(turns: np.ndarray, skeleton: Skeleton = CANONICAL) -> np.ndarray:
    """Local rotations (T, J, 4) that give the global rotations ``turns`` (T, J, 4)."""
    frames = turns.copy()
    frames[:, 1:] = multiply(conjugate(turns[:, skeleton.parents[1:]]), turns[:, 1:])
    if _rest_is_plain(skeleton):
        return frames
    return multiply(conjugate(skeleton.rest_rotations.astype(turns.dtype)), frames)


def rest_of(skeleton: Skeleton = CANONICAL) -> tuple[np.ndarray, np.ndarray]:
    """Global rotations (J, 4) and positions (J, 3) of the rest pose."""
    turns, places = globals_of(identity(1, len(skeleton)), None, skeleton)
    return turns[0], places[0]


def tips_of(turns: np.ndarray, places: np.ndarray, skeleton: Skeleton = CANONICAL) -> np.ndarray:
    """(T, J, 3) where each bone ends: at its tip, at its child, or at the mean of its children."""
    ends = places.copy()
    for joint, name in enumerate(skeleton.names):
        if name in skeleton.tips:
            tip = np.array(skeleton.tips[name], turns.dtype)
            ends[:, joint] += rotate(turns[:, joint], tip)
        elif skeleton.children[joint]:
            ends[:, joint] = places[:, list(skeleton.children[joint])].mean(1)
    return ends


def levels(skeleton: Skeleton) -> list[np.ndarray]:
    """Joints by their distance from the root: those of one level depend on the level before alone."""
    depth = np.zeros(len(skeleton), int)
    for joint, parent in enumerate(skeleton.parents):
        depth[joint] = depth[parent] + 1 if parent >= 0 else 0
    return [np.flatnonzero(depth == level) for level in range(depth.max() + 1)]


def _with_rest(rotations: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    if _rest_is_plain(skeleton):
        return rotations
    return multiply(skeleton.rest_rotations.astype(rotations.dtype), rotations)


def _rest_is_plain(skeleton: Skeleton) -> bool:
    return bool(np.all(skeleton.rest_rotations == (1.0, 0.0, 0.0, 0.0)))
