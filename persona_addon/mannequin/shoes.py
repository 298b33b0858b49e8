"""Shoes: an upper, a sole with an edge of its own, and laces. The left one, on the body."""

from __future__ import annotations

import numpy as np

from .fields import cone, ellipsoid, intersection, union
from .island import Island, tube
from .surface import mesh, shoot

_HEIGHT = 19.0  # of the sole
_LACES = (-14.0, -30.0, -46.0, -62.0)  # y of each


def upper_field(p: np.ndarray) -> np.ndarray:
    d = union(ellipsoid(p, (101, 36, 50), (35, 45, 50)), cone(p, (104, 16, 100), (104, 8, 60), 43, 39), 20.0)
    d = union(d, ellipsoid(p, (107, -92, 26), (44, 84, 38)), 34.0)
    d = union(d, cone(p, (104, 0, 72), (107.5, -92, 32), 35, 27), 30.0)
    return intersection(intersection(d, 9.0 - p[:, 2], 4.0), p[:, 2] - 112.0, 4.0)


def sole_field(p: np.ndarray) -> np.ndarray:
    flat = p * (1.0, 1.0, 0.0)
    heel = cone(flat, (101, 42, 0), (105, -40, 0), 38.5, 38)
    d = union(heel, cone(flat, (107.5, -92, 0), (106, -133, 0), 47.5, 43), 60.0)
    spring = 9.0 * np.maximum((-p[:, 1] - 105.0) / 72.0, 0.0) ** 2  # the toe is lifted
    z = p[:, 2] - spring
    return intersection(intersection(d, 0.4 - z, 3.5), z - _HEIGHT, 4.0)


def shoe() -> list[Island]:
    points, quads = mesh(upper_field, (44, -200, 0), (168, 108, 124), 6.0)
    parts = [Island("leftShoe", points, quads, ("shoe",))]
    points, quads = mesh(sole_field, (40, -196, -10), (172, 104, 44), 5.0)
    parts.append(Island("leftSole", points, quads, ("sole",)))
    return parts + [_lace(i, y) for i, y in enumerate(_LACES)]


def _lace(number: int, y: float) -> Island:
    """A flat cord across the instep, laid on the upper by rays from inside it."""
    turn = np.radians(np.linspace(-46.0, 46.0, 13))
    rays = np.column_stack([np.sin(turn), np.full(13, -0.35), np.cos(turn)])
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    lain = shoot(upper_field, np.array([104.5, y + 12.0, 34.0]), rays)
    along = np.gradient(lain, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    across = np.cross(rays, along)
    section = np.arange(8) / 8 * 2.0 * np.pi
    points = (lain[:, None] + 4.2 * np.cos(section)[None, :, None] * across[:, None]
              + 2.4 * np.sin(section)[None, :, None] * rays[:, None])
    return Island(f"leftLace{number}", points.reshape(-1, 3), tube((13, 8)), ("lace",)).outward()
