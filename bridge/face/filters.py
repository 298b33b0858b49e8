"""Filters over frames: smoothing, claims that reach before and after, events drawn as ramps."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np


def exponential(values: np.ndarray, before: float, after: float) -> np.ndarray:
    """(T, C) ``values`` spread by exp(-t / before) ahead of and exp(-t / after) behind every frame (in frames)."""
    ahead, behind = (np.exp(-np.arange(1, int(5 * reach) + 2) / reach) for reach in (before, after))
    kernel = np.concatenate([ahead[::-1], [1.0], behind])
    return _convolved(values, kernel, len(ahead))


def smooth(values: np.ndarray, seconds: float, rate: float = 100.0) -> np.ndarray:
    """``values`` (T,) or (T, C) through a Gaussian of the given standard deviation; the ends go on."""
    sigma = seconds * rate
    half = int(np.ceil(3 * sigma))
    if half == 0 or len(values) == 0:
        return values
    kernel = np.exp(-0.5 * (np.arange(-half, half + 1) / sigma) ** 2)
    padded = np.pad(values, [(half, half)] + [(0, 0)] * (values.ndim - 1), mode="edge")
    done = _convolved(padded.reshape(len(padded), -1), kernel / kernel.sum(), half)[half:-half]
    return done.reshape(values.shape)


def _convolved(values: np.ndarray, kernel: np.ndarray, centre: int) -> np.ndarray:
    if len(values) == 0:
        return values
    return np.stack([np.convolve(column, kernel)[centre:centre + len(values)] for column in values.T], axis=1)


def runs(active: np.ndarray) -> np.ndarray:
    """(N, 2) first and one past the last frame of every run of True."""
    padded = np.concatenate([[0], np.asarray(active, np.int8), [0]])
    return np.flatnonzero(np.diff(padded)).reshape(-1, 2)


def events(chance: np.ndarray, peak: float, extent: float) -> list[tuple[int, int]]:
    """Events of ``chance`` (T,) as first frame and one past the last.

    A run above ``extent`` that somewhere exceeds ``peak`` is one, cut to where it exceeds half of its own height.
    """
    found = []
    for start, stop in runs(chance > extent):
        height = chance[start:stop].max()
        if height > peak:
            inside = np.flatnonzero(chance[start:stop] > height / 2)
            found.append((int(start + inside[0]), int(start + inside[-1] + 1)))
    return found


def smoothstep(share: np.ndarray) -> np.ndarray:
    """0 below 0, 1 above 1, and between them a curve that starts and ends flat."""
    share = np.clip(share, 0.0, 1.0)
    return share * share * (3.0 - 2.0 * share)


def ramps(spans: Iterable[tuple[float, float]], frames: int, rate: float, rise: float, fall: float) -> np.ndarray:
    """(T,) 1 within every span (start, stop) of seconds, with smooth flanks of ``rise`` before and ``fall`` after."""
    track = np.zeros(frames)
    for start, stop in spans:
        first = max(0, int(np.floor((start - rise) * rate)))
        last = max(first, min(frames, int(np.ceil((stop + fall) * rate)) + 1))
        time = np.arange(first, last) / rate
        shape = smoothstep((time - start + rise) / rise) * smoothstep((stop + fall - time) / fall)
        track[first:last] = np.maximum(track[first:last], shape)
    return track
