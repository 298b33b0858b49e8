"""Blender's evaluation of a Bezier f-curve segment (source/blender/blenkernel/intern/fcurve.cc).

Vectorised over segments; numpy only.
"""

from __future__ import annotations

import numpy as np

_STEPS = 60  # bisection alone would halve the interval this often; Newton needs four or five


def evaluate_segments(first: np.ndarray, handle: np.ndarray, other_handle: np.ndarray, last: np.ndarray,
                      frames: np.ndarray) -> np.ndarray:
    """Values (n,) at frames (n,) of n segments given by their points (n, 2) of frame and value.

    first, last: keys; handle: right handle of the first key; other_handle: left handle of the last one.
    """
    span = last[:, 0] - first[:, 0]
    handle = _within(first, handle, span)
    other_handle = _within(last, other_handle, span)
    x = np.stack((first[:, 0], handle[:, 0], other_handle[:, 0], last[:, 0]))
    y = np.stack((first[:, 1], handle[:, 1], other_handle[:, 1], last[:, 1]))
    return _bernstein(y, _parameter_at(x, frames))


def _within(key: np.ndarray, handle: np.ndarray, span: np.ndarray) -> np.ndarray:
    """The handle shortened so that it does not reach past the neighbouring key (BKE_fcurve_correct_bezpart)."""
    reach = np.abs(handle[:, 0] - key[:, 0])
    factor = np.where(reach > span, span / np.where(reach > 0, reach, 1), 1)
    return key + factor[:, None] * (handle - key)


def _parameter_at(x: np.ndarray, frames: np.ndarray) -> np.ndarray:
    """Parameter in 0..1 at which the cubic with control values x (4, n), monotone, reaches frames (n,).

    Newton's method held inside a shrinking bracket.
    """
    low, high = np.zeros_like(frames), np.ones_like(frames)
    s = np.clip((frames - x[0]) / np.where(x[3] > x[0], x[3] - x[0], 1), 0, 1)
    for _ in range(_STEPS):
        gap = _bernstein(x, s) - frames
        low, high = np.where(gap <= 0, s, low), np.where(gap >= 0, s, high)
        slope = 3 * ((1 - s) ** 2 * (x[1] - x[0]) + 2 * s * (1 - s) * (x[2] - x[1]) + s * s * (x[3] - x[2]))
        newton = s - gap / np.where(slope != 0, slope, np.inf)
        moved = np.where((newton > low) & (newton < high), newton, (low + high) / 2)
        moved = np.where(gap == 0, s, moved)
        if np.max(np.abs(moved - s), initial=0) < 1e-13:
            return moved
        s = moved
    return s


def _bernstein(p: np.ndarray, s: np.ndarray) -> np.ndarray:
    r = 1 - s
    return r * r * r * p[0] + 3 * r * r * s * p[1] + 3 * r * s * s * p[2] + s * s * s * p[3]
