"""A rig in rest as arrays: positions, parents and the rest matrices that Blender derives from head, tail and roll."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .rig import Rig


@dataclass(frozen=True)
class Rest:
    """B bones in rest, a parent always before its children, armature space and units.

    parents: (B,) int, -1 for a root. heads, tails: (B, 3). axes: (B, 3, 3) rest matrices, columns X, Y, Z.
    to_world: (3, 3) and origin: (3,), object_matrix, metres.
    """

    names: tuple[str, ...]
    parents: np.ndarray
    heads: np.ndarray
    tails: np.ndarray
    axes: np.ndarray
    to_world: np.ndarray
    origin: np.ndarray

    @cached_property
    def index(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.names)}

    @cached_property
    def children(self) -> tuple[tuple[int, ...], ...]:
        found: list[list[int]] = [[] for _ in self.names]
        for bone, parent in enumerate(self.parents):
            if parent >= 0:
                found[parent].append(bone)
        return tuple(tuple(row) for row in found)

    @cached_property
    def unit(self) -> float:
        """Metres of one armature unit along the mean axis of the object's scale."""
        return float(np.cbrt(abs(np.linalg.det(self.to_world))))

    @cached_property
    def even(self) -> bool:
        """Whether the object scales alike in all directions, within 1 %."""
        scales = np.linalg.svd(self.to_world, compute_uv=False)
        return bool(scales[0] <= 1.01 * scales[-1])

    def ancestors(self, bone: int) -> list[int]:
        """Parent, grandparent … of a bone."""
        line = []
        while (bone := int(self.parents[bone])) >= 0:
            line.append(bone)
        return line


def rest_of(rig: Rig) -> Rest:
    names = tuple(bone.name for bone in rig.bones)
    places = {name: place for place, name in enumerate(names)}
    heads = np.array([bone.head for bone in rig.bones], np.float64).reshape(-1, 3)
    tails = np.array([bone.tail for bone in rig.bones], np.float64).reshape(-1, 3)
    matrix = np.array(rig.object_matrix, np.float64)
    return Rest(names, np.array([places.get(bone.parent, -1) for bone in rig.bones], int), heads, tails,
                axes(tails - heads, np.array([bone.roll for bone in rig.bones], np.float64)),
                matrix[:3, :3], matrix[:3, 3])


def axes(directions: np.ndarray, rolls: np.ndarray) -> np.ndarray:
    """(B, 3, 3) rest matrices of bones along directions (B, 3) with rolls (B,) in radians.

    Blender's ``vec_roll_to_mat3_normalized`` (blenkernel armature.cc), with its single-precision thresholds
    near the singular direction -Y. A bone without length points along +Y, as there.
    """
    lengths = np.linalg.norm(directions, axis=-1, keepdims=True)
    y = np.where(lengths > 1e-12, directions / np.maximum(lengths, 1e-12), (0.0, 1.0, 0.0))
    return _about(y, rolls) @ _without_roll(y)


def _without_roll(y: np.ndarray) -> np.ndarray:
    nx, ny, nz = np.moveaxis(y, -1, 0)
    flat = nx * nx + nz * nz
    near = 1 + ny <= 6.1e-3
    singular = near & (flat <= 2.5e-4 ** 2)
    theta = np.where(near, flat * 0.5 + flat * flat * 0.125, 1 + ny)
    theta = np.where(singular, 1.0, theta)
    matrices = np.empty((len(y), 3, 3))
    matrices[:, :, 1] = y
    matrices[:, 0, 0], matrices[:, 1, 0], matrices[:, 2, 0] = 1 - nx * nx / theta, -nx, -nx * nz / theta
    matrices[:, 0, 2], matrices[:, 1, 2], matrices[:, 2, 2] = -nx * nz / theta, -nz, 1 - nz * nz / theta
    matrices[singular] = np.diag((-1.0, -1.0, 1.0))
    return matrices


def _about(axis: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """(B, 3, 3) rotations by angles about unit axes (Rodrigues)."""
    x, y, z = np.moveaxis(axis, -1, 0)
    zero = np.zeros_like(x)
    cross = np.stack([np.stack([zero, -z, y], -1), np.stack([z, zero, -x], -1), np.stack([-y, x, zero], -1)], -2)
    sin, cos = np.sin(angles)[:, None, None], np.cos(angles)[:, None, None]
    return np.eye(3) + sin * cross + (1 - cos) * (cross @ cross)
