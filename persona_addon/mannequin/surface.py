"""From a distance field to a mesh of quads: surface nets, then smoothing on the field itself."""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np

from .fields import Field
from .island import edges_of, neighbour_mean, reversed_faces

_BLOCK = 4
_CORNERS = np.array([(i, j, k) for i in (0, 1) for j in (0, 1) for k in (0, 1)])
_CELL_EDGES = [(a, b) for a in range(8) for b in range(a + 1, 8) if np.abs(_CORNERS[a] - _CORNERS[b]).sum() == 1]


def mesh(field: Field, low: np.ndarray, high: np.ndarray, spacing: float, *, symmetric: bool = False,
         rounds: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """The zero surface of ``field`` inside the box.

    Surface nets (Gibson 1998): a vertex in each crossed cell, a quad across each crossed lattice edge.
    symmetric: only x >= 0 is computed and mirrored, exactly; ``field`` must be even in x.
    -> points (V, 3), quads (F, 4) facing outward.
    """
    low, high = np.array(low, float), np.array(high, float)
    if symmetric:
        low[0] = -0.5 * spacing
    shape = (np.ceil((high - low) / spacing / _BLOCK).astype(int) * _BLOCK + 1)
    values = _sample(field, low, shape, spacing)
    points, quads, cells = _nets(values, low, spacing, skip_first=symmetric)
    on_plane = cells[:, 0] == 0 if symmetric else np.zeros(len(points), bool)
    points = _settle(field, points, quads, spacing, on_plane, rounds)
    if not symmetric:
        return points, quads
    return _both_sides(points, quads, on_plane)


def _sample(field: Field, low: np.ndarray, shape: np.ndarray, spacing: float) -> np.ndarray:
    """Values on the lattice: exact near the surface, elsewhere the value at the block's centre."""
    blocks = (shape - 1) // _BLOCK
    centres = low + (np.indices(blocks).reshape(3, -1).T * _BLOCK + (_BLOCK - 1) / 2.0) * spacing
    coarse = field(centres)
    reach = _BLOCK * spacing * 0.866 * 1.25 + spacing
    values = np.repeat(np.repeat(np.repeat(coarse.reshape(blocks), _BLOCK, 0), _BLOCK, 1), _BLOCK, 2)
    values = np.pad(values, ((0, 1),) * 3, mode="edge")
    near = np.zeros(shape, bool)
    near[:-1, :-1, :-1] = np.repeat(np.repeat(np.repeat((np.abs(coarse) < reach).reshape(blocks),
                                                        _BLOCK, 0), _BLOCK, 1), _BLOCK, 2)
    place = np.argwhere(near)
    values[near] = field(low + place * spacing)
    return values


def _nets(values: np.ndarray, low: np.ndarray, spacing: float,
          skip_first: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """-> points, quads, and the cell of each point."""
    inside = values < 0
    code = np.zeros(np.array(values.shape) - 1, np.int16)
    for bit, (i, j, k) in enumerate(_CORNERS):
        code += inside[i:i + code.shape[0], j:j + code.shape[1], k:k + code.shape[2]].astype(np.int16) << bit
    cells = np.argwhere((code > 0) & (code < 255))
    sheet, sheets = (table[code[tuple(cells.T)]] for table in _sheets())
    first = np.cumsum(sheets) - sheets
    number = np.full(code.shape, -1)
    number[tuple(cells.T)] = np.arange(len(cells))
    owner = np.repeat(np.arange(len(cells)), sheets)
    points = low + (cells[owner] + _crossings(values, cells, first[:, None] + sheet, len(owner))) * spacing
    vertex = np.where(sheet >= 0, first[:, None] + sheet, -1)
    quads = np.concatenate([_quads(inside, number, vertex, axis, skip_first) for axis in range(3)])
    return points, quads, cells[owner]


@cache
def _sheets() -> tuple[np.ndarray, np.ndarray]:
    """For the 256 signs of a cell's corners: the sheet of surface (256, 12) that crosses each edge, and how many.

    A cell that two sheets cross has two vertices, or they would grow together. Edges crossed in one side of
    the cell belong together; where all four are, those round each inner corner do (Wenger 2013, section 3).
    """
    sheet, count = np.full((256, 12), -1), np.zeros(256, int)
    for code in range(256):
        inner = [bool(code >> corner & 1) for corner in range(8)]
        crossed = [e for e, (a, b) in enumerate(_CELL_EDGES) if inner[a] != inner[b]]
        group = {e: e for e in crossed}
        for axis in range(3):
            for side in (0, 1):
                on = [e for e in crossed if all(_CORNERS[c][axis] == side for c in _CELL_EDGES[e])]
                for a, b in itertools.combinations(on, 2):
                    shared = set(_CELL_EDGES[a]) & set(_CELL_EDGES[b])
                    if len(on) == 2 or any(inner[corner] for corner in shared):
                        group = {e: group[a] if g == group[b] else g for e, g in group.items()}
        names = sorted(set(group.values()))
        for e, g in group.items():
            sheet[code, e] = names.index(g)
        count[code] = len(names)
    return sheet, count


def _crossings(values: np.ndarray, cells: np.ndarray, vertex: np.ndarray, count: int) -> np.ndarray:
    """(count, 3) mean place of the edge crossings that belong to each vertex, in cell units."""
    corner = np.stack([values[tuple((cells + c).T)] for c in _CORNERS], 1)
    total, hits = np.zeros((count, 3)), np.zeros(count)
    for edge, (a, b) in enumerate(_CELL_EDGES):
        crossed = (corner[:, a] < 0) != (corner[:, b] < 0)
        t = corner[crossed, a] / (corner[crossed, a] - corner[crossed, b])
        place = vertex[crossed, edge]  # each vertex at most once for an edge
        total[place] += _CORNERS[a] + t[:, None] * (_CORNERS[b] - _CORNERS[a])
        hits[place] += 1.0
    return total / hits[:, None]


def _quads(inside: np.ndarray, number: np.ndarray, vertex: np.ndarray, axis: int, skip_first: bool) -> np.ndarray:
    """One quad for each crossed lattice edge along ``axis``."""
    first = np.take(inside, range(inside.shape[axis] - 1), axis)
    second = np.take(inside, range(1, inside.shape[axis]), axis)
    place = np.argwhere(first != second)
    u, v = (axis + 1) % 3, (axis + 2) % 3
    keep = (place[:, u] > 0) & (place[:, v] > 0)
    if skip_first and axis != 0:
        keep &= place[:, 0] > 0
    place = place[keep]
    corners = []
    for du, dv in ((1, 1), (0, 1), (0, 0), (1, 0)):  # the edge as seen from the four cells round it
        back = du * np.eye(3, dtype=int)[u] + dv * np.eye(3, dtype=int)[v]
        start = next(i for i, c in enumerate(_CORNERS) if c[axis] == 0 and c[u] == du and c[v] == dv)
        end = next(i for i, c in enumerate(_CORNERS) if c[axis] == 1 and c[u] == du and c[v] == dv)
        corners.append(vertex[number[tuple((place - back).T)], _CELL_EDGES.index((start, end))])
    quads = np.stack(corners, 1)
    return np.where(first[tuple(place.T)][:, None], quads, quads[:, ::-1])


def gradient(field: Field, points: np.ndarray, step: float) -> np.ndarray:
    """(N, 3) by central differences (one-sided ones drift in creases)."""
    offsets = np.concatenate([np.eye(3), -np.eye(3)]) * step
    values = field((points[None] + offsets[:, None]).reshape(-1, 3)).reshape(6, -1)
    return ((values[:3] - values[3:]) / (2.0 * step)).T


def _settle(field: Field, points: np.ndarray, quads: np.ndarray, spacing: float, on_plane: np.ndarray,
            rounds: int) -> np.ndarray:
    """Even out the spacing of the vertices and put them back onto the surface."""
    edges = edges_of(quads)
    # A vertex on the mirror plane has its off-plane neighbours twice: once here, once behind the mirror.
    weight = 1.0 + (on_plane[edges] & ~on_plane[edges[:, ::-1]])
    for _ in range(rounds):
        points = points + 0.6 * (neighbour_mean(points, edges, weight) - points)
        points[on_plane, 0] = 0.0
        slope = gradient(field, points, 0.1 * spacing)
        steep = np.maximum(np.einsum("ij,ij->i", slope, slope), 0.05)
        points -= np.clip(field(points) / steep, -spacing, spacing)[:, None] * slope
        points[on_plane, 0] = 0.0
    return points


def _both_sides(points: np.ndarray, quads: np.ndarray, on_plane: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    count, off = len(points), np.flatnonzero(~on_plane)
    partner = np.arange(count)
    partner[off] = count + np.arange(len(off))
    whole = np.concatenate([points, points[off] * (-1.0, 1.0, 1.0)])
    return whole, np.concatenate([quads, reversed_faces(partner[quads])])


def shoot(field: Field, start: np.ndarray, directions: np.ndarray, steps: int = 26) -> np.ndarray:
    """Where rays (N, 3) from inside leave the surface: march on the distance, then close in."""
    start = np.broadcast_to(start, directions.shape)
    t = np.full(len(directions), 4.0)
    going = np.arange(len(directions))
    for step in range(steps):
        d = field(start[going] + t[going, None] * directions[going])
        t[going] -= d * (1.25 if step < 5 else 0.95)
        going = going[np.abs(d) > 0.004]
        if not len(going):
            break
    return start + t[:, None] * directions
