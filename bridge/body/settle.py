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
from .skeleton import CANONICAL


def settle(motion: Motion, watch: Watch | None = None) -> Motion:
    """The same performance without trembling, broken joints, hands in the body and sliding feet.

    Contacts that come with the motion are kept where the feet do not contradict them; else they are found. Ground at
    z = 0. Raises ValueError for a skeleton that has not the canonical joints.
    """
    watch = watch or Watch()
    skeleton, fps = motion.skeleton, motion.fps
    missing = set(CANONICAL.names) - set(skeleton.names)
    if missing:
        raise ValueError(f"a motion on a skeleton without {', '.join(sorted(missing))} cannot be settled")
    if not len(motion):
        return motion
    rotations = steady_rotations(normalise(motion.rotations.astype(np.float64)), fps)
    root = steady(motion.root.astype(np.float64), fps)
    watch.advance(1, 5)
    rotations = limits.within(rotations, skeleton)
    rotations = shoulders.follow(rotations, root, skeleton)
    watch.advance(2, 5)
    rotations = clearance.clear(rotations, root, fps, skeleton)
    watch.advance(3, 5)
    soles = contacts.sole_points(*globals_of(rotations, root, skeleton), skeleton)
    planted = contacts.detect(soles, fps, motion.contacts)
    rotations, root = feet.lock(rotations, root, planted, fps, skeleton)
    watch.advance(4, 5)
    settled = continuous(normalise(rotations)).astype(np.float32)
    watch.advance(5, 5)
    return replace(motion, rotations=settled, root=root.astype(np.float32), contacts=planted.astype(np.float32))
