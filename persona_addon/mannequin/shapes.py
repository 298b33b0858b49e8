"""The 52 ARKit shapes: for each name how far every vertex of the face moves at weight 1, life size.

Closed formulas over the regions, the rings of mouth and eyes, and turns about the jaw's hinge and the
eyes' centres. Magnitudes follow Apple's and ICT's heads.
"""

from __future__ import annotations

import numpy as np

from . import clay
from . import face as loops
from .actor import Face
from .fields import smoothstep
from .regions import HINGE, Regions

Deltas = dict[str, np.ndarray]
_SIDES = (("Left", 1.0), ("Right", -1.0))
_JAW_TURN, _JAW_SLIDE = 20.0, np.array([0.0, -7.0, -6.0])

# By ring: how much of the lid's turn it makes.
_UPPER_LID = np.array([0, 0.06, 0.12, 0.22, 0.58, 0.86, 1, 1, 0.7, 0.3, 0])
_LOWER_LID = np.array([0, 0.05, 0.10, 0.25, 0.60, 0.88, 1, 1, 0.7, 0.3, 0])
_LID_MEETS = 0.28  # where the closed lids meet, from the lower margin
_CLOSE_BY_RING = np.array([0.1, 0.25, 0.45, 0.65, 0.85, 1, 1, 1, 1, 1, 1, 1, 0.8, 0.4, 0, 0, 0, 0])


def all_shapes(face: Face, where: Regions) -> Deltas:
    """name -> (V, 3) mm, life size, in the order they are made."""
    shapes: Deltas = {}
    shapes |= _eyes(face) | _brows(where) | _cheeks_and_nose(where)
    shapes |= _jaw(where)
    shapes["mouthClose"] = _close(face, shapes["jawOpen"])
    shapes |= _whole_mouth(where) | _lip_rolls(where) | _mouth_sides(where)
    shapes["tongueOut"] = _tongue(face)
    return {name: delta[face.leader] for name, delta in shapes.items()}


def _move(weight: np.ndarray, by: tuple[float, float, float], side: float = 1.0) -> np.ndarray:
    return weight[:, None] * (np.array(by) * (side, 1.0, 1.0))


# Eyes

def _eyes(face: Face) -> Deltas:
    shapes: Deltas = {}
    for name, sign in _SIDES:
        side = name.lower()
        ball = face.parts(side + "Eyeball")
        centre = clay.EYE * (sign, 1.0, 1.0)
        lids = _Lids(face, side, centre)
        turn = np.radians
        shapes[f"eyeBlink{name}"] = lids.blink()
        shapes[f"eyeLookDown{name}"] = lids.turned(-turn(21) * lids.bell, -turn(8) * lids.bell)
        shapes[f"eyeLookUp{name}"] = lids.turned(turn(15) * lids.bell, turn(4) * lids.bell)
        shapes[f"eyeLookIn{name}"] = np.zeros_like(face.points)
        shapes[f"eyeLookOut{name}"] = np.zeros_like(face.points)
        shapes[f"eyeSquint{name}"] = lids.turned(-0.16 * lids.opening, 0.34 * lids.opening)
        shapes[f"eyeWide{name}"] = lids.turned(0.30 * lids.opening, -0.10 * lids.opening)
        off = face.points[ball] - centre
        for shape, pitch, yaw in (("Down", -31, 0), ("Up", 31, 0), ("In", 0, -34 * sign), ("Out", 0, 34 * sign)):
            shapes[f"eyeLook{shape}{name}"][ball] = _pitched(off, turn(pitch)) @ _yaw(turn(yaw)) - off
    return shapes


