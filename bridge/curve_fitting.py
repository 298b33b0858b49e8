"""Fewest cubic segments that keep within a tolerance at every sample.

A segment runs between two samples and passes through both. Its handles stand at one and two thirds of its
time, so that time is linear in the curve's parameter and the segment is a cubic Hermite whose two slopes
per channel follow from a 2x2 least-squares problem. All channels of a track share their keys. Segments are made as
long as the tolerance allows, from the left, many stretches of many tracks at once; then keys that turn out to be
superfluous go, and handles are put in line wherever the tolerance still holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from .body import rotations
from .watch import Watch

LONGEST = 256  # frames of a segment; idle bones get a key at least this often
_STRETCH = 128  # frames fitted side by side; borders lie on multiples of it, so that a change stays local
# Weight of the samples' own slopes against one sample. It decides where few samples leave the slopes open, and
# keeps movements round at the keys; a face changes too abruptly to gain from more.
_ROUND, _QUICK = 0.03, 0.003
_LANES = 4096  # stretches fitted together, which bounds the memory


@dataclass(frozen=True)
class Segments:
    """Keys of one track: frames (n,) int from its first sample, slopes per frame (n, C) before and after each,
    and values (n, C)."""

    frames: np.ndarray
    before: np.ndarray
    after: np.ndarray
    values: np.ndarray


@dataclass(frozen=True)
class _Samples:
    """Tracks of one kind, one after the other: values and slopes (N, C), limit (N,) of the squared error."""

    kind: str
    prior: float
    values: np.ndarray
    slopes: np.ndarray
    limit: np.ndarray


def fit_segments(values: list[np.ndarray], kind: str, tolerances: list[float], first_frame: int,
                 watch: Watch) -> list[Segments]:
    """Segments of tracks (T, C) of one kind (``curves.KINDS``) and one width C; tolerances as in ``Track``."""
    found: list[Segments] = []
    frames = sum(map(len, values)) / max(len(values), 1)
    batch = max(1, int(_LANES * _STRETCH / max(frames, _STRETCH)))
    for start in range(0, len(values), batch):
        watch.check()
        part = slice(start, start + batch)
        found += _fit_batch(values[part], kind, tolerances[part], first_frame)
    return found


def squared_error(kind: str, fitted: np.ndarray, source: np.ndarray) -> np.ndarray:
    """(...) error of fitted against source (..., C), in the measure of ``squared_limit``.

    Rotations by the angle between them after Blender's normalisation, as sin^2 of half of it; Euler angles by a
    bound of that angle that holds for every order; everything else by the distance.
    """
    if kind == "axis_angle":
        fitted, source = rotations.from_axis_angle(fitted), rotations.from_axis_angle(source)
    error = fitted - source
    size = np.einsum("...c,...c->...", error, error)
    if kind in ("quaternion", "axis_angle"):
        along = np.einsum("...c,...c->...", error, source)
        return (size - along * along) / np.einsum("...c,...c->...", fitted, fitted)
    if kind == "euler":
        # The first and the last axis stand at an angle whose cosine is the sine of the middle angle.
        leaning = np.minimum(np.abs(np.sin(source)) + np.abs(error), 1)
        e, s = np.abs(error), leaning
        cross = np.maximum(np.maximum(e[..., 0] * e[..., 1] * s[..., 2], e[..., 1] * e[..., 2] * s[..., 0]),
                           e[..., 2] * e[..., 0] * s[..., 1])
        return size + 2 * cross
    return size


def squared_limit(kind: str, tolerance: float) -> float:
    """What ``squared_error`` may be at most for a tolerance."""
    if kind in ("quaternion", "axis_angle"):
        return float(np.sin(min(tolerance, np.pi) / 2) ** 2)
    return tolerance ** 2


def _fit_batch(values: list[np.ndarray], kind: str, tolerances: list[float], first_frame: int) -> list[Segments]:
    lengths = np.array([len(v) for v in values])
    begins = np.concatenate(([0], np.cumsum(lengths)))
    samples = _Samples(kind, _QUICK if kind in ("weight", "property") else _ROUND, np.concatenate(values),
                       np.concatenate([np.gradient(v, axis=0, edge_order=min(2, len(v) - 1)) for v in values]),
                       np.repeat([squared_limit(kind, t) for t in tolerances], lengths))
    borders = [np.unique(np.concatenate(([0], np.arange(-first_frame % _STRETCH, n - 1, _STRETCH), [n - 1]))) + begin
               for n, begin in zip(lengths, begins[:-1], strict=True)]
    starts = np.concatenate([b[:-1] for b in borders])
    stops = np.concatenate([b[1:] for b in borders])
    keys = np.sort(np.concatenate((starts, stops[np.isin(stops, begins[1:] - 1)],
                                   _longest_segments(samples, starts, stops))))
    keys = _without_superfluous(samples, keys, begins)
    return _in_line(samples, keys, begins)


def _longest_segments(samples: _Samples, starts: np.ndarray, stops: np.ndarray) -> np.ndarray:
    """Samples between starts and stops that need a key: each segment is the longest found that fits.

    Every lane (a stretch with its own start and stop) searches on its own: lengths from ``good`` (fits) to ``bad``
    (does not), guessed from the error, which grows with the fourth power of the length.
    """
    begin, stop = starts.copy(), stops
    good, bad = np.ones_like(begin), stop - begin + 1
    trial = np.minimum(12, stop - begin)
    found = []
    while len(begin):
        done = bad - good <= 1
        if done.any():
            begin = np.where(done, begin + good, begin)
            found.append(begin[done & (begin < stop)])
            trial = np.where(done, np.minimum(good, stop - begin), trial)
            bad = np.where(done, stop - begin + 1, bad)
            good = np.where(done, 1, good)
            left = begin < stop
            begin, stop, good, bad, trial = (a[left] for a in (begin, stop, good, bad, trial))
            continue
        ratio = _error_of(samples, begin, trial)[1]
        fits = ratio <= 1
        good, bad = np.where(fits, np.maximum(good, trial), good), np.where(fits, bad, trial)
        guess = trial * np.maximum(ratio, 1e-4) ** -0.125
        middle = (good + bad) / 2
        guess = np.where(bad > stop - begin, guess, (guess + middle) / 2)
        trial = np.clip(np.round(guess), good + 1, np.maximum(bad - 1, good + 1)).astype(good.dtype)
        trial = np.where(bad - good <= 1, good, trial)
    return np.concatenate(found) if found else np.zeros(0, starts.dtype)


def _without_superfluous(samples: _Samples, keys: np.ndarray, begins: np.ndarray) -> np.ndarray:
    """Keys without those whose two segments can be one; never two neighbours at once."""
    for turn in range(4):
        inner = np.flatnonzero(_inner(keys, begins))
        inner = inner[inner % 2 == turn % 2]
        length = keys[inner + 1] - keys[inner - 1]
        inner, length = inner[length <= LONGEST], length[length <= LONGEST]
        if len(inner):
            fits = _error_of(samples, keys[inner - 1], length)[1] <= 1
            keys = np.delete(keys, inner[fits])
    return keys


def _in_line(samples: _Samples, keys: np.ndarray, begins: np.ndarray) -> list[Segments]:
    """Slopes of all segments, made equal on both sides of a key wherever the tolerance allows it."""
    length = np.diff(keys)
    within = np.searchsorted(begins, keys[:-1], "right") == np.searchsorted(begins, keys[1:], "right")
    segment = np.flatnonzero(within)
    ends = np.zeros((len(keys) - 1, 2, samples.values.shape[1]))
    ends[segment] = _error_of(samples, keys[segment], length[segment])[0]
    before, after = np.zeros((2, len(keys), samples.values.shape[1]))
    after[:-1][within], before[1:][within] = ends[segment, 0], ends[segment, 1]

    inner = np.flatnonzero(_inner(keys, begins))
    for turn in range(4):
        key = inner[inner % 2 == turn % 2]
        left, right = length[key - 1, None] ** 3.0, length[key, None] ** 3.0  # how firmly each side wants its slope
        common = (left * before[key] + right * after[key]) / (left + right)
        fits = _error_of(samples, keys[key - 1], length[key - 1], np.stack((after[key - 1], common), 1))[1] <= 1
        fits &= _error_of(samples, keys[key], length[key], np.stack((common, before[key + 1]), 1))[1] <= 1
        before[key[fits]] = after[key[fits]] = common[fits]
    bounds = np.searchsorted(keys, begins)
    return [Segments(keys[a:b] - begin, before[a:b], after[a:b], samples.values[keys[a:b]])
            for a, b, begin in zip(bounds[:-1], bounds[1:], begins[:-1], strict=True)]


def _inner(keys: np.ndarray, begins: np.ndarray) -> np.ndarray:
    """Which keys are neither the first nor the last of their track."""
    return ~(np.isin(keys, begins[:-1]) | np.isin(keys, begins[1:] - 1))


def _error_of(samples: _Samples, start: np.ndarray, length: np.ndarray,
              slopes: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Slopes (n, 2, C) of n segments and their worst squared error as a share of the limit (n,).

    start: sample of the first key, length: frames to the second one. Without slopes the best ones are found.
    """
    channels = samples.values.shape[1]
    found, worst = np.empty((len(start), 2, channels)), np.zeros(len(start))
    size = np.maximum(np.ceil(np.log2(np.maximum(length, 1))), 3).astype(int)
    for bits in np.unique(size):
        rows = np.flatnonzero(size == bits)
        given = None if slopes is None else slopes[rows]
        found[rows], worst[rows] = _error_of_alike(samples, start[rows], length[rows], 1 << int(bits), given)
    return found, worst


