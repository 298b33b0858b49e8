"""``Motion``: a body moving over time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .skeleton import Skeleton

CONTACTS = ("left heel", "left toe", "right heel", "right toe")


@dataclass(frozen=True)
class Motion:
    """Local rotations of a skeleton over T frames.

    rotations: (T, J, 4) float32 w, x, y, z, unit, sign-continuous in time, relative to the parent;
        global(j) = global(parent) * rest_rotation(j) * rotation(j).
    root: (T, 3) float32, position of joint 0 in metres, +Z up, the character facing -Y.
    contacts: (T, 4) float32 in 0..1, in the order of ``CONTACTS``.
    """

    skeleton: Skeleton
    rotations: np.ndarray
    root: np.ndarray
    fps: float
    contacts: np.ndarray

    def __post_init__(self) -> None:
        frames, joints = len(self.root), len(self.skeleton)
        if self.rotations.shape != (frames, joints, 4) or self.root.shape != (frames, 3):
            raise ValueError(f"motion of {frames} frames and {joints} joints has rotations "
                             f"{self.rotations.shape}, root {self.root.shape}")
        if self.contacts.shape != (frames, len(CONTACTS)):
            raise ValueError(f"contacts are {self.contacts.shape}, not ({frames}, {len(CONTACTS)})")

    def __len__(self) -> int:
        return len(self.root)

    @property
    def seconds(self) -> float:
        return len(self) / self.fps
