"""Filters over time (axis 0), all of them without delay: numpy only, ends extended by their own mirror image."""

from __future__ import annotations

from functools import cache

import numpy as np

from .rotations import continuous, normalise

_FASTEST, _SLOW = 8.0, 3.0  # Hz: what a body does at most, and what it does even if it is noisy
_HALF_SECONDS = 0.25  # reach of the low-pass: a transition of about 5 Hz, 40 dB down after it
_KAISER = 3.4


def low_pass(values: np.ndarray, fps: float, cutoff: float = 8.0) -> np.ndarray:
    """values (T, ...) without what is faster than cutoff (Hz): a windowed sinc, flat below 0.7 cutoff.

    An accent is slower than that and keeps its height and its time. At frame rates that cannot hold anything
    faster than the cutoff the values come back as they are.
    """
    if fps <= 2.2 * cutoff:
        return np.array(values)
    return convolve(values, _low_pass_kernel(float(fps), float(cutoff)))


def steady(values: np.ndarray, fps: float) -> np.ndarray:
    """values (T, ..., n) without noise: low-passed at 8 Hz, and from 3 Hz on only where there is more than noise.

    What lies over 8 Hz is taken for the noise there is; the band below holds its share of it, as white noise
    does, and is damped where it holds little else (Wiener's filter, per point and over about a second). Clean motion
    keeps its accents; a second pass changes little, since little over 8 Hz is left.
    """
    if fps <= 2.2 * _FASTEST:
        return np.array(values)
    smooth = low_pass(values, fps, _FASTEST)
    slow = low_pass(smooth, fps, _SLOW)
    quick = smooth - slow
    noise = _power(values - smooth, fps) * (_FASTEST - _SLOW) / (fps / 2 - _FASTEST)
    kept = np.clip(1 - noise / np.maximum(_power(quick, fps), 1e-16), 0, 1)
    return slow + kept * quick


def steady_rotations(q: np.ndarray, fps: float) -> np.ndarray:
    """Quaternions (T, ..., 4) made steady; neighbours within 0.25 s must be less than half a turn apart."""
    return normalise(steady(continuous(q), fps))


def _power(values: np.ndarray, fps: float) -> np.ndarray:
    """(T, ..., 1) mean square around each frame."""
    return gaussian(np.einsum("...c,...c->...", values, values)[..., None], 0.33 * fps)


def gaussian(values: np.ndarray, sigma: float) -> np.ndarray:
    """values (T, ...) smoothed by a Gaussian of sigma frames."""
    reach = int(np.ceil(3 * sigma))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    return convolve(values, kernel / kernel.sum())


def convolve(values: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """values (T, ...) convolved with a symmetric kernel of odd length; beyond its ends the curve is turned about
    them by half a turn, so that a steady slope stays steady."""
    values = np.asarray(values)
    reach = len(kernel) // 2
    if reach == 0 or len(values) < 2:
        return values * kernel.sum()
    extended = _extended(values, reach)
    kernel = kernel.astype(values.dtype)
    out = kernel[reach] * values
    for k in range(1, reach + 1):
        out += kernel[reach + k] * (extended[reach - k:reach - k + len(values)]
                                    + extended[reach + k:reach + k + len(values)])
    return out


def cover(values: np.ndarray, reach: int) -> np.ndarray:
    """A smooth curve that is nowhere below values (T, ...), which are >= 0, and falls to 0 within 2 reach frames."""
    spread = np.pad(values, [(2 * reach, 2 * reach), *[(0, 0)] * (values.ndim - 1)])
    highest = np.max([spread[k:len(spread) - 2 * reach + k] for k in range(2 * reach + 1)], axis=0)
    kernel = np.hanning(2 * reach + 3)[1:-1]
    kernel /= kernel.sum()
    return sum(weight * highest[k:k + len(values)] for k, weight in enumerate(kernel))


def resample(values: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """values (T, ...) read at positions (N,), in frames, by a cubic through the samples (Catmull and Rom 1974)."""
    values = np.asarray(values)
    last = len(values) - 1
    positions = np.clip(np.asarray(positions, np.float64), 0, last)
    low = np.minimum(positions.astype(np.int64), max(last - 1, 0))
    t = (positions - low).reshape(-1, *(1,) * (values.ndim - 1))
    if last < 1:
        return np.repeat(values[:1], len(positions), 0)
    extended = _extended(values, 1)
    before, first, second, after = (extended[low + k] for k in range(4))
    slope, next_slope = (second - before) / 2, (after - first) / 2
    curve = (first + t * slope + t * t * (3 * (second - first) - 2 * slope - next_slope)
             + t ** 3 * (2 * (first - second) + slope + next_slope))
    return curve.astype(values.dtype, copy=False)


def _extended(values: np.ndarray, reach: int) -> np.ndarray:
    """values with reach more frames on both sides, the curve's own mirror image about its end points."""
    period = len(values) - 1
    place = np.minimum(np.arange(1, reach + 1), period)
    before = 2 * values[:1] - values[place[::-1]]
    after = 2 * values[-1:] - values[period - place]
    return np.concatenate((before, values, after))


@cache
def _low_pass_kernel(fps: float, cutoff: float) -> np.ndarray:
    reach = max(1, round(_HALF_SECONDS * fps))
    n = np.arange(-reach, reach + 1)
    kernel = np.sinc(2 * cutoff / fps * n) * np.kaiser(len(n), _KAISER)
    return kernel / kernel.sum()
