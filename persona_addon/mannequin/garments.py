"""Clothes: shirt, trousers, shoes and the rings that hide their borders."""

from __future__ import annotations

import numpy as np

from . import proportions as figure
from .fields import (
    Field,
    Profile,
    column,
    cone,
    cut,
    ellipsoid,
    intersection,
    loft,
    mirrored,
    plane,
    smoothstep,
    union,
)
from .island import Island, tube
from .surface import mesh

NECKLINE, NECK_NORMAL = (0.0, -26.0, 1478.0), (0.0, -0.26, 0.965)
HEM, ANKLE = 962.0, 98.0
_TORSO = Profile(figure.TORSO)


def _limb(first: str, first_table: tuple, second: str, second_table: tuple, k: float) -> Field:
    bones = figure.LIMBS
    upper, lower = Profile(first_table), Profile(second_table)
    return lambda p: union(loft(p, *bones[first][1:], upper), loft(p, *bones[second][1:], lower), k)


_ARM = _limb("UpperArm", figure.UPPER_ARM, "LowerArm", figure.LOWER_ARM, 8.0)
_LEG = _limb("UpperLeg", figure.UPPER_LEG, "LowerLeg", figure.LOWER_LEG, 8.0)


def _trunk(p: np.ndarray) -> np.ndarray:
    d = column(p, _TORSO)
    d = union(d, ellipsoid(p, (72, -80, 1296), (60, 34, 48)), 40.0)
    d = union(d, cone(p, (46, -10, 1462), (150, -3, 1398), 30, 39), 34.0)
    return union(d, ellipsoid(p, (64, 46, 1330), (62, 40, 80)), 40.0)


def shirt_field(points: np.ndarray) -> np.ndarray:
    p = mirrored(points)
    arms = union(_ARM(p), ellipsoid(p, (163, -5, 1380), (46, 52, 56)), 26.0)
    d = union(_trunk(p) - 8.0 * smoothstep(1060, 980, p[:, 2]), arms, 34.0)
    d = intersection(d, HEM - p[:, 2], 6.0)
    d = cut(d, -plane(p, NECKLINE, NECK_NORMAL), 5.0)
    wrist, axes = figure.hand_frame()
    return cut(d, -np.where(p[:, 0] > 400, plane(p, wrist - 14.0 * axes[0], axes[0]), -99.0), 6.0)


def trousers_field(points: np.ndarray) -> np.ndarray:
    p = mirrored(points)
    d = intersection(column(p, _TORSO) + 2.0, np.maximum(885.0 - p[:, 2], p[:, 2] - 1000.0), 5.0)
    d = union(d, _LEG(p), 30.0)
    d = union(d, ellipsoid(p, (72, 52, 905), (76, 62, 66)), 34.0)
    return intersection(d, ANKLE - p[:, 2], 5.0)


def shoe_field(p: np.ndarray) -> np.ndarray:
    d = union(ellipsoid(p, (101, 38, 46), (36, 46, 50)), cone(p, (104, 14, 100), (104, 6, 60), 43, 40), 18.0)
    d = union(d, ellipsoid(p, (107, -92, 24), (46, 88, 40)), 34.0)
    d = union(d, cone(p, (104, 0, 70), (108, -90, 30), 34, 28), 30.0)
    d = union(d, ellipsoid(p, (104, -20, 16), (38, 110, 26)), 16.0)
    return intersection(intersection(d, 0.5 - p[:, 2], 4.0), p[:, 2] - 112.0, 4.0)


def shirt() -> Island:
    points, quads, mirror = mesh(shirt_field, (0, -180, 940), (590, 180, 1520), 11.0, symmetric=True)
    return Island("shirt", points, quads, ("top",), mirror=mirror)


def trousers() -> Island:
    points, quads, mirror = mesh(trousers_field, (0, -170, 80), (240, 180, 1030), 11.0, symmetric=True)
    return Island("trousers", points, quads, ("trousers",), mirror=mirror)


def shoe() -> Island:
    """The left one."""
    points, quads, _ = mesh(shoe_field, (40, -210, -12), (172, 110, 130), 6.0)
    flat = np.abs(points[:, 2] - 20.0) < 3.6
    points[flat, 2] = 20.0
    sole = points[quads, 2].mean(1) < 19.0
    return Island("leftShoe", points, quads, ("shoe", "sole"), sole.astype(np.int32))


def ring(name: str, centre: np.ndarray, across: np.ndarray, deep: np.ndarray, half_height: float,
         thickness: float, material: str, around: int = 48, flare: float = 0.0) -> Island:
    """A band: a closed tube round an ellipse.

    across, deep: (3,) half-axes of the ellipse; the band's height runs along their normal.
    flare: how much wider the upper border is.
    """
    up = np.cross(across, deep)
    up /= np.linalg.norm(up)
    turn = np.arange(around) / around * 2.0 * np.pi
    out = np.cos(turn)[:, None] * across + np.sin(turn)[:, None] * deep
    unit = out / np.linalg.norm(out, axis=1, keepdims=True)
    section = np.arange(12) / 12 * 2.0 * np.pi
    wide = np.sign(np.cos(section)) * np.abs(np.cos(section)) ** 0.7 * thickness
    high = np.sign(np.sin(section)) * np.abs(np.sin(section)) ** 0.55 * half_height
    points = (centre + out[:, None] + unit[:, None] * (wide + flare * high / half_height)[None, :, None]
              + up * high[None, :, None])
    return Island(name, points.reshape(-1, 3), tube((around, 12), closed=True), (material,)).outward()
