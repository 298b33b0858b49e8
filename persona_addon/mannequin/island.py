"""``Island``: a closed piece of surface with its materials; the character is a few dozen of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np


@dataclass
class Island:
    """A closed surface.

    name: what it is ("shirt", "leftHand").
    points: (V, 3) millimetres.
    faces: (F, 4) int, counter-clockwise from outside; a triangle repeats its last corner as -1.
    material: (F,) place in ``materials``.
    weights: {bone: (V,)} skin weights that are settled here; others are found in ``skin``.
    """

    name: str
    points: np.ndarray
    faces: np.ndarray
    materials: tuple[str, ...] = ("skin",)
    material: np.ndarray | None = None
    weights: dict[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.material is None:
            self.material = np.zeros(len(self.faces), np.int32)

    @property
    def edges(self) -> np.ndarray:
        """(E, 2) every edge once, lower vertex first."""
        return edges_of(self.faces)

    def other_side(self, name: str) -> Island:
        """The mirror image in x."""
        weights = {_swapped(bone): w for bone, w in self.weights.items()}
        return Island(name, self.points * (-1.0, 1.0, 1.0), reversed_faces(self.faces), self.materials,
                      self.material.copy(), weights)

    def outward(self) -> Island:
        """The same with its faces turned so that they look outward."""
        if volume(self.points, self.faces) < 0:
            self.faces = reversed_faces(self.faces)
        return self


def _swapped(bone: str) -> str:
    if bone.startswith("left"):
        return "right" + bone[4:]
    return "left" + bone[5:] if bone.startswith("right") else bone


def edges_of(faces: np.ndarray) -> np.ndarray:
    pairs = directed_edges(faces)
    pairs = np.sort(pairs, axis=1)
    key = np.unique(pairs[:, 0].astype(np.int64) << 32 | pairs[:, 1])
    return np.column_stack([key >> 32, key & 0xFFFFFFFF])


def directed_edges(faces: np.ndarray) -> np.ndarray:
    """(E, 2) the border of each face in its own direction."""
    following = np.roll(faces, -1, axis=1)
    triangle = faces[:, 3] < 0
    following[triangle, 2] = faces[triangle, 0]
    return np.column_stack([faces.ravel(), following.ravel()])[faces.ravel() >= 0]


def reversed_faces(faces: np.ndarray) -> np.ndarray:
    turned = faces[:, ::-1].copy()
    triangle = faces[:, 3] < 0
    turned[triangle] = np.column_stack([faces[triangle, 2::-1], np.full(triangle.sum(), -1)])
    return turned


def triangles_of(faces: np.ndarray) -> np.ndarray:
    """(T, 3) the faces split into triangles."""
    second = faces[faces[:, 3] >= 0][:, (0, 2, 3)]
    return np.concatenate([faces[:, :3], second])


def volume(points: np.ndarray, faces: np.ndarray) -> float:
    a, b, c = (points[corner] for corner in triangles_of(faces).T)
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6.0)


def neighbour_mean(values: np.ndarray, edges: np.ndarray, weight: np.ndarray | None = None) -> np.ndarray:
    """(V, C) mean of each vertex's neighbours; ``weight`` (E, 2) counts the second (first) vertex so often."""
    count = len(values)
    one = np.ones(len(edges)) if weight is None else None
    to_first, to_second = (one, one) if weight is None else (weight[:, 0], weight[:, 1])
    total = np.bincount(edges[:, 0], to_first, count) + np.bincount(edges[:, 1], to_second, count)
    mean = np.empty(values.shape)
    for c in range(values.shape[1]):
        mean[:, c] = (np.bincount(edges[:, 0], to_first * values[edges[:, 1], c], count)
                      + np.bincount(edges[:, 1], to_second * values[edges[:, 0], c], count))
    return mean / np.maximum(total, 1e-9)[:, None]


def tube(rings: np.ndarray, closed: bool = False, caps: bool = True) -> np.ndarray:
    """Faces of R rings of C vertices, numbered ring by ring; ``closed`` joins the last ring to the first."""
    count, around = rings
    ring = np.arange(count if closed else count - 1)[:, None]
    place = np.arange(around)[None, :]
    following, above = (place + 1) % around, (ring + 1) % count
    quads = np.stack([ring * around + place, ring * around + following,
                      above * around + following, above * around + place], -1).reshape(-1, 4)
    if closed or not caps:
        return quads
    return np.concatenate([quads, fan(np.arange(around)[::-1]), fan((count - 1) * around + np.arange(around))])


def fan(loop: np.ndarray) -> np.ndarray:
    """Faces that close a ring across: quads between its two halves."""
    n = len(loop)
    half = n // 2
    faces = [(loop[0], loop[1], loop[n - 1], -1)]
    for i in range(1, half):
        left, right = i, n - i
        if left + 1 == right - 1:
            faces.append((loop[left], loop[left + 1], loop[right], -1))
        elif left + 1 < right - 1:
            faces.append((loop[left], loop[left + 1], loop[right - 1], loop[right]))
    return np.array(faces)


def joined(islands: Iterable[Island]) -> tuple[np.ndarray, np.ndarray]:
    """Points and faces of several islands as one."""
    points, faces, start = [], [], 0
    for island in islands:
        points.append(island.points)
        faces.append(np.where(island.faces >= 0, island.faces + start, -1))
        start += len(island.points)
    return np.concatenate(points), np.concatenate(faces)
