"""Filters and peaks of curves sampled at 100 Hz. All filters are zero-phase: nothing is heard late.

Curves are (F,) float64; ends are continued with their last value.
"""

from __future__ import annotations

import numpy as np


def smooth(curve: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """The curve filtered by an odd, symmetric kernel (K,), which may be complex; the shape of ``curve``."""
    half = len(kernel) // 2
    return np.convolve(np.pad(curve, half, mode="edge"), kernel, mode="valid")


def hann_kernel(width: int) -> np.ndarray:
    """(width,) symmetric Hann without its zero ends, sum 1."""
    kernel = np.hanning(width + 2)[1:-1]
    return kernel / kernel.sum()


def gaussian_kernel(sigma: float) -> np.ndarray:
    """Gaussian of ``sigma`` frames over +- 4 sigma, sum 1."""
    half = int(np.ceil(4 * sigma))
    kernel = np.exp(-0.5 * (np.arange(-half, half + 1) / sigma) ** 2)
    return kernel / kernel.sum()


def analytic_kernel(low: float, high: float, width: int) -> np.ndarray:
    """(width,) complex band-pass between ``low`` and ``high`` cycles a frame that leaves out negative frequencies.

    Its output is the analytic signal of the band (band-pass and Hilbert transform in one), so its modulus is the
    envelope and its angle the phase. A Hann-windowed sinc moved to the centre of the band.
    """
    time = np.arange(width) - width // 2
    low_pass = (high - low) * np.sinc((high - low) * time) * np.hanning(width + 2)[1:-1]
    return 2.0 * low_pass * np.exp(1j * np.pi * (low + high) * time)


def moving_mean(curve: np.ndarray, half: int) -> np.ndarray:
    """Mean over +- ``half`` frames of (F,) or (F, C), over what there is of them at the ends."""
    sums = np.concatenate([np.zeros((1, *curve.shape[1:])), np.cumsum(curve, 0, dtype=np.float64)])
    place = np.arange(len(curve))
    first, last = np.maximum(place - half, 0), np.minimum(place + half + 1, len(curve))
    count = (last - first).reshape(-1, *[1] * (curve.ndim - 1))
    return (sums[last] - sums[first]) / count


def moving_median(curve: np.ndarray, half: int, block: int = 20_000) -> np.ndarray:
    """Median over +- ``half`` frames, nan not counted; nan where all are."""
    padded = np.pad(np.asarray(curve, np.float64), half, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1)
    out = np.empty(len(curve))
    for start in range(0, len(curve), block):
        ordered = np.sort(windows[start:start + block], axis=1)  # nan goes last
        count = np.count_nonzero(~np.isnan(ordered), axis=1)
        rows = np.arange(len(ordered))
        low, high = np.maximum(count - 1, 0) // 2, count // 2
        high = np.minimum(high, np.maximum(count - 1, 0))
        out[start:start + block] = 0.5 * (ordered[rows, low] + ordered[rows, high])
    return out


def difference(curve: np.ndarray, half: int) -> np.ndarray:
    """curve[t + half] - curve[t - half]."""
    padded = np.pad(curve, half, mode="edge")
    return padded[2 * half:] - padded[:-2 * half]


def peaks(curve: np.ndarray, prominence: float, distance: int) -> np.ndarray:
    """Frames of the local maxima at least ``distance`` apart (the higher stays) that stand out by ``prominence``.

    The same as scipy.signal.find_peaks(curve, distance=distance, prominence=prominence): a flat top counts
    once, at its middle; the prominence of a peak is its height over the higher of the two lowest points
    between it and the next higher ground to its left and right.
    """
    starts = np.concatenate([[0], np.flatnonzero(np.diff(curve)) + 1])
    ends = np.concatenate([starts[1:], [len(curve)]]) - 1
    levels = curve[starts]
    top = np.flatnonzero((levels[1:-1] > levels[:-2]) & (levels[1:-1] > levels[2:])) + 1
    found = (starts[top] + ends[top]) // 2
    found = _thinned(found, curve[found], distance)
    return found[_prominences(curve, found) >= prominence] if len(found) else found


def _thinned(places: np.ndarray, heights: np.ndarray, distance: int) -> np.ndarray:
    keep = np.ones(len(places), bool)
    for current in np.argsort(heights, kind="stable")[::-1]:
        if not keep[current]:
            continue
        for step in (-1, 1):
            other = current + step
            while 0 <= other < len(places) and abs(places[other] - places[current]) < distance:
                keep[other] = False
                other += step
    return places[keep]


def _prominences(curve: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Heights over the higher of the two lowest points on the way to higher ground."""
    left = _lowest_before(curve, places)
    right = _lowest_before(curve[::-1], len(curve) - 1 - places[::-1])[::-1]
    return curve[places] - np.maximum(left, right)


def _lowest_before(curve: np.ndarray, places: np.ndarray) -> np.ndarray:
    """For each place, a local maximum, the lowest value since the curve was last higher than there.

    One pass over all local maxima with a stack of falling heights, each with the lowest value before it.
    """
    top = np.zeros(len(curve), bool)
    top[0] = True
    top[1:-1] = (curve[1:-1] >= curve[:-2]) & (curve[1:-1] >= curve[2:])
    marks = np.flatnonzero(top)
    valleys = np.minimum.reduceat(curve, marks)  # lowest from each mark up to the next
    lowest = np.empty(len(curve))
    stack: list[tuple[float, float]] = []
    for mark, height, before in zip(marks, curve[marks], [np.inf, *valleys[:-1]], strict=True):
        low = min(before, height)
        while stack and stack[-1][0] <= height:
            low = min(low, stack.pop()[1])
        lowest[mark] = low
        stack.append((height, low))
    return lowest[places]
