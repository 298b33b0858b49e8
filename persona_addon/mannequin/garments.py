"""Clothes: shirt, trousers and the ribbed bands that hide their borders."""

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
from .surface import mesh, shoot

NECKLINE, NECK_NORMAL = (0.0, -26.0, 1478.0), (0.0, -0.26, 0.965)
HEM, ANKLE = 962.0, 98.0
SPACING = 9.0
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
    d = union(d, cone(p, (40, -12, 1455), (150, -4, 1391), 28, 35), 30.0)
    return union(d, ellipsoid(p, (64, 46, 1330), (62, 40, 80)), 40.0)


def cloth(points: np.ndarray) -> np.ndarray:
    """Trunk and sleeves, not yet cut at neck, wrists and hem."""
    p = mirrored(points)
    arms = union(_ARM(p), ellipsoid(p, (158, -5, 1373), (42, 50, 50)), 30.0)
    return union(_trunk(p) - 5.5 * smoothstep(1060, 980, p[:, 2]), arms, 34.0) - _shirt_folds(p)


def _ripple(along: np.ndarray, middle: float, reach: float, length: float) -> np.ndarray:
    """Waves of ``length`` mm that die away ``reach`` mm from ``middle``; from -1 to 1, ridges sharper than valleys."""
    wave = np.sin((along - middle) * (2.0 * np.pi / length))
    return (0.75 * wave + 0.25 * wave * np.abs(wave)) * np.exp(-(((along - middle) / reach) ** 2))


def _shirt_folds(p: np.ndarray) -> np.ndarray:
    """Soft folds at elbow, wrist, waist and armpit (mm outward)."""
    (_, shoulder, elbow), (_, _, wrist) = figure.LIMBS["UpperArm"], figure.LIMBS["LowerArm"]
    axis = np.subtract(wrist, shoulder) / np.linalg.norm(np.subtract(wrist, shoulder))
    along, front = (p - np.array(elbow)) @ axis, -p[:, 1] / 40.0
    on_arm = smoothstep(215.0, 260.0, p[:, 0])
    inner = np.clip(0.55 + 0.45 * front, 0.0, 1.0)
    folds = on_arm * (2.2 * inner * _ripple(along + 9.0 * front, -6.0, 52.0, 41.0)
                      + 1.7 * _ripple(along + 6.0 * np.sin(p[:, 1] / 14.0), 196.0, 42.0, 37.0))
    waist = p[:, 2] - 0.30 * p[:, 0] + 0.1 * p[:, 1]
    folds += (1.0 - on_arm) * smoothstep(30.0, 90.0, p[:, 0]) * 2.0 * _ripple(waist, 1010.0, 52.0, 44.0)
    pit = np.hypot(p[:, 0] - 150.0, p[:, 2] - 1318.0)
    turn = np.degrees(np.arctan2(p[:, 2] - 1318.0, 150.0 - p[:, 0]))
    fan = np.exp(-(((pit - 62.0) / 34.0) ** 2)) * np.exp(-(((turn - 18.0) / 38.0) ** 2))
    return folds + 1.6 * fan * np.sin(turn / 30.0 * 2.0 * np.pi) * (p[:, 0] < 190.0)


def _trouser_folds(p: np.ndarray) -> np.ndarray:
    """Soft folds above the shoe, behind the knee and out from the crotch (mm outward)."""
    x, y, z = p.T
    ankle = 2.6 * _ripple(z + 0.25 * (x - 103.0) + 0.12 * y, 138.0, 48.0, 40.0)
    knee = 1.8 * _ripple(z + 0.2 * (x - 97.0), 497.0, 55.0, 46.0) * smoothstep(-30.0, 30.0, y)
    out = np.hypot(x - 12.0, z - 872.0)
    turn = np.degrees(np.arctan2(872.0 - z, x - 12.0))
    crotch = 1.7 * np.exp(-(((out - 66.0) / 34.0) ** 2)) * np.sin(turn / 34.0 * 2.0 * np.pi) * smoothstep(20, -20, y)
    return ankle + knee + crotch * np.exp(-(((turn - 10.0) / 45.0) ** 2))


def shirt_field(points: np.ndarray) -> np.ndarray:
    p = mirrored(points)
    d = intersection(cloth(p), HEM - p[:, 2], 6.0)
    d = cut(d, -plane(p, NECKLINE, NECK_NORMAL), 5.0)
    wrist, axes = figure.hand_frame()
    return cut(d, -np.where(p[:, 0] > 400, plane(p, wrist - 14.0 * axes[0], axes[0]), -99.0), 6.0)


def trouser_cloth(points: np.ndarray) -> np.ndarray:
    """Trousers without their ends."""
    p = mirrored(points)
    d = intersection(column(p, _TORSO) + 2.0, np.maximum(856.0 - p[:, 2], p[:, 2] - 1000.0), 12.0)
    d = union(d, ellipsoid(p, (0, 4, 884), (44, 84, 42)), 20.0)
    d = union(d, _LEG(p), 30.0)
    d = union(d, ellipsoid(p, (72, 52, 905), (76, 62, 66)), 34.0)
    return d - _trouser_folds(p)


def trousers_field(points: np.ndarray) -> np.ndarray:
    return intersection(trouser_cloth(points), ANKLE - points[:, 2], 5.0)


def shirt() -> Island:
    points, quads = mesh(shirt_field, (0, -180, 940), (590, 180, 1520), SPACING, symmetric=True)
    return Island("shirt", points, quads, ("top",))


def trousers() -> Island:
    points, quads = mesh(trousers_field, (0, -170, 80), (240, 180, 1030), SPACING, symmetric=True)
    return Island("trousers", points, quads, ("trousers",))


def band(name: str, field: Field, centre: np.ndarray, normal: np.ndarray, half_height: float, thickness: float,
         around: int = 48, material: str = "topRib") -> Island:
    """A ribbed band on a garment: a closed tube on the outline that the field has in a plane.

    normal: (3,) unit, along the band's height.
    """
    side = np.cross(normal, (0.0, 1.0, 0.0))
    side /= np.linalg.norm(side)
    turn = np.arange(around) / around * 2.0 * np.pi
    rays = np.cos(turn)[:, None] * side + np.sin(turn)[:, None] * np.cross(normal, side)
    section = np.arange(12) / 12 * 2.0 * np.pi
    wide = np.sign(np.cos(section)) * np.abs(np.cos(section)) ** 0.7 * thickness
    high = np.sign(np.sin(section)) * np.abs(np.sin(section)) ** 0.55 * half_height
    starts = centre + high[None, :, None] * normal + np.zeros((around, 1, 1))
    out = np.repeat(rays[:, None], len(section), 1)
    lain = shoot(field, starts.reshape(-1, 3), out.reshape(-1, 3)).reshape(starts.shape)
    points = lain + wide[None, :, None] * out
    return Island(name, points.reshape(-1, 3), tube((around, 12), closed=True), (material,)).outward()
