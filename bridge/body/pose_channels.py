"""Poses as few numbers: principal components of each body part, in metres of what the rotations move.

A pose is 6D rotations (Zhou et al. 2019) of all joints and the root's place, weighted by the lever of each joint,
less its mean, projected on the components of its part. The basis is learned by training and travels in the
weights file.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

import numpy as np

from . import rotations as rot
from .skeleton import CANONICAL

ARM = ("Shoulder", "UpperArm", "LowerArm", "Hand")
FINGERS = tuple(name[4:] for name in CANONICAL.names
                if name.startswith("left") and any(f in name for f in ("Thumb", "Index", "Middle", "Ring", "Little")))
LEG = ("UpperLeg", "LowerLeg", "Foot", "Toes")
PARTS: dict[str, tuple[str, ...]] = {
    "root": ("hips",),
    "trunk": ("spine", "chest", "upperChest", "neck", "head"),
    "left arm": tuple(f"left{name}" for name in ARM),
    "right arm": tuple(f"right{name}" for name in ARM),
    "left fingers": tuple(f"left{name}" for name in FINGERS),
    "right fingers": tuple(f"right{name}" for name in FINGERS),
    "legs": tuple(f"{side}{name}" for side in ("left", "right") for name in LEG),
}
COMPONENTS = {"root": 8, "trunk": 20, "left arm": 20, "right arm": 20, "left fingers": 14, "right fingers": 14,
              "legs": 10}
WIDTH = sum(COMPONENTS.values())
BLOCK = 4096  # frames decoded at a time, to bound memory
FLOOR = .012  # metres: a component that varies less is not blown up to unit variance

_LEVER = {"hips": .6, "spine": .6, "chest": .6, "upperChest": .6, "neck": .3, "head": .2, "Shoulder": .5,
          "UpperArm": .55, "LowerArm": .38, "Hand": .17, "Proximal": .1, "Metacarpal": .1, "Intermediate": .06,
          "Distal": .05, "UpperLeg": .5, "LowerLeg": .35, "Foot": .12, "Toes": .07}
_ROOT_LEVER = 1.5


@dataclass(frozen=True)
class PoseBasis:
    """mean: (315,) of the weighted pose vector. basis: (315, 106), block by block of ``PARTS``; scale: (106,)."""

    mean: np.ndarray
    basis: np.ndarray
    scale: np.ndarray

    def encode(self, rotations: np.ndarray, root: np.ndarray) -> np.ndarray:
        """(T, 106) channels of local rotations (T, 52, 4) and root (T, 3)."""
        vectors = pose_vectors(rotations, root) * LEVERS - self.mean
        return (vectors @ self.basis / self.scale).astype(np.float32)

    def decode(self, channels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rotations (T, 52, 4) and root (T, 3), float32, of channels (T, 106)."""
        turns = np.empty((len(channels), len(CANONICAL), 4), np.float32)
        root = np.empty((len(channels), 3), np.float32)
        for first in range(0, len(channels), BLOCK):
            place = slice(first, first + BLOCK)
            vectors = ((channels[place] * self.scale) @ self.basis.T + self.mean) / LEVERS
            turns[place] = rot.from_six_d(vectors[:, :-3].reshape(-1, len(CANONICAL), 6))
            root[place] = vectors[:, -3:]
        return rot.continuous(turns), root

    def to_text(self) -> str:
        """For the metadata of a weights file."""
        rows = np.concatenate((self.mean[None], self.basis.T, np.pad(self.scale, (0, len(self.mean) - WIDTH))[None]))
        return base64.b64encode(rows.astype("<f4").tobytes()).decode()

    @classmethod
    def from_text(cls, text: str) -> PoseBasis:
        """Raises ValueError where the text is not a basis of this skeleton."""
        rows = np.frombuffer(base64.b64decode(text, validate=True), "<f4")
        if rows.size != (WIDTH + 2) * len(LEVERS):
            raise ValueError(f"the pose basis has {rows.size} numbers, not {(WIDTH + 2) * len(LEVERS)}")
        rows = rows.reshape(WIDTH + 2, -1)
        return cls(rows[0].copy(), rows[1:-1].T.copy(), rows[-1, :WIDTH].copy())


def part_slices() -> dict[str, slice]:
    """The channels of each part."""
    found, start = {}, 0
    for name, count in COMPONENTS.items():
        found[name] = slice(start, start + count)
        start += count
    return found


def pose_vectors(rotations: np.ndarray, root: np.ndarray) -> np.ndarray:
    """(T, 315): 6D rotations of all joints and the root."""
    return np.concatenate((rot.six_d(rotations).reshape(len(root), -1), root), axis=1)


def learn(vectors: np.ndarray) -> PoseBasis:
    """The basis of pose vectors (N, 315)."""
    weighted = vectors.astype(np.float64) * LEVERS
    mean = weighted.mean(0)
    basis, scale = np.zeros((len(LEVERS), WIDTH)), np.zeros(WIDTH)
    for name, place in part_slices().items():
        rows = _rows(name)
        values, axes = np.linalg.eigh(np.cov(weighted[:, rows].T))
        best = np.argsort(values)[::-1][:COMPONENTS[name]]
        basis[np.ix_(rows, np.arange(place.start, place.stop))] = axes[:, best]
        scale[place] = np.maximum(np.sqrt(np.maximum(values[best], 0)), FLOOR)
    return PoseBasis(mean.astype(np.float32), basis.astype(np.float32), scale.astype(np.float32))


def _rows(part: str) -> np.ndarray:
    rows = np.concatenate([np.arange(6) + 6 * CANONICAL.index[name] for name in PARTS[part]])
    return np.concatenate((rows, 6 * len(CANONICAL) + np.arange(3))) if part == "root" else rows


def _levers() -> np.ndarray:
    """Metres that a unit of each entry moves: about what hangs below the joint."""
    def lever(name: str) -> float:
        return _LEVER.get(name) or next(value for key, value in _LEVER.items() if name.endswith(key))

    return np.concatenate((np.repeat([lever(name) for name in CANONICAL.names], 6), [_ROOT_LEVER] * 3))


LEVERS = _levers()
