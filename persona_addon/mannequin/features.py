"""What sits in and on the face: eyeballs, lashes, tear ducts, brows, teeth and tongue. Life size, all closed.

``Follow`` says whose movement an island copies; what follows nothing moves by the fields of ``shapes``.
"""

from __future__ import annotations

import numpy as np

from . import clay, face
from .fields import Profile, smoothstep
from .head import Head
from .island import Island, fan, tube
from .surface import shoot

BALL = clay.EYE_RADIUS - 0.5
_IRIS = 7.2
# radius of each ring of the ball's front, and the material of the band that ends there
_ZONES = ((1.6, "pupil"), (2.9, "pupil"), (3.9, "innerIris"), (4.9, "innerIris"), (5.9, "iris"), (6.5, "iris"),
          (_IRIS, "limbus"), (7.5, "sclera"))
_BALL_MATERIALS = ("pupil", "innerIris", "iris", "limbus", "sclera")


def eyeball(side: str) -> Island:
    """The iris is slightly hollow: a bulging cornea would cut the lid when it is half closed."""
    around = 32
    front = np.array([radius for radius, _ in _ZONES])
    polar = np.concatenate([np.arcsin(front / BALL), np.linspace(np.arcsin(7.5 / BALL), np.pi, 13)[1:-1]])
    turn = np.arange(around) / around * 2.0 * np.pi
    radius = BALL * np.sin(polar)
    dent = np.where(radius < _IRIS, 0.9 * (1.0 - (radius / _IRIS) ** 2), 0.0) * (polar < 1.0)
    depth = -BALL * np.cos(polar) + dent
    points = np.stack([radius[:, None] * np.sin(turn), np.repeat(depth[:, None], around, 1),
                       radius[:, None] * np.cos(turn)], -1).reshape(-1, 3)
    count = len(points)
    points = np.concatenate([points, [(0, -BALL + 0.9, 0), (0, BALL, 0)]]) + clay.EYE
    ring = np.arange(around)
    following = (ring + 1) % around
    last = count - around
    none = np.full(around, -1)
    faces = np.concatenate([np.column_stack([np.full(around, count), following, ring, none]),
                            tube((len(polar), around), caps=False),
                            np.column_stack([last + ring, last + following, np.full(around, count + 1), none])])
    bands = [name for _, name in _ZONES] + ["sclera"] * (len(polar) - len(_ZONES) + 1)
    material = np.repeat([_BALL_MATERIALS.index(name) for name in bands], around)
    ball = Island(f"{side}Eyeball", points, faces, _BALL_MATERIALS, material).outward()
    ball.weights = {"leftEye": np.ones(len(points))}
    return ball if side == "left" else ball.other_side("rightEyeball")


def lashes(head: Head, side: str, upper: bool) -> tuple[Island, np.ndarray]:
    """A dark strip on the lid's outer margin -> island, (V,) vertex of the head that each of its own follows."""
    ring = head.eyes[side]
    half = ring.shape[1] // 2
    k = np.arange(half + 1) if upper else -np.arange(half + 1) % ring.shape[1]
    k = k[2:] if upper else k[3:-1]
    margin, lid = head.points[ring[face.MARGIN, k]], head.points[ring[face.MARGIN - 1, k]]
    s = (k if upper else ring.shape[1] - k) / half
    sign = 1.0 if side == "left" else -1.0
    if upper:
        length = 0.3 + 2.8 * smoothstep(0.05, 0.85, s) * (1.0 - 0.35 * smoothstep(0.93, 1.0, s))
        reach = np.array([0.38 * sign, -0.80, 0.55])
        base = 0.62 * np.sin(np.pi * np.clip(s, 0.04, 0.96)) ** 0.5
    else:
        length = 0.25 + 0.75 * smoothstep(0.1, 0.8, s)
        reach = np.array([0.30 * sign, -0.85, -0.45])
        base = 0.30 * np.sin(np.pi * s) ** 0.5
    out = (margin - clay.EYE * (sign, 1, 1)) / np.linalg.norm(margin - clay.EYE * (sign, 1, 1), axis=1, keepdims=True)
    root = margin + 0.15 * out
    top = margin + base[:, None] * (lid - margin) + 0.25 * out
    tip = 0.5 * (root + top) + length[:, None] * reach
    inner = margin - 0.5 * out
    points = np.stack([inner, root, tip, top], 1).reshape(-1, 3)
    island = Island(f"{side}{'Upper' if upper else 'Lower'}Lash", points, tube((len(k), 4)), ("lash",)).outward()
    return island, np.repeat(ring[face.MARGIN, k], 4)


def tear_duct(head: Head, side: str) -> tuple[Island, np.ndarray]:
    """The pink in the inner corner -> island, (V,) vertex of the head that each of its own follows."""
    corner = head.points[head.eyes[side][face.MARGIN, 0]]
    sign = 1.0 if side == "left" else -1.0
    island = _ball(f"{side}TearDuct", corner + np.array([1.9 * sign, 1.3, -0.2]), (2.2, 1.6, 1.5), "lidEdge")
    return island, np.full(len(island.points), head.eyes[side][face.MARGIN, 0])