def _yaw(angle: float) -> np.ndarray:
    """Turns row vectors about z so that the front goes to the left (+x) for a positive angle."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]])


def _pitched(off: np.ndarray, angle: np.ndarray | float) -> np.ndarray:
    """Offsets (N, 3) turned about the x-axis, the front going up for a positive angle."""
    c, s = np.cos(angle), np.sin(angle)
    x, y, z = off.T
    return np.column_stack([x, c * y + s * z, c * z - s * y])


class _Lids:
    """The lids of one eye, which turn about the x-axis through its centre."""

    def __init__(self, face: Face, side: str, centre: np.ndarray) -> None:
        self.face, self.rings, self.centre = face, face.skin.eyes[side], centre
        n = self.rings.shape[1]
        self.partner = -np.arange(n) % n
        u, self.upper = loops.chain(n)
        self.bell = np.sqrt(np.maximum(1.0 - loops.eased(u, 0.5) ** 2, 0.0))
        off = face.points[self.rings[loops.MARGIN]] - centre
        pitch = np.arctan2(off[:, 2], -off[:, 1])
        self.above = np.where(self.upper, pitch, pitch[self.partner])
        self.under = np.where(self.upper, pitch[self.partner], pitch)
        self.opening = self.above - self.under

    def turned(self, upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
        """(V, 3) when the upper lid turns by ``upper`` (n,) radians and the lower by ``lower``."""
        share = np.where(self.upper, _UPPER_LID[:, None], _LOWER_LID[:, None])
        angle = share * np.where(self.upper, upper, lower)
        off = self.face.points[self.rings] - self.centre
        delta = np.zeros_like(self.face.points)
        delta[self.rings] = _pitched(off.reshape(-1, 3), angle.ravel()).reshape(off.shape) - off
        return delta

    def blink(self) -> np.ndarray:
        line = self.under + _LID_MEETS * self.opening
        delta = self.turned(line - self.above, line - self.under)
        for ring in self.rings[loops.MARGIN:loops.MARGIN + 2]:
            closed = self.face.points[ring] + delta[ring]
            delta[ring] = 0.5 * (closed + closed[self.partner]) - self.face.points[ring]
        return delta


# Brows, cheeks, nose

def _brows(at: Regions) -> Deltas:
    x, z = at.x, at.z
    band = smoothstep(1640, 1653, z) * smoothstep(1705, 1668, z) * smoothstep(-40, -80, at.y)
    band *= at.is_flesh * at.off_lids
    shapes = {"browInnerUp": _move(band * np.exp(-(((np.abs(x) - 10) / 20) ** 2)), (0, -0.3, 9.5))}
    for name, sign in _SIDES:
        inner = smoothstep(2, 9, sign * x) * np.exp(-(((sign * x - 24) / 24) ** 2))
        outer = smoothstep(14, 42, sign * x) * smoothstep(80, 60, sign * x)
        shapes[f"browDown{name}"] = _move(band * inner, (-2.8, -1.0, -8.2), sign)
        shapes[f"browOuterUp{name}"] = _move(band * outer, (1.0, 2.5, 10.0), sign)
    return shapes


def _cheeks_and_nose(at: Regions) -> Deltas:
    puff = np.zeros_like(at.points)
    for _, sign in _SIDES:
        puff += _move(at.gauss((48, -106, 1574), (17, 26, 18), sign) * at.outside, (9.5, -5.5, 0), sign)
    shapes = {"cheekPuff": puff + _move(at.lips, (0, -1.2, 0))}
    for name, sign in _SIDES:
        lids = _Lids(at.face, name.lower(), clay.EYE * (sign, 1.0, 1.0))
        shapes[f"cheekSquint{name}"] = (
            _move(at.gauss((38, -128, 1612), (17, 24, 13), sign) * at.outside, (0, -2.8, 7.8), sign)
            + lids.turned(np.zeros_like(lids.bell), 0.10 * lids.opening))
        shapes[f"noseSneer{name}"] = (
            _move(at.gauss((14, -150, 1602), (9, 14, 12), sign) * at.outside, (1.5, 0.5, 7.5), sign)
            + _move(at.half(sign) * at.upper_lip, (0, 0.5, 4.0), sign)
            + _move(at.gauss((11, -147, 1648), (11, 20, 12), sign) * at.outside, (-1.0, -0.5, -2.0), sign))
    return shapes


# Jaw and mouth

def _jaw(at: Regions) -> Deltas:
    c, s = np.cos(np.radians(_JAW_TURN)), np.sin(np.radians(_JAW_TURN))
    off = at.points - HINGE
    opened = np.column_stack([off[:, 0], c * off[:, 1] - s * off[:, 2], s * off[:, 1] + c * off[:, 2]])
    drop = at.jaw[:, None] * (opened - off + _JAW_SLIDE)
    drop += _move(at.corner(1.0), (-3, 0, 0)) + _move(at.corner(-1.0), (3, 0, 0))
    return {"jawOpen": drop, "jawForward": _move(at.jaw, (0, -10, -1)),
            "jawLeft": _move(at.jaw, (8.5, 1.5, 0)), "jawRight": _move(at.jaw, (-8.5, 1.5, 0))}


def _close(face: Face, opened: np.ndarray) -> np.ndarray:
    """What brings the lips together again at the same weight of jawOpen: exact, as shapes add linearly."""
    rings = face.skin.mouth
    n = rings.shape[1]
    contact = opened[rings[loops.CONTACT]]
    apart = contact[-np.arange(n) % n] - contact
    upper = loops.chain(n)[1]
    share = np.where(upper, 0.30, 0.70)
    delta = np.zeros_like(face.points)
    delta[rings] = (_CLOSE_BY_RING[:, None] * share)[..., None] * apart
    return delta


def _whole_mouth(at: Regions) -> Deltas:
    narrow = np.exp(-np.abs(at.x / 30.0) ** 2) * at.lips
    inward = np.column_stack([-at.x * at.lips, np.zeros_like(at.x), np.zeros_like(at.x)])
    red = ((at.ring >= 5) & (at.ring <= 8)) * 1.0
    shapes = {
        "mouthFunnel": (0.36 * inward + _move(narrow, (0, -7, 0)) + _move(at.upper_lip, (0, -1.5, 5.0))
                        + _move(at.lower_lip, (0, -1.5, -5.4))),
        "mouthPucker": (0.32 * inward + _move(narrow, (0, -8.5, 0)) + _move(red * at.upper_lip, (0, -1.5, 1.6))
                        + _move(red * at.lower_lip, (0, -1.5, -1.6))),
        "mouthShrugLower": (_move(at.upper_lip + at.lower_lip, (0, -2, 6))
                            + _move(at.gauss((0, -145, 1542), (24, 20, 16)) * ~at.upper * at.outside, (0, -1, 5))),
        "mouthShrugUpper": _move(at.upper_lip, (0, -2, 5.2)),
    }
    for name, sign in _SIDES:
        shapes[f"mouth{name}"] = (_move(at.lips, (12, 0, 0), sign) + _move(at.corner(sign), (0, 2.5, 1.5))
                                  + _move(at.corner(-sign), (0, -0.5, 0)))
    return shapes


_ROLL_LOWER = np.array([(0.3, 1.1), (0.8, 2.4), (1.6, 4.3), (3, 6.8), (5.2, 5.7), (6.4, 3.5), (5.5, 0.8), (4.1, 0),
                        (2.9, 0), (1.4, 0)])
_ROLL_UPPER = np.array([(0.3, -1.1), (0.8, -2.4), (1.6, -4.1), (3, -6.2), (5.2, -5.1), (6, -3), (5.3, -0.8),
                        (4.1, 0), (2.9, 0), (1.4, 0)])


def _lip_rolls(at: Regions) -> Deltas:
    """Rings 2 to 11 turn in over the teeth."""
    bell = np.maximum(1.0 - at.q**2, 0.0)
    shapes = {}
    for name, table, side in (("Lower", _ROLL_LOWER, ~at.upper), ("Upper", _ROLL_UPPER, at.upper)):
        rolled = (at.ring >= 2) & (at.ring <= 11) & side
        delta = np.zeros_like(at.points)
        delta[rolled, 1:] = bell[rolled, None] * table[at.ring[rolled] - 2]
        shapes[f"mouthRoll{name}"] = delta
    return shapes


_PRESS = np.array([0, 0, 0, 0.3, 0.6, 1, 0.8, 0.45, 0.1])


def _mouth_sides(at: Regions) -> Deltas:
    press = np.where((at.ring >= 3) & (at.ring <= 8), _PRESS[np.clip(at.ring, 0, 8)], 0.0)
    shapes: Deltas = {}
    for name, sign in _SIDES:
        corner, half = at.corner(sign), at.half(sign)
        upper, lower = half * at.upper_lip, half * at.lower_lip
        shapes[f"mouthSmile{name}"] = (
            _move(corner, (8, 6.5, 10), sign) + _move(upper + lower, (0, 1, 1))
            + _move(at.gauss((42, -116, 1592), (19, 26, 18), sign) * at.outside, (2, -4.0, 6.0), sign)
            + _move(_fold(at, sign), (0, 2.4, 0.6)))
        shapes[f"mouthFrown{name}"] = _move(corner, (2, 2.5, -7), sign)
        shapes[f"mouthDimple{name}"] = _move(corner, (4.5, 8, 2), sign)
        shapes[f"mouthStretch{name}"] = _move(corner, (8.5, 6, -5), sign)
        shapes[f"mouthPress{name}"] = (_move(press * upper, (0, 2.2, -2.4)) + _move(press * lower, (0, 2.2, 2.8))
                                       + _move(corner, (0.5, 1.5, 0.5), sign))
        shapes[f"mouthLowerDown{name}"] = _move(lower, (1, -1, -8.8), sign)
        shapes[f"mouthUpperUp{name}"] = _move(upper, (2, 1.5, 10), sign)
    return shapes


def _fold(at: Regions, sign: float) -> np.ndarray:
    """The fold from the wing of the nose to the corner of the mouth."""
    start, end = np.array([19.0, 1601.0]), np.array([38.5, 1573.0])
    along = end - start
    place = np.column_stack([sign * at.x, at.z]) - start
    t = np.clip(place @ along / (along @ along), 0.0, 1.0)
    out = np.array([-along[1], along[0]]) / np.linalg.norm(along)
    off = np.linalg.norm(place - t[:, None] * along - (2.5 * np.sin(np.pi * t))[:, None] * out, axis=1)
    ends = smoothstep(0.0, 0.3, t) * smoothstep(1.0, 0.55, t)
    return np.exp(-((off / 4.2) ** 2)) * ends * at.front * (at.ring < loops.VERMILION)


def _tongue(face: Face) -> np.ndarray:
    delta = np.zeros_like(face.points)
    span = face.spans["tongue"]
    y = face.points[span, 1]
    t = 1.0 - (y - y.min()) / np.ptp(y)
    delta[span, 1], delta[span, 2] = -34.0 * t**0.8, -5.0 * t * t
    return delta
