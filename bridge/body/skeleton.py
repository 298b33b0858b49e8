"""Skeletons: joint names, parents and the rest pose. ``CANONICAL`` is the one the models speak.

Metres, +Z up, the character faces -Y, its left is +X. Quaternions are w, x, y, z.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

# name, parent, offset of the joint from its parent in the rest pose (metres). Rest is a T-pose,
# palms down, every joint frame world-aligned; names are those of the VRM humanoid.
_CANONICAL = (
    ("hips", "", (0, 0, 0.965)),
    ("spine", "hips", (0, 0.01, 0.105)),
    ("chest", "spine", (0, 0.02, 0.135)),
    ("upperChest", "chest", (0, 0.01, 0.135)),
    ("neck", "upperChest", (0, -0.005, 0.15)),
    ("head", "neck", (0, -0.015, 0.09)),
    ("leftUpperLeg", "hips", (0.092, 0, -0.045)),
    ("leftLowerLeg", "leftUpperLeg", (0, 0, -0.42)),
    ("leftFoot", "leftLowerLeg", (0, 0, -0.415)),
    ("leftToes", "leftFoot", (0, -0.135, -0.065)),
    ("rightUpperLeg", "hips", (-0.092, 0, -0.045)),
    ("rightLowerLeg", "rightUpperLeg", (0, 0, -0.42)),
    ("rightFoot", "rightLowerLeg", (0, 0, -0.415)),
    ("rightToes", "rightFoot", (0, -0.135, -0.065)),
    ("leftShoulder", "upperChest", (0.035, -0.015, 0.095)),
    ("leftUpperArm", "leftShoulder", (0.14, 0.01, -0.005)),
    ("leftLowerArm", "leftUpperArm", (0.285, 0, 0)),
    ("leftHand", "leftLowerArm", (0.255, 0, 0)),
    ("leftThumbMetacarpal", "leftHand", (0.028, -0.022, -0.012)),
    ("leftThumbProximal", "leftThumbMetacarpal", (0.0317, -0.0299, -0.0113)),
    ("leftThumbDistal", "leftThumbProximal", (0.0225, -0.0212, -0.008)),
    ("leftIndexProximal", "leftHand", (0.092, -0.025, 0)),
    ("leftIndexIntermediate", "leftIndexProximal", (0.042, 0, 0)),
    ("leftIndexDistal", "leftIndexIntermediate", (0.025, 0, 0)),
    ("leftMiddleProximal", "leftHand", (0.095, -0.003, 0.003)),
    ("leftMiddleIntermediate", "leftMiddleProximal", (0.045, 0, 0)),
    ("leftMiddleDistal", "leftMiddleIntermediate", (0.028, 0, 0)),
    ("leftRingProximal", "leftHand", (0.089, 0.017, 0)),
    ("leftRingIntermediate", "leftRingProximal", (0.042, 0, 0)),
    ("leftRingDistal", "leftRingIntermediate", (0.027, 0, 0)),
    ("leftLittleProximal", "leftHand", (0.08, 0.035, -0.005)),
    ("leftLittleIntermediate", "leftLittleProximal", (0.034, 0, 0)),
    ("leftLittleDistal", "leftLittleIntermediate", (0.02, 0, 0)),
    ("rightShoulder", "upperChest", (-0.035, -0.015, 0.095)),
    ("rightUpperArm", "rightShoulder", (-0.14, 0.01, -0.005)),
    ("rightLowerArm", "rightUpperArm", (-0.285, 0, 0)),
    ("rightHand", "rightLowerArm", (-0.255, 0, 0)),
    ("rightThumbMetacarpal", "rightHand", (-0.028, -0.022, -0.012)),
    ("rightThumbProximal", "rightThumbMetacarpal", (-0.0317, -0.0299, -0.0113)),
    ("rightThumbDistal", "rightThumbProximal", (-0.0225, -0.0212, -0.008)),
    ("rightIndexProximal", "rightHand", (-0.092, -0.025, 0)),
    ("rightIndexIntermediate", "rightIndexProximal", (-0.042, 0, 0)),
    ("rightIndexDistal", "rightIndexIntermediate", (-0.025, 0, 0)),
    ("rightMiddleProximal", "rightHand", (-0.095, -0.003, 0.003)),
    ("rightMiddleIntermediate", "rightMiddleProximal", (-0.045, 0, 0)),
    ("rightMiddleDistal", "rightMiddleIntermediate", (-0.028, 0, 0)),
    ("rightRingProximal", "rightHand", (-0.089, 0.017, 0)),
    ("rightRingIntermediate", "rightRingProximal", (-0.042, 0, 0)),
    ("rightRingDistal", "rightRingIntermediate", (-0.027, 0, 0)),
    ("rightLittleProximal", "rightHand", (-0.08, 0.035, -0.005)),
    ("rightLittleIntermediate", "rightLittleProximal", (-0.034, 0, 0)),
    ("rightLittleDistal", "rightLittleIntermediate", (-0.02, 0, 0)),
)

# Where the last bone of a chain ends, from its joint (metres).
_TIPS = {
    "head": (0, 0, 0.17),
    "leftToes": (0, -0.07, 0),
    "leftThumbDistal": (0.0183, -0.0173, -0.0065),
    "leftIndexDistal": (0.02, 0, 0),
    "leftMiddleDistal": (0.022, 0, 0),
    "leftRingDistal": (0.021, 0, 0),
    "leftLittleDistal": (0.018, 0, 0),
    "rightToes": (0, -0.07, 0),
    "rightThumbDistal": (-0.0183, -0.0173, -0.0065),
    "rightIndexDistal": (-0.02, 0, 0),
    "rightMiddleDistal": (-0.022, 0, 0),
    "rightRingDistal": (-0.021, 0, 0),
    "rightLittleDistal": (-0.018, 0, 0),
}


@dataclass(frozen=True)
class Skeleton:
    """A tree of joints in rest.

    names: J joint names, a parent always before its children. parents: (J,) int, -1 for the root.
    offsets: (J, 3) metres, from the parent's joint in the parent's rest frame.
    rest_rotations: (J, 4) local rest rotation of each joint frame (identity in ``CANONICAL``).
    tips: end of a leaf bone from its joint, in the joint's own frame, metres.
    """

    names: tuple[str, ...]
    parents: np.ndarray
    offsets: np.ndarray
    rest_rotations: np.ndarray
    tips: dict[str, tuple[float, float, float]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def index(self) -> dict[str, int]:
        """Joint name to its place in every array."""
        return {name: place for place, name in enumerate(self.names)}

    @cached_property
    def children(self) -> tuple[tuple[int, ...], ...]:
        return tuple(tuple(int(c) for c in np.flatnonzero(self.parents == j)) for j in range(len(self)))


def _canonical() -> Skeleton:
    names = tuple(row[0] for row in _CANONICAL)
    parents = np.array([names.index(row[1]) if row[1] else -1 for row in _CANONICAL])
    identity = np.tile(np.array([1.0, 0.0, 0.0, 0.0]), (len(names), 1))
    return Skeleton(names, parents, np.array([row[2] for row in _CANONICAL]), identity, dict(_TIPS))


CANONICAL = _canonical()
