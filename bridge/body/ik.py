"""Two-bone inverse kinematics in closed form, vectorised over frames."""

from __future__ import annotations

import numpy as np

from .rotations import between, conjugate, multiply

REACH = 0.9985  # share of a limb's length that it is stretched to at most: a bend of 6 degrees stays


def two_bone(root: np.ndarray, middle: np.ndarray, end: np.ndarray, target: np.ndarray,
             fallback: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where middle joint and end (T, 3) go so that the end reaches its target (T, 3), bending to the same side.

    fallback: (T, 3) side to bend to where the limb is straight. A target out of reach is approached as far as the
    limb is long (or was stretched already).
    """
    upper, lower = _length(middle - root), _length(end - middle)
    reach = np.maximum(REACH * (upper + lower), _length(end - root))
    line = target - root
    distance = np.clip(_length(line), np.abs(upper - lower) + 1e-4, reach)
    along = _unit(line)
    side = bend_side(root, middle, end, fallback)
    side = _unit(side - _dot(side, along) * along)
    share = np.clip((upper ** 2 + distance ** 2 - lower ** 2) / (2 * upper * distance), -1, 1)
    bent = root + upper * (share * along + np.sqrt(1 - share ** 2) * side)
    return bent, root + distance * along


def bend_side(root: np.ndarray, middle: np.ndarray, end: np.ndarray, fallback: np.ndarray) -> np.ndarray:
    """(T, 3) unit direction from the line root-end to the middle joint; fading to fallback as the limb straightens."""
    line = _unit(end - root)
    out = middle - root
    out = out - _dot(out, line) * line
    spare = _unit(fallback - _dot(fallback, line) * line)
    sure = np.clip((_length(out) - 0.002) / 0.008, 0, 1)  # metres off the line
    sure = sure * sure * (3 - 2 * sure)
    return _unit(sure * out / np.maximum(_length(out), 1e-9) + (1 - sure) * spare)


def pointed(turn: np.ndarray, old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Global rotation (T, 4) of a bone that pointed along old and shall point along new, by the smallest turn."""
    return multiply(between(old, new), turn)


def set_globals(rotations: np.ndarray, turns: np.ndarray, parents: np.ndarray, wanted: dict[int, np.ndarray]) -> None:
    """Writes local rotations (T, J, 4) of some joints, parents first, so that they get global rotations (T, 4).

    Their children keep their local rotations; turns (T, J, 4) are the global ones before and stay as they are.
    For skeletons whose rest frames are aligned with the world.
    """
    for joint, turn in wanted.items():
        parent = int(parents[joint])
        rotations[:, joint] = multiply(conjugate(wanted.get(parent, turns[:, parent])), turn)


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.einsum("...i,...i->...", a, b)[..., None]


def _length(v: np.ndarray) -> np.ndarray:
    return np.sqrt(_dot(v, v))


def _unit(v: np.ndarray) -> np.ndarray:
    return v / np.maximum(_length(v), 1e-12)
