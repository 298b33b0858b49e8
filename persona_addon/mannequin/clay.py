"""The head as a distance field, life size: what the loops of the face are laid upon."""

from __future__ import annotations

import numpy as np

from .fields import cone, cut, ellipsoid, mirrored, union

EYE = np.array([32.0, -125.5, 1638.0])  # centre of the left eye
EYE_RADIUS = 16.0  # of the lids' inner side; the ball is half a millimetre smaller


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
    ball = np.linalg.norm(mirrored(points) - EYE, axis=1) - (EYE_RADIUS + 1.1)
    return union(skull(points), ball, 3.0)
