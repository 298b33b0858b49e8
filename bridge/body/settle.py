"""From what a model gives to what a body does: smooth, within human limits, clear of itself, standing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..watch import Watch
from . import clearance, contacts, feet, limits, shoulders
from .filters import steady, steady_rotations
from .kinematics import globals_of
from .motion import Motion
from .rotations import continuous, normalise
from .skeleton import CANONICAL, Skeleton

_BLOCK = 2048  # frames settled at once, so that an hour needs no more memory than a minute
_MARGIN = 6.0  # seconds beside a block that may matter to it


def settle(motion: Motion, watch: Watch | None = None) -> Motion:
    """The same performance without trembling, broken joints, hands in the body and sliding feet.

    Contacts that come with the motion are kept where the feet do not contradict them; else they are found. Ground at
    z = 0. Raises ValueError for a skeleton that has not the canonical joints.
    """
    watch = watch or Watch()
    missing = set(CANONICAL.names) - set(motion.skeleton.names)
    if missing:
        raise ValueError(f"a motion on a skeleton without {', '.join(sorted(missing))} cannot be settled")
    if not len(motion):
        return motion
    rotations, root = np.empty_like(motion.rotations, np.float32), np.empty(motion.root.shape)
    for start in range(0, len(motion), _BLOCK):
        block = slice(start, min(start + _BLOCK, len(motion)))
        rotations[block], root[block] = _settle_block(motion, block)
        watch.advance(block.stop, len(motion))
    planted = _stand(rotations, root, motion)
    watch.check()
    return replace(motion, rotations=continuous(normalise(rotations)), root=root.astype(np.float32),
                   contacts=planted.astype(np.float32))


def _settle_block(motion: Motion, block: slice) -> tuple[np.ndarray, np.ndarray]:
    """Local rotations and root of some frames: all that depends on the seconds around them alone."""
    skeleton, fps = motion.skeleton, motion.fps
    margin = int(np.ceil(_MARGIN * fps))
    first = max(block.start - margin, 0)
    around = slice(first, block.stop + margin)
    rotations = steady_rotations(normalise(motion.rotations[around].astype(np.float64)), fps)
    root = steady(motion.root[around].astype(np.float64), fps)
    rotations = limits.within(rotations, skeleton)
    rotations = shoulders.follow(rotations, root, skeleton)
    rotations = clearance.clear(rotations, root, fps, skeleton)
    wanted = slice(block.start - first, block.stop - first)
    return rotations[wanted], root[wanted]


def _stand(rotations: np.ndarray, root: np.ndarray, motion: Motion) -> np.ndarray:
    """Locks the feet over the whole motion, in place; returns the contacts (T, 4) bool."""
    joints = [motion.skeleton.index[name] for name in ("hips", *(name for leg in feet.LEGS for name in leg))]
    legs = _part(motion.skeleton, joints)
    local = normalise(rotations[:, joints].astype(np.float64))
    soles = contacts.sole_points(*globals_of(local, root, legs), legs)
    planted = contacts.detect(soles, motion.fps, motion.contacts)
    rotations[:, joints], root[:] = feet.lock(local, root, planted, motion.fps, legs)
    return planted


def _part(skeleton: Skeleton, joints: list[int]) -> Skeleton:
    """The skeleton of some joints, each of them with its parent, the root first."""
    parents = [joints.index(parent) if (parent := int(skeleton.parents[joint])) >= 0 else -1 for joint in joints]
    return Skeleton(tuple(skeleton.names[joint] for joint in joints), np.array(parents), skeleton.offsets[joints],
                    skeleton.rest_rotations[joints])
