"""Sampling a motion of any length: all windows see one noise field, and their predictions are cross-faded at every
step, so that nothing drifts and no join shows. Memory grows only by what a frame holds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..watch import Watch
from .diffusion import GRID, STEPS, MultistepSolver, cosine_schedule
from .observations import base_signal, reconciled, widened
from .pose_channels import COMPONENTS, WIDTH

# (x, observed, mask, conditions, t) of a batch of windows -> x0
Predict = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]
WIDEST = 6.0  # deviations a channel may be away from the corpus's mean


@dataclass(frozen=True)
class Windows:
    """length and hop in frames; rows: windows a call of the network takes."""

    length: int = 120
    hop: int = 90
    rows: int = 8

    def starts(self, frames: int) -> list[int]:
        """Multiples of the hop from the clip's origin, enough to cover the frames."""
        return list(range(0, max(frames - (self.length - self.hop), 1), self.hop))

    def padded(self, frames: int) -> int:
        return self.starts(frames)[-1] + self.length

    def weights(self) -> np.ndarray:
        """(length, 1) trapezoid of the cross-fade."""
        k = np.arange(self.length)
        ramp = np.minimum(np.minimum(k + 1, self.length - k), self.length - self.hop)
        return ramp.astype(np.float32)[:, None]


def noise(seed: int, frames: int, first: int = 0) -> np.ndarray:
    """(frames, 106) unit noise, each row keyed by (seed, absolute frame): a range made again gets the same."""
    return np.stack([np.random.Generator(np.random.Philox(key=[seed, first + frame])).standard_normal(
        WIDTH, dtype=np.float32) for frame in range(frames)])


def sample(predict: Predict, conditions: np.ndarray, guidance: np.ndarray | None, seed: int,
           watch: Watch | None = None, windows: Windows = Windows(), grid: tuple[int, ...] = GRID,
           observed: np.ndarray | None = None, mask: np.ndarray | None = None) -> np.ndarray:
    """(F, 106) pose channels.

    conditions: (F, C). guidance: (steps of the grid, F, 7 parts) strength at which the conditions are followed,
    1 = as predicted; None = 1 everywhere. observed (F, 106) is kept exactly where mask (F, 7 parts) is 1.
    The same arguments give the same result on one machine. Raises ``Cancelled`` when the watch is cancelled.
    """
    watch = watch or Watch()
    frames = len(conditions)
    length = windows.padded(frames)
    given = mask is not None and bool(np.any(mask))
    values = _padded(observed if given else np.zeros((frames, WIDTH), np.float32), length)
    seen = _padded(mask if given else np.zeros((frames, len(COMPONENTS)), np.float32), length, 0.0)
    told = _padded(conditions, length)
    field = _Field(predict, told, values, seen, windows, watch)
    solver = MultistepSolver(cosine_schedule(), grid)
    x = noise(seed, length)
    for place, t in enumerate(grid):
        strength = None if guidance is None else _padded(guidance[place], length)
        x0 = field.predict(x, t, strength, (place, len(grid)))
        x = solver.step(place, x, x0)
    result = x[:frames]
    return reconciled(result, observed, mask) if given else result


class _Field:
    """The denoiser over the whole length, by windows."""

    def __init__(self, predict: Predict, conditions: np.ndarray, values: np.ndarray, mask: np.ndarray,
                 windows: Windows, watch: Watch) -> None:
        self._predict, self._conditions, self._mask = predict, conditions, mask
        self._windows, self._watch = windows, watch
        self._starts = list(range(0, len(conditions) - windows.length + 1, windows.hop))
        self._base = base_signal(values, mask) if mask.any() else values

    def predict(self, x: np.ndarray, t: int, strength: np.ndarray | None, progress: tuple[int, int]) -> np.ndarray:
        """x0 (F, 106) of x at step t, the windows' predictions cross-faded."""
        length, weights = self._windows.length, self._windows.weights()
        total, shares = np.zeros_like(x), np.zeros((len(x), 1), np.float32)
        for first in range(0, len(self._starts), self._windows.rows):
            starts = self._starts[first:first + self._windows.rows]
            cut = [slice(start, start + length) for start in starts]
            for place, x0 in zip(cut, self._call(x, cut, t, strength), strict=True):
                total[place] += weights * x0
                shares[place] += weights
            self._watch.advance(progress[0] * len(self._starts) + min(first + len(starts), len(self._starts)),
                                progress[1] * len(self._starts))
        return total / shares

    def _call(self, x: np.ndarray, cut: list[slice], t: int, strength: np.ndarray | None) -> np.ndarray:
        told = np.stack([self._conditions[place] for place in cut])
        noisy, base, mask = (np.stack([array[place] for place in cut]) for array in (x, self._base, self._mask))
        at = np.full(len(cut), t / STEPS, np.float32)
        if strength is None or not np.any(strength != 1):
            return np.clip(self._predict(noisy, base, mask, told, at), -WIDEST, WIDEST)
        twice = [np.concatenate((array, array)) for array in (noisy, base, mask)]
        both = self._predict(*twice, np.concatenate((told, np.zeros_like(told))), np.concatenate((at, at)))
        conditioned, free = both[:len(cut)], both[len(cut):]
        followed = np.stack([strength[place] for place in cut])
        followed = np.where(mask > .5, 1.0, followed).astype(np.float32)
        return np.clip(free + widened(followed) * (conditioned - free), -WIDEST, WIDEST)


def _padded(array: np.ndarray, length: int, fill: float | None = None) -> np.ndarray:
    """Lengthened over axis 0 by its last row, or by ``fill``."""
    missing = length - len(array)
    if missing <= 0:
        return array
    tail = np.repeat(array[-1:], missing, 0) if fill is None else np.full((missing, *array.shape[1:]), fill)
    return np.concatenate((array, tail)).astype(array.dtype, copy=False)
