"""A rig as its geometry alone: scaled, stood on the ground, its plane of symmetry and the bones that mirror others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .rest import Rest

ON_PLANE, MATE = 0.02, 0.03
DEFORMING_ENOUGH = 15


@dataclass(frozen=True)
class Shape:
    """A rig scaled to height 1 and standing on 0. points: (B, 3). side: (B,) distance from the symmetry plane.

    children: only of bones that count. mate: mirrored bone by bone. normal: of the plane, horizontal.
    """

    rest: Rest
    points: np.ndarray
    side: np.ndarray
    children: list[list[int]]
    mate: dict[int, int]
    normal: np.ndarray

    def on_plane(self, bone: int) -> bool:
        return abs(self.side[bone]) < ON_PLANE

    def under(self, bone: int) -> list[int]:
        """The bone and all that hang on it."""
        found = [bone]
        for one in found:
            found += self.children[one]
        return found

    def paths(self, bone: int) -> list[list[int]]:
        """Every way from the bone down to a leaf."""
        if not self.children[bone]:
            return [[bone]]
        return [[bone, *path] for child in self.children[bone] for path in self.paths(child)]

    def parent(self, bone: int) -> int:
        return int(self.rest.parents[bone])


def shape_of(rest: Rest, deform: np.ndarray) -> Shape | None:
    """The shape of a rig, or None where it has no height. deform: (B,) bool, bones that move a mesh."""
    counts = deform if deform.sum() >= DEFORMING_ENOUGH else np.ones(len(deform), bool)
    points = rest.heads @ rest.to_world.T
    low, high = points[counts].min(0), points[counts].max(0)
    height = high[2] - low[2]
    if counts.sum() < 12 or height <= 0:
        return None
    points = (points - (0, 0, low[2])) / height
    normal, offset = _symmetry(points[counts])
    side = points @ normal - offset
    children: list[list[int]] = [[] for _ in rest.names]
    for bone in np.flatnonzero(counts):
        above = next((a for a in rest.ancestors(int(bone)) if counts[a]), None)
        if above is not None:
            children[above].append(int(bone))
    return Shape(rest, points, side, children, _mates(points, side, normal, counts, children), normal)


def _symmetry(points: np.ndarray) -> tuple[np.ndarray, float]:
    """(normal, offset) of the vertical plane that mirrors most points onto others (every 5 degrees tried)."""
    best, found = -np.inf, (np.array([1.0, 0, 0]), 0.0)
    for degrees in (0, 90, *(d for d in range(5, 180, 5) if d != 90)):
        normal = np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees)), 0.0])
        along = points @ normal
        for offset in (np.median(along), (along.min() + along.max()) / 2):
            off = np.abs(along - offset) > ON_PLANE
            if off.sum() < 6:
                continue
            mirrored = points[off] - 2 * (along[off] - offset)[:, None] * normal
            near = np.linalg.norm(mirrored[:, None] - points[None, off], axis=-1).min(1) < ON_PLANE
            score = near.sum() - 0.5 * (~near).sum()
            if score > best:
                best, found = score, (normal, float(offset))
        if degrees == 90 and best > 0.6 * len(points):
            break
    return found


def _mates(points: np.ndarray, side: np.ndarray, normal: np.ndarray, counts: np.ndarray,
           children: list[list[int]]) -> dict[int, int]:
    """Bone -> the bone at its mirrored place with the most similar subtree."""
    size = np.ones(len(points))
    for bone in range(len(points) - 1, -1, -1):
        size[bone] += sum(size[c] for c in children[bone])
    off = np.flatnonzero(counts & (np.abs(side) > ON_PLANE))
    found = {}
    for bone in off:
        mirrored = points[bone] - 2 * side[bone] * normal
        away = np.linalg.norm(points[off] - mirrored, axis=1)
        near = (away < MATE) & (side[off] * side[bone] < 0)
        if near.any():
            cost = away / MATE + np.abs(np.log(size[off] / size[bone]))
            found[int(bone)] = int(off[near][np.argmin(cost[near])])
    return found
