"""The head as a distance field, life size, and the rays that lay a skin upon it."""

from __future__ import annotations

import numpy as np

from .fields import Field, cone, cut, ellipsoid, mirrored, union

CENTRE = np.array([0.0, -60.0, 1625.0])  # the head is star-shaped about it, nose included
EYE = np.array([32.0, -125.5, 1638.0])  # centre of the left eye
EYE_RADIUS = 16.0  # inner side of the lids; the ball is half a millimetre smaller
LID = 1.1  # thickness of the lids over that


def skull(points: np.ndarray) -> np.ndarray:
    """Head and neck without the bulge of the lids."""
    p = mirrored(points)
    face = union(ellipsoid(p, (0, -84, 1606), (64, 64, 70)), cone(p, (44, -62, 1578), (14, -124, 1543), 13, 14), 26.0)
    face = union(face, ellipsoid(p, (0, -131, 1541), (20, 16, 15)), 14.0)
    face = union(face, ellipsoid(p, (0, -126, 1571), (34, 27, 26)), 22.0)
    face = union(face, ellipsoid(p, (44, -104, 1613), (21, 24, 17)), 24.0)
    d = union(ellipsoid(p, (0, -52, 1663), (75, 97, 88)), face, 30.0)
    d = union(d, cone(p, (6, -139, 1656), (44, -121, 1657), 9), 22.0)
    d = cut(d, ellipsoid(p, (32, -153, 1637.5), (20, 15, 13.5)), 15.0)
    d = union(d, _nose(p), 11.0)
    d = cut(d, cone(p, (0, -164, 1590), (0, -161, 1577), 3, 2.6), 5.0)
    return union(d, cone(p, (0, -38, 1560), (0, -22, 1440), 49, 53), 16.0)


def _nose(p: np.ndarray) -> np.ndarray:
    d = cone(p, (0, -141, 1641), (0, -155, 1607), 5.5, 8.5)
    d = union(d, ellipsoid(p, (0, -158.5, 1602.5), (9.5, 9.5, 8.5)), 7.0)
    return union(d, ellipsoid(p, (10.5, -150, 1599), (6.8, 9.5, 7.2)), 7.0)


def head(points: np.ndarray) -> np.ndarray:
    """Head and neck with the lids' bulge over the eyes."""
    ball = np.linalg.norm(mirrored(points) - EYE, axis=1) - (EYE_RADIUS + LID)
    return union(skull(points), ball, 3.0)


def direction(azimuth: np.ndarray, elevation: np.ndarray) -> np.ndarray:
    """Unit vectors (..., 3) from degrees; azimuth 0 is the front, + the left."""
    a, e = np.radians(azimuth), np.radians(elevation)
    return np.stack([np.sin(a) * np.cos(e), -np.cos(a) * np.cos(e), np.sin(e)], -1)


def angles(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Azimuth and elevation (degrees) of points (..., 3) as seen from ``CENTRE``."""
    x, y, z = np.moveaxis(points - CENTRE, -1, 0)
    return np.degrees(np.arctan2(x, -y)), np.degrees(np.arctan2(z, np.hypot(x, y)))


def shoot(field: Field, start: np.ndarray, directions: np.ndarray, steps: int = 26) -> np.ndarray:
    """Where rays (N, 3) from inside leave the surface: march on the distance, then close in."""
    t = np.full(len(directions), 4.0)
    for step in range(steps):
        d = field(start + t[:, None] * directions)
        if np.abs(d).max() < 0.004:
            break
        t -= d * (1.25 if step < 5 else 0.95)
    return start + t[:, None] * directions


def on(field: Field, azimuth: np.ndarray, elevation: np.ndarray) -> np.ndarray:
    """Points (..., 3) of the field's surface in these directions from ``CENTRE``."""
    rays = direction(azimuth, elevation)
    return shoot(field, CENTRE, rays.reshape(-1, 3)).reshape(rays.shape)