def nostril(side: str) -> Island:
    sign = 1.0 if side == "left" else -1.0
    return _ball(f"{side}Nostril", np.array([5.7 * sign, -153.2, 1596.2]), (2.9, 4.2, 1.6), "nostril")


def _ball(name: str, centre: np.ndarray, radii: tuple[float, float, float], material: str) -> Island:
    polar = np.linspace(0, np.pi, 8)[1:-1]
    turn = np.arange(12) / 12 * 2.0 * np.pi
    unit = np.stack([np.sin(polar)[:, None] * np.cos(turn), np.sin(polar)[:, None] * np.sin(turn),
                     np.repeat(np.cos(polar)[:, None], 12, 1)], -1).reshape(-1, 3)
    return Island(name, centre + unit * radii, tube((6, 12)), (material,)).outward()


def brow(side: str) -> Island:
    """A solid brow laid on the clay by rays from the front."""
    s = np.linspace(0.0, 1.0, 21)
    x = 12.5 + 41.0 * s
    z = 1658.4 + 4.2 * np.sin(np.minimum(s / 0.60, 1.0) * np.pi / 2.0) - 7.0 * (np.maximum(s - 0.66, 0) / 0.34) ** 1.3
    half, thick = Profile(((0, 0.9, 0.4), (0.05, 2.3, 1.0), (0.12, 3.1, 1.5), (0.3, 3.7, 2.0), (0.6, 3.0, 1.9),
                           (0.85, 1.8, 1.2), (1, 0.5, 0.4)))(s)
    turn = np.arange(12) / 12 * 2.0 * np.pi
    across = np.cos(turn)[None] * half[:, None]
    where = np.stack([np.repeat(x[:, None], 12, 1), np.full(across.shape, -190.0), z[:, None] + across], -1)
    lain = shoot(lambda p: -clay.skull(p), where.reshape(-1, 3), np.array([[0.0, 1.0, 0.0]] * across.size), 40)
    lain = lain.reshape(where.shape)
    lain[..., 1] -= thick[:, None] * np.sin(turn) + 0.25
    island = Island("leftBrow", lain.reshape(-1, 3), tube((21, 12)), ("brow",)).outward()
    return island if side == "left" else island.other_side("rightBrow")


def teeth(upper: bool) -> Island:
    """A row of fourteen as one curved band, its gum included."""
    s = np.linspace(-1.0, 1.0, 85)
    arch_x = 27.0 * np.sin(1.25 * s) / np.sin(1.25)
    arch_y = -145.5 + 40.0 * np.abs(s) ** 2.3 + (0.0 if upper else 3.0)
    gap = np.abs(np.sin(7.0 * np.pi * (s + 1.0) / 2.0)) ** 0.35
    # section: inward from the arch (mm), height, share of the scallop; the last ones are gum
    rows = ((0.0, 1576.0, 1), (-0.6, 1571.0, 1), (-0.4, 1567.0, 1), (0.3, 1564.6, 0.6), (1.6, 1564.0, 0),
            (3.2, 1564.8, 0), (4.4, 1568.0, 0), (5.2, 1576.0, 0), (5.0, 1584.0, 0), (0.5, 1584.0, 0),
            (-0.5, 1579.0, 0.4))
    tangent = np.stack([np.gradient(arch_x), np.gradient(arch_y)], 1)
    inward = np.stack([-tangent[:, 1], tangent[:, 0]], 1) / np.linalg.norm(tangent, axis=1, keepdims=True)
    points = np.empty((len(s), len(rows), 3))
    for i, (depth, z, scallop) in enumerate(rows):
        depth = depth + scallop * 0.9 * (1.0 - gap)
        height = z if upper else 1565.2 - 10.7 * (z - 1564.0) / 12.0
        edge = 0.9 * (1.0 - gap) * (i in (3, 4))
        points[:, i] = np.column_stack([arch_x + inward[:, 0] * depth, arch_y + inward[:, 1] * depth,
                                        height + (edge if upper else -edge)])
    faces = tube((len(s), len(rows)))
    gum = np.isin(faces % len(rows), (7, 8, 9, 10)).sum(1) > 2
    gum[-2 * len(fan(np.arange(len(rows)))):] = False
    name = "upperTeeth" if upper else "lowerTeeth"
    return Island(name, points.reshape(-1, 3), faces, ("teeth", "gums"), gum.astype(int)).outward()


def tongue() -> Island:
    t = np.linspace(0.0, 1.0, 16)
    y = -139.0 + 58.0 * t
    turn = np.arange(18) / 18 * 2.0 * np.pi
    wide, high, centre = Profile(((0, 4, 1.6, 1556), (0.06, 9.5, 3.2, 1556.2), (0.2, 14.5, 4.6, 1556.6),
                                  (0.5, 18.5, 6.5, 1557), (0.8, 19, 8.5, 1556.5), (1, 15, 8, 1553)))(t)
    x = wide[:, None] * np.cos(turn)
    z = centre[:, None] + high[:, None] * np.sin(turn)
    z -= 1.8 * np.exp(-((x / 4.0) ** 2)) * (np.sin(turn) > 0) * smoothstep(0.0, 0.25, t)[:, None]
    points = np.stack([x, np.repeat(y[:, None], 18, 1), z], -1).reshape(-1, 3)
    return Island("tongue", points, tube((16, 18)), ("tongue",)).outward()