def _error_of_alike(samples: _Samples, start: np.ndarray, length: np.ndarray, width: int,
                    slopes: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """``_error_of`` for segments no longer than width."""
    share, bend, solve, prior = _bases(samples.prior)
    share, bend = share[length, 1:width], bend[length, 1:width]
    step = np.arange(1, width)
    inside = step < length[:, None]
    source = samples.values[start[:, None] + np.where(inside, step, 0)]
    low, high = samples.values[start], samples.values[start + length]
    line = low[:, None] + share[..., None] * (high - low)[:, None]
    frames = length[:, None, None]
    if slopes is None:
        own = np.stack((samples.slopes[start], samples.slopes[start + length]), 1) * frames - (high - low)[:, None]
        rest = np.where(inside[..., None], source - line, 0)
        ends = np.matmul(solve[length][:, :, 1:width], rest) + np.matmul(prior[length], own)
        slopes = (ends + (high - low)[:, None]) / frames
    else:
        ends = slopes * frames - (high - low)[:, None]
    fitted = line + np.matmul(bend, ends)
    error = np.where(inside, squared_error(samples.kind, fitted, source), 0)
    limit = np.maximum(samples.limit[start], np.finfo(float).tiny)
    return slopes, error.max(1, initial=0) / limit


@cache
def _bases(weight: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """For every length n of a segment and sample k: share k / n, the two bends (h10, h11 of Hermite's cubic), the
    matrix from samples to the ends' slopes (against the chord's, in units of it), and that from the prior slopes."""
    n = np.arange(LONGEST + 1)[:, None]
    k = np.arange(LONGEST + 1)[None]
    u = np.where(k < n, k / np.maximum(n, 1), 0)
    bend = np.stack((u * (1 - u) ** 2, -(u ** 2) * (1 - u)), -1)
    normal = np.einsum("nki,nkj->nij", bend, bend) + weight * np.eye(2)
    inverse = np.linalg.inv(normal)
    return u, bend, np.matmul(inverse, bend.transpose(0, 2, 1)), weight * inverse
