"""Moving from one motion into another without a step in position or speed."""

from __future__ import annotations

import numpy as np

from bridge.body import rotations as rot

from .clips import FPS

FASTEST_OFFSET = 9.0  # rad/s that an offset may start with


def scaled(q: np.ndarray, factor: np.ndarray | float) -> np.ndarray:
    """The rotation by factor times the angle of q."""
    return rot.from_rotation_vector(rot.to_rotation_vector(q) * factor)


def inertialise(before: np.ndarray, source: np.ndarray, frames: float) -> np.ndarray:
    """source (T, n, 4) entered from where before (2, n, 4: the last two frames) was heading.

    The offset and its speed decay by a quintic over ``frames`` (Bollo, Inertialization, GDC 2018).
    """
    if not len(source):
        return source
    step = rot.multiply(before[1], rot.conjugate(before[0]))
    arriving = rot.normalise(rot.multiply(step, before[1]))
    offset = rot.to_rotation_vector(_short(rot.multiply(arriving, rot.conjugate(source[0]))))
    leaving = rot.multiply(source[min(1, len(source) - 1)], rot.conjugate(source[0]))
    speed = (rot.to_rotation_vector(_short(step)) - rot.to_rotation_vector(_short(leaving))) * FPS
    size = np.linalg.norm(speed, axis=-1, keepdims=True)
    speed *= np.minimum(1, FASTEST_OFFSET / np.maximum(size, 1e-6))
    seconds = max(frames, 2) / FPS
    count = min(len(source), int(np.ceil(frames)) + 1)
    decayed = _quintic(offset, speed, seconds, np.arange(count) / FPS)
    joined = source.copy()
    joined[:count] = rot.multiply(rot.from_rotation_vector(decayed.astype(source.dtype)), source[:count])
    return joined


def _quintic(offset: np.ndarray, speed: np.ndarray, seconds: float, times: np.ndarray) -> np.ndarray:
    """Rows of the quintic from (offset, speed, 0) to (0, 0, 0) over seconds, at times."""
    u = np.clip(times / seconds, 0, 1)[:, None, None]
    still = 1 - u ** 3 * (10 - 15 * u + 6 * u ** 2)
    moving = u - u ** 3 * (6 - 8 * u + 3 * u ** 2)
    return offset * still + speed * seconds * moving


def _short(q: np.ndarray) -> np.ndarray:
    return np.where(q[..., :1] < 0, -q, q)
