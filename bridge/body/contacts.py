"""Which parts of the feet stand on the ground, and when.

A part stands while it is slow and near its own lowest height; times that were given with the motion are kept.
"""

from __future__ import annotations

import numpy as np

from .motion import CONTACTS
from .rotations import rotate
from .skeleton import Skeleton

SOLE = ((0.0, 0.040, -0.085), (0.0, 0.0, -0.020))  # metres: heel from the foot joint, ball from the toe joint
_SLOW, _MOVING = 0.15, 0.25  # m/s: to begin and to end a contact
_STEP = 0.40  # m/s: faster than this nothing stands, whatever was said with the motion
_LOW = 0.045  # metres over the part's own lowest height
_SHORTEST, _GAP = 0.1, 0.07  # seconds of a contact, and of an interruption that is none


def sole_points(turns: np.ndarray, places: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """(T, 4, 3) points of the soles in the order of ``CONTACTS``, on the ground (z = 0) in the rest pose."""
    joints = [skeleton.index[name] for name in ("leftFoot", "leftToes", "rightFoot", "rightToes")]
    return places[:, joints] + rotate(turns[:, joints], np.array(SOLE * 2))


def detect(points: np.ndarray, fps: float, given: np.ndarray | None = None) -> np.ndarray:
    """(T, 4) bool contacts of sole points (T, 4, 3), metres. given: contacts (T, 4) 0..1 that came with the motion."""
    speed = speeds(points, fps)
    if given is not None and np.any(given):
        standing = (given > 0.5) & (speed < _STEP)
        begun = standing
    else:
        low = points[..., 2] < np.percentile(points[..., 2], 2, axis=0) + _LOW
        noise = np.percentile(speed, 5, axis=0)
        begun = low & (speed < np.maximum(_SLOW, 3 * noise))
        standing = low & (speed < np.maximum(_MOVING, 5 * noise))
    return np.stack([_spans_of(standing[:, part], begun[:, part], fps) for part in range(len(CONTACTS))], 1)


def speeds(points: np.ndarray, fps: float) -> np.ndarray:
    """(T, ...) speed of points (T, ..., 3) in metres a second."""
    if len(points) < 2:
        return np.zeros(points.shape[:-1])
    return np.linalg.norm(np.gradient(points, 1 / fps, axis=0), axis=-1)


def runs(mask: np.ndarray) -> np.ndarray:
    """(n, 2) first frame and frame after the last of every stretch of a (T,) mask."""
    edges = np.diff(np.concatenate(([False], mask, [False])).astype(np.int8))
    return np.stack((np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)), 1)


def _spans_of(standing: np.ndarray, begun: np.ndarray, fps: float) -> np.ndarray:
    closed = standing.copy()
    for start, stop in runs(~standing):
        if start > 0 and stop < len(standing) and stop - start <= _GAP * fps:
            closed[start:stop] = True
    shortest = min(_SHORTEST * fps, len(standing))
    for start, stop in runs(closed):
        if stop - start < shortest or not begun[start:stop].any():
            closed[start:stop] = False
    return closed
