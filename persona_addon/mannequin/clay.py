"""The head as a distance field, life size, and the rays that lay a skin upon it."""

from __future__ import annotations

import numpy as np

from . import proportions as figure
from .fields import Field, cone, cut, ellipsoid, mirrored, union
from .surface import shoot

CENTRE = np.array([0.0, -60.0, 1625.0])  # the head is star-shaped about it, nose included
EYE = np.array(figure.EYE)  # centre of the left eye
EYE_RADIUS = 17.0  # inner side of the lids; the ball is half a millimetre smaller
LID = 1.1  # thickness of the lids over that


def skull(points: np.ndarray) -> np.ndarray:
    """Head and neck without the bulge of the lids."""
    p = mirrored(points)
    face = union(ellipsoid(p, (0, -84, 1606), (62, 64, 70)), cone(p, (43.5, -60, 1576), (13, -123, 1544), 13, 14), 28.0)
    face = union(face, ellipsoid(p, (31.5, -98, 1586), (26, 32, 32)), 26.0)
    face = union(face, ellipsoid(p, (0, -130, 1541), (18, 17, 15)), 14.0)
    face = union(face, ellipsoid(p, (0, -124, 1571), (32, 27, 26)), 22.0)
    face = union(face, ellipsoid(p, (43, -106, 1612), (21, 24, 17)), 26.0)
    d = union(ellipsoid(p, (0, -52, 1663), (75, 97, 88)), face, 30.0)
    d = union(d, cone(p, (6, -139, 1656), (44, -121, 1657), 9), 22.0)
    d = cut(d, ellipsoid(p, (32, -153, 1637.5), (20, 15, 13.5)), 15.0)
    d = _nose(p, d)
    d = cut(d, cone(p, (0, -164, 1590), (0, -161, 1577), 3, 2.6), 5.0)
    return union(d, cone(p, (0, -38, 1560), (0, -20, 1440), 45, 48), 16.0)


def _nose(p: np.ndarray, d: np.ndarray) -> np.ndarray:
    """``d`` with a nose: bridge and ball flow into the face, the wings stand off it, with hollows for nostrils."""
    bridge = cone(p, (0, -140, 1642), (0, -154, 1608), 4.6, 6.4)
    d = union(d, union(bridge, ellipsoid(p, (0, -158.5, 1603), (8.2, 8.8, 7.8)), 8.0), 12.0)
    d = union(d, ellipsoid(p, (10.4, -150.5, 1599.5), (5.6, 8.0, 6.4)), 4.5)
    return cut(d, ellipsoid(p, (5.6, -154.0, 1593.6), (2.9, 4.4, 3.0)), 2.5)


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


def on(field: Field, azimuth: np.ndarray, elevation: np.ndarray) -> np.ndarray:
    """Points (..., 3) of the field's surface in these directions from ``CENTRE``."""
    rays = direction(azimuth, elevation)
    return shoot(field, CENTRE, rays.reshape(-1, 3)).reshape(rays.shape)
