"""Frames and parts that are given, not generated: what the network is told of them, and how they are kept exactly."""

from __future__ import annotations

import numpy as np

from .pose_channels import part_slices

FADE = 15  # frames over which an observation's pull fades in the base
SPREAD = 12  # frames over which the remaining error at an observation is spread


def base_signal(values: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """(N, 106) what the network adds its output to: observed values, faded out around them by a quintic.

    values: (N, 106), read only where mask (N, 7 parts) is 1. Between two observations both are blended.
    """
    base = np.zeros_like(values)
    for part, place in enumerate(part_slices().values()):
        seen = np.flatnonzero(mask[:, part] > .5)
        if len(seen):
            base[:, place] = _faded(values[:, place], seen, len(values))
    return base


def widened(mask: np.ndarray) -> np.ndarray:
    """(..., 106) mask of channels from a mask of parts (..., 7)."""
    sizes = [place.stop - place.start for place in part_slices().values()]
    return np.repeat(mask, sizes, axis=-1)


def reconciled(output: np.ndarray, values: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """output (N, 106) made equal to values where observed: its error there and the error's slope are spread over
    the frames around, decaying as a quintic, so that neither place nor speed jumps."""
    result = output.copy()
    for part, place in enumerate(part_slices().values()):
        seen = np.flatnonzero(mask[:, part] > .5)
        if not len(seen):
            continue
        error = values[:, place] - output[:, place]
        result[:, place] += _spread(error, seen, len(output))
        result[seen, place] = values[seen, place]
    return result


def _faded(values: np.ndarray, seen: np.ndarray, count: int) -> np.ndarray:
    before, after, near_before, near_after = _neighbours(seen, count)
    weight_before = 1 - _quintic(near_before / FADE)
    weight_after = 1 - _quintic(near_after / FADE)
    total = np.maximum(weight_before + weight_after, 1.0)[:, None]
    mixed = (weight_before[:, None] * values[before] + weight_after[:, None] * values[after]) / total
    mixed[seen] = values[seen]
    return mixed


def _spread(error: np.ndarray, seen: np.ndarray, count: int) -> np.ndarray:
    before, after, near_before, near_after = _neighbours(seen, count)
    slope = np.zeros_like(error)
    joined = seen[1:][np.diff(seen) == 1]
    slope[joined] = error[joined] - error[joined - 1]
    slope_after = np.zeros_like(error)
    slope_after[joined - 1] = -slope[joined]
    change = _decayed(error[before], slope[before], near_before)
    change += _decayed(error[after], slope_after[after], near_after) * (near_before > 0)[:, None]
    return change


def _decayed(error: np.ndarray, slope: np.ndarray, distance: np.ndarray) -> np.ndarray:
    u = np.minimum(distance / SPREAD, 1)[:, None]
    still = 1 - _quintic(u)
    moving = (u - u ** 3 * (6 - 8 * u + 3 * u ** 2)) * SPREAD
    return error * still + slope * moving


def _neighbours(seen: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Nearest observed frame at or before and at or after each frame, and the distances (large where none)."""
    frames = np.arange(count)
    place = np.searchsorted(seen, frames, side="right")
    before = seen[np.maximum(place - 1, 0)]
    after = seen[np.minimum(np.searchsorted(seen, frames), len(seen) - 1)]
    near_before = np.where(frames >= before, frames - before, 10_000)
    near_after = np.where(after >= frames, after - frames, 10_000)
    return before, after, near_before, near_after


def _quintic(part: np.ndarray) -> np.ndarray:
    part = np.clip(part, 0, 1)
    return part ** 3 * (10 - 15 * part + 6 * part ** 2)


