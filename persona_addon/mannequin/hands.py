"""Hands: one field of cones and lumps, meshed once and mirrored; nails are shells of their own."""

from __future__ import annotations

import numpy as np

from . import proportions as figure
from .fields import Profile, cone, cut, ellipsoid, intersection, union
from .island import Island, tube
from .surface import mesh

SPACING = 3.1
_STUB = Profile(((-70, 25, 22), (-12, 25.5, 19.5), (8, 27.5, 18), (45, 27.5, 18)))


def _finger(p: np.ndarray, finger: str) -> np.ndarray:
    joints, radii = figure.finger_joints(finger), figure.finger_radii(finger)
    d = cone(p, joints[0], joints[1], radii[0], radii[1])
    d = union(d, cone(p, joints[1], joints[2], radii[1], radii[2]), 3.0)
    end = joints[3] - (joints[3] - joints[2]) / np.linalg.norm(joints[3] - joints[2]) * radii[3]
    return union(d, cone(p, joints[2], end, radii[2], radii[3]), 3.0)


def _metacarpals(p: np.ndarray) -> np.ndarray:
    d = None
    for start, _, _, radii in figure.FINGERS.values():
        part = cone(p, (14.0, 0.0, 0.42 * start[2]), start, 13.0, radii[0])
        knuckle = ellipsoid(p, np.add(start, (-1.0, 3.2, 0.0)), (9.0, 0.95 * radii[0], 0.8 * radii[0]))
        part = union(part, knuckle, 6.0)
        d = part if d is None else union(d, part, 12.0)
    return d


def _stub(p: np.ndarray) -> np.ndarray:
    """The wrist, inside the sleeve as far as x = -58."""
    across, dorsal = _STUB(np.clip(p[:, 0], -70.0, 45.0))
    d = (np.sqrt((p[:, 2] / across) ** 2 + (p[:, 1] / dorsal) ** 2) - 1.0) * dorsal
    return intersection(d, p[:, 0] - 38.0, 12.0)


def hand_field(p: np.ndarray) -> np.ndarray:
    """Distance in the hand's own frame, before HAND_SCALE."""
    # The fillet between the fingers fades beyond the webs, or they would grow together.
    web = np.interp(p[:, 0], (60.0, 95.0, 106.0), (16.0, 7.0, 2.0)).astype(p.dtype)
    fingers = None
    for finger in figure.FINGERS:
        part = _finger(p, finger)
        fingers = part if fingers is None else union(fingers, part, web)
    d = union(_metacarpals(p), fingers, web)
    d = union(d, ellipsoid(p, (36, -11, 24), (30, 14, 15)), 14.0)
    d = union(d, ellipsoid(p, (48, -7, -20), (38, 12, 14)), 12.0)
    d = union(d, ellipsoid(p, (70, -6, 6), (26, 10, 34)), 10.0)
    d = union(d, _finger(p, "Thumb"), 9.0)
    d = union(d, _stub(p), 20.0)
    return cut(d, p[:, 0] + 58.0, 4.0)


def hand() -> Island:
    """The left one, on the body."""
    points, quads = mesh(hand_field, (-64, -66, -66), (196, 40, 96), SPACING)
    return Island("leftHand", figure.from_hand(points), quads, ("skin",)).outward()


def nails() -> list[Island]:
    """The left hand's nails, each a shallow shell on the back of the last phalanx."""
    return [_nail(finger) for finger in ("Thumb", *figure.FINGERS)]


def _nail(finger: str) -> Island:
    joints, radius = figure.finger_joints(finger), figure.finger_radii(finger)[3]
    along = joints[3] - joints[2]
    along /= np.linalg.norm(along)
    side = np.array(figure.THUMB[3][0]) if finger == "Thumb" else np.array([0.0, 0.0, 1.0])
    up = np.array(figure.THUMBNAIL) if finger == "Thumb" else np.cross(side, along)
    up -= (up @ along) * along
    up /= np.linalg.norm(up)
    side = np.cross(along, up)
    centre = joints[3] - 0.98 * radius * along + 0.93 * radius * up
    turn = np.arange(20) / 20 * 2.0 * np.pi
    rings = []
    for size, height in ((0.80, -1.5), (1.0, -0.3), (0.93, 0.30), (0.5, 0.75)):
        long = np.sign(np.cos(turn)) * np.abs(np.cos(turn)) ** 0.8 * size * 0.98 * radius
        wide = np.sign(np.sin(turn)) * np.abs(np.sin(turn)) ** 0.8 * size * 0.74 * radius
        bend = -wide**2 / (2.1 * radius)
        rings.append(centre + long[:, None] * along + wide[:, None] * side
                     + (height + bend - 0.012 * long**2)[:, None] * up)
    points = np.concatenate(rings)
    faces = tube((4, 20), caps=True)
    bone = f"left{finger}Distal"
    island = Island("leftNail" + finger, figure.from_hand(points), faces, ("nail",))
    island.weights = {bone: np.ones(len(points))}
    return island.outward()
