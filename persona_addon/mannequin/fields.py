"""Signed distance fields: negative inside, millimetres. Every field maps points (N, 3) to (N,)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

Field = Callable[[np.ndarray], np.ndarray]
Point = Sequence[float]


def mirrored(points: np.ndarray) -> np.ndarray:
    """The points with |x|: what is modelled on the left then exists on both sides."""
    return np.column_stack([np.abs(points[:, 0]), points[:, 1:]])


def union(a: np.ndarray, b: np.ndarray, k: float | np.ndarray) -> np.ndarray:
    """Smooth minimum of two distances, the fillet reaching ``k`` mm (quadratic, Quilez)."""
    h = np.maximum(k - np.abs(a - b), 0.0)
    return np.minimum(a, b) - h * h / (4.0 * k)


def intersection(a: np.ndarray, b: np.ndarray, k: float | np.ndarray) -> np.ndarray:
    return -union(-a, -b, k)


def cut(a: np.ndarray, b: np.ndarray, k: float | np.ndarray) -> np.ndarray:
    """``a`` with ``b`` taken away."""
    return -union(-a, b, k)


def ellipsoid(points: np.ndarray, centre: Point, radii: Point) -> np.ndarray:
    """First-order distance to an ellipsoid with axes along x, y, z."""
    q = (points - np.asarray(centre, points.dtype)) / np.asarray(radii, points.dtype)
    scaled = q / np.asarray(radii, points.dtype)
    k0 = np.sqrt(np.einsum("ij,ij->i", q, q))
    k1 = np.sqrt(np.einsum("ij,ij->i", scaled, scaled))
    return k0 * (k0 - 1.0) / np.maximum(k1, 1e-9)


def cone(points: np.ndarray, a: Point, b: Point, radius_a: float, radius_b: float | None = None) -> np.ndarray:
    """Capsule from a to b whose radius runs evenly from ``radius_a`` to ``radius_b``."""
    start, axis = np.asarray(a, points.dtype), np.subtract(b, a).astype(points.dtype)
    q = points - start
    t = np.clip(q @ (axis / (axis @ axis)), 0.0, 1.0)
    off = q - t[:, None] * axis
    end = radius_a if radius_b is None else radius_b
    return np.sqrt(np.einsum("ij,ij->i", off, off)) - (radius_a + (end - radius_a) * t)


def plane(points: np.ndarray, through: Point, normal: Point) -> np.ndarray:
    """Positive on the side the normal points to."""
    n = np.asarray(normal, float)
    return (points - np.asarray(through, points.dtype)) @ (n / np.linalg.norm(n)).astype(points.dtype)


class Profile:
    """A table of values along a line, read by a cubic Hermite curve (straight pieces show as rings).

    rows: (R, 1 + C), first column the place on the line, ascending. Flat beyond both ends.
    """

    def __init__(self, rows: Sequence[Sequence[float]], samples: int = 192) -> None:
        table = np.asarray(rows, float)
        knots, values = table[:, 0], table[:, 1:]
        slopes = np.gradient(values, knots, axis=0)
        self.places = np.linspace(knots[0], knots[-1], samples)
        piece = np.clip(np.searchsorted(knots, self.places, "right") - 1, 0, len(knots) - 2)
        width = (knots[piece + 1] - knots[piece])[:, None]
        t = (self.places - knots[piece])[:, None] / width
        self.values = ((1 + 2 * t) * (1 - t) ** 2 * values[piece] + t * (1 - t) ** 2 * width * slopes[piece]
                       + t * t * (3 - 2 * t) * values[piece + 1] + t * t * (t - 1) * width * slopes[piece + 1])

    def __call__(self, at: np.ndarray) -> list[np.ndarray]:
        """The columns at the places ``at`` (N,)."""
        return [np.interp(at, self.places, column).astype(at.dtype) for column in self.values.T]


def loft(points: np.ndarray, a: Point, b: Point, profile: Profile) -> np.ndarray:
    """Elliptic tube along the bone a-b.

    The profile holds at fraction t of the bone: lateral radius, front-back radius and the centre's
    offset to the side and back.
    """
    start, axis = np.asarray(a, float), np.subtract(b, a)
    length = float(np.linalg.norm(axis))
    axis = axis / length
    back = np.array([0.0, 1.0, 0.0]) - axis[1] * axis
    back /= np.linalg.norm(back)
    frame = np.column_stack([np.cross(back, axis), back, axis]).astype(points.dtype)
    u, v, along = ((points - start.astype(points.dtype)) @ frame).T
    t = along / length
    ru, rv, ou, ov = profile(np.clip(t, profile.places[0], profile.places[-1]))
    rho = np.sqrt(((u - ou) / ru) ** 2 + ((v - ov) / rv) ** 2)
    side = (rho - 1.0) * np.minimum(ru, rv)
    excess = np.maximum(np.maximum(profile.places[0] - t, t - profile.places[-1]) * length, 0.0)
    return np.where(excess > 0, np.hypot(np.maximum(side, 0.0), excess) + np.minimum(side, 0.0) * 0.1, side)


def column(points: np.ndarray, profile: Profile) -> np.ndarray:
    """Upright column of superellipses: the profile holds at height z: half-width, half-depth, centre y, exponent."""
    x, y, z = points.T
    a, b, yc, n = profile(np.clip(z, profile.places[0], profile.places[-1]))
    rho = ((np.abs(x) / a) ** n + (np.abs(y - yc) / b) ** n) ** (1.0 / n)
    side = 0.92 * (rho - 1.0) * np.minimum(a, b)
    excess = np.maximum(np.maximum(profile.places[0] - z, z - profile.places[-1]), 0.0)
    return np.where(excess > 0, np.hypot(np.maximum(side, 0.0), excess), side)


def smoothstep(low: float, high: float, x: np.ndarray) -> np.ndarray:
    """0 below ``low``, 1 above ``high`` (``low`` may be the greater one), smooth between."""
    t = np.clip((x - low) / (high - low), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)
