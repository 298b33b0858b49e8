"""The head's skin: a spherical grid of rays shot onto the clay, with holes for mouth and eyes that loops fill.

Everything here is life size; ``proportions.enlarged_head`` puts it on the body.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import clay, face
from .island import fan, reversed_faces
from .surface import shoot

NECK_END = 1462.0

# Degrees. Columns of the left half: fine in front, coarse behind.
_HALF = np.concatenate([1.9 * np.arange(1, 21), [40.6, 44.2, 48.5, 54.5, 61.5, 69.5, 78.5, 88.0, 98.0, 108.5,
                                                 119.5, 131.0, 143.0, 155.5, 168.0]])
_COLUMNS = np.concatenate([-_HALF[::-1], [0.0], _HALF, [180.0]])
_FRONT = len(_HALF)
_EYE_COLUMNS, _MOUTH_COLUMNS = (5, 20), 12  # counted from the front

_CROWN = (80.0, 70, 60, 51, 43, 36, 30, 25, 21.2)
_EYES = np.linspace(17.5, -4.0, 9)
_NOSE = np.linspace(-4.0, -20.2, 8)[1:-1]
_MOUTH = np.linspace(-20.2, -42.0, 11)
_ROWS = np.concatenate([_CROWN, _EYES, _NOSE, _MOUTH])
_EYE_ROWS = (len(_CROWN), len(_CROWN) + len(_EYES) - 1)
_MOUTH_ROWS = (len(_ROWS) - len(_MOUTH), len(_ROWS) - 1)
_JAW_ROWS, _NECK_ROWS = 8, 9
# Elevation of the last jaw row by absolute azimuth: far below the mouth everywhere, or the rows fold over.
_JAW_END = np.array([(0, -71.0), (20, -69.5), (40, -65.0), (60, -60.0), (80, -55.0), (100, -52.0), (130, -50.0),
                     (180, -49.0)]).T

MATERIALS = ("skin", "lips", "mouth", "lidEdge")


@dataclass
class Head:
    """The skin of the head with mouth bag and eye sockets: one closed surface, life size.

    points: (V, 3). faces: (F, 4). material: (F,) place in ``MATERIALS``.
    mouth: (18, n) vertex numbers of the rings of ``face.mouth``. eyes: (11, m) for "left" and "right".
    azimuth: (V,) degrees of the grid's vertices, nan on the loops.
    on_neck: (V,) bool, the neck rows and what closes them.
    """

    points: np.ndarray
    faces: np.ndarray
    material: np.ndarray
    mouth: np.ndarray
    eyes: dict[str, np.ndarray]
    azimuth: np.ndarray
    on_neck: np.ndarray


def build() -> Head:
    grid = _grid()
    rows, columns = grid.shape[:2]
    number = np.arange(rows * columns).reshape(rows, columns)
    points = [grid.reshape(-1, 3), clay.on(clay.head, np.zeros(1), np.full(1, 90.0))]
    pole = rows * columns
    holes = {"mouth": (_MOUTH_ROWS, (_FRONT - _MOUTH_COLUMNS, _FRONT + _MOUTH_COLUMNS)),
             "left": (_EYE_ROWS, (_FRONT + _EYE_COLUMNS[0], _FRONT + _EYE_COLUMNS[1])),
             "right": (_EYE_ROWS, (_FRONT - _EYE_COLUMNS[1], _FRONT - _EYE_COLUMNS[0]))}
    faces = [_grid_faces(number, pole, holes.values())]
    material = [np.zeros(len(faces[0]), int)]
    rings, count = {}, pole + 1
    for name, (hole_rows, hole_columns) in holes.items():
        border = _border(number, hole_rows, hole_columns)
        if name == "right":  # its k = 0 is at the nose too, and it runs the other way round
            border = _mirrored_border(border)
        loops = _loops(name, points[0][border])
        rings[name] = np.concatenate([border[None], count + np.arange(loops[1:, :, 0].size).reshape(-1, len(border))])
        points.append(loops[1:].reshape(-1, 3))
        count += len(points[-1])
        strips, painted = _ring_faces(name, rings[name])
        faces.append(strips)
        material.append(painted)
    for side in ("left", "right"):
        back = np.array([[1.0 if side == "left" else -1.0, 1.0, 1.0]]) * clay.EYE
        points.append(back + np.array([0.0, clay.EYE_RADIUS + 0.3, 0.0]))
        faces.append(_cone_faces(rings[side][-1], count, side == "right"))
        material.append(np.full(len(faces[-1]), MATERIALS.index("lidEdge")))
        count += 1
    return _compact(np.concatenate(points), np.concatenate(faces), np.concatenate(material), rings, number)


def _grid() -> np.ndarray:
    """(rows, columns, 3): head rows, jaw rows, neck rows."""
    end = np.interp(np.abs(_COLUMNS), *_JAW_END)
    jaw = -42.0 + (end + 42.0) * np.arange(1, _JAW_ROWS + 1)[:, None] / _JAW_ROWS
    elevation = np.concatenate([np.repeat(_ROWS[:, None], len(_COLUMNS), 1), jaw])
    above = clay.on(clay.head, np.broadcast_to(_COLUMNS, elevation.shape), elevation)
    share = np.arange(1, _NECK_ROWS + 1)[:, None] / _NECK_ROWS
    z = above[-1, :, 2] + (NECK_END - above[-1, :, 2]) * share
    axis = np.stack([np.zeros_like(z), -38.0 + 16.0 * (1560.0 - z) / 120.0, z], -1).reshape(-1, 3)
    outward = np.broadcast_to(clay.direction(_COLUMNS, np.zeros_like(_COLUMNS)), (*z.shape, 3)).reshape(-1, 3)
    neck = shoot(clay.head, axis, outward).reshape(*z.shape, 3)
    return np.concatenate([above, neck])


def _grid_faces(number: np.ndarray, pole: int, holes: object) -> np.ndarray:
    rows, columns = number.shape
    solid = np.ones((rows - 1, columns), bool)
    for (top, bottom), (first, last) in holes:
        solid[top:bottom, first:last] = False
    r, c = np.nonzero(solid)
    following = (c + 1) % columns
    quads = np.column_stack([number[r, c], number[r + 1, c], number[r + 1, following], number[r, following]])
    c = np.arange(columns)
    crown = np.column_stack([np.full(columns, pole), number[0, c], number[0, (c + 1) % columns], np.full(columns, -1)])
    return np.concatenate([quads, crown, fan(number[-1, ::-1])])


def _border(number: np.ndarray, rows: tuple[int, int], columns: tuple[int, int]) -> np.ndarray:
    """Round a hole from the middle of its left border (lowest column) up, along the top, down and back."""
    (top, bottom), (first, last) = rows, columns
    left, right = number[top:bottom + 1, first], number[top:bottom + 1, last]
    middle = (bottom - top) // 2
    return np.concatenate([left[middle::-1], number[top, first + 1:last], right, number[bottom, last - 1:first:-1],
                           left[:middle:-1]])


def _mirrored_border(border: np.ndarray) -> np.ndarray:
    half = len(border) // 2
    upper, lower = border[:half + 1], border[half + 1:]
    return np.concatenate([upper[::-1], lower[::-1]])


def _loops(name: str, border: np.ndarray) -> np.ndarray:
    if name == "mouth":
        return face.mouth(border)
    flip = np.array([1.0 if name == "left" else -1.0, 1.0, 1.0])
    return face.eye(border * flip) * flip


def _ring_faces(name: str, rings: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Quads between each ring and the next, and their materials."""
    following = np.roll(rings, -1, axis=1)
    quads = np.stack([rings[:-1], rings[1:], following[1:], following[:-1]], -1)
    if name == "mouth":
        bands = np.where(np.arange(len(rings) - 1) < face.VERMILION, 0,
                         np.where(np.arange(len(rings) - 1) < face.CONTACT + 1, 1, 2))
    else:
        bands = np.where(np.arange(len(rings) - 1) < face.MARGIN - 1, 0, 3)
    material = np.repeat(bands, rings.shape[1])
    faces = quads.reshape(-1, 4)
    if name == "mouth":
        cap = fan(rings[-1, ::-1])
        faces, material = np.concatenate([faces, cap]), np.concatenate([material, np.full(len(cap), 2)])
    return (reversed_faces(faces) if name == "right" else faces), material


def _cone_faces(ring: np.ndarray, tip: int, turned: bool) -> np.ndarray:
    faces = np.column_stack([np.roll(ring, -1), ring, np.full(len(ring), tip), np.full(len(ring), -1)])
    return reversed_faces(faces) if turned else faces


def _compact(points: np.ndarray, faces: np.ndarray, material: np.ndarray, rings: dict[str, np.ndarray],
             number: np.ndarray) -> Head:
    """Drop the grid's vertices inside the holes."""
    used = np.zeros(len(points), bool)
    used[faces[faces >= 0]] = True
    place = np.cumsum(used) - 1
    azimuth = np.full(len(points), np.nan)
    azimuth[number] = _COLUMNS
    on_neck = np.zeros(len(points), bool)
    on_neck[number[-_NECK_ROWS:]] = True
    faces = np.where(faces >= 0, place[faces], -1)
    return Head(points[used], faces, material, place[rings["mouth"]],
                {side: place[rings[side]] for side in ("left", "right")}, azimuth[used], on_neck[used])
