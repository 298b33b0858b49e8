"""The diffusion: noise schedule, grid of steps and the solver. No network, no windows; closed-form tests hold it.

Steps are 0-based, t = 0 .. T-1. alpha_bar (``abar``) is the share of the signal's variance left at a step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

STEPS = 1000
# Eight steps calibrated on Gaussians of every variance met in motion: gain 0.99 to 1.00, where uniform
# steps lose 15 to 60 % of the amplitude.
GRID = (983, 956, 828, 518, 202, 66, 24, 3)


def cosine_schedule(steps: int = STEPS) -> np.ndarray:
    """(steps,) alpha_bar of the cosine schedule (Nichol & Dhariwal 2021), offset 0.008, beta at most 0.999."""
    u = np.arange(steps + 1) / steps
    f = np.cos((u + .008) / 1.008 * np.pi / 2) ** 2
    return np.cumprod(1 - np.minimum(1 - f[1:] / f[:-1], .999))


def linear_schedule(steps: int = STEPS) -> np.ndarray:
    """(steps,) alpha_bar of the linear schedule (Ho et al. 2020), scaled to the number of steps."""
    return np.cumprod(1 - np.linspace(1e-4 * 1000 / steps, .02 * 1000 / steps, steps))


def add_noise(x0: np.ndarray, noise: np.ndarray, abar: float) -> np.ndarray:
    """x_t of clean x0 and unit noise."""
    return np.sqrt(abar) * x0 + np.sqrt(1 - abar) * noise


def posterior_deviation(abar: np.ndarray, t: int) -> float:
    """sigma_t of ancestral sampling: sqrt of (1 - abar[t-1]) / (1 - abar[t]) * beta_t, all of it under the root."""
    before = abar[t - 1] if t else 1.0
    return float(np.sqrt((1 - before) / (1 - abar[t]) * (1 - abar[t] / before)))


def ddpm_step(x: np.ndarray, x0: np.ndarray, abar: np.ndarray, t: int, noise: np.ndarray) -> np.ndarray:
    """x at t-1 from x at t and the predicted x0 (Ho et al. 2020); no noise is added at t = 0."""
    before = abar[t - 1] if t else 1.0
    alpha = abar[t] / before
    mean = (np.sqrt(before) * (1 - alpha) * x0 + np.sqrt(alpha) * (1 - before) * x) / (1 - abar[t])
    return mean + (posterior_deviation(abar, t) * noise if t else 0.0)


def ddim_step(x: np.ndarray, x0: np.ndarray, now: float, then: float) -> np.ndarray:
    """x at alpha_bar then from x at alpha_bar now, deterministic (Song et al. 2021)."""
    noise = (x - np.sqrt(now) * x0) / np.sqrt(1 - now)
    return np.sqrt(then) * x0 + np.sqrt(1 - then) * noise


class MultistepSolver:
    """DPM-Solver++(2M) (Lu et al. 2022), data prediction; its first step is DDIM, its last gives x0 itself."""

    def __init__(self, abar: np.ndarray, grid: Sequence[int] = GRID) -> None:
        self._abar = abar[list(grid)]
        self._log_snr = .5 * np.log(self._abar / (1 - self._abar))
        self._before: np.ndarray | None = None

    def step(self, place: int, x: np.ndarray, x0: np.ndarray) -> np.ndarray:
        """x at the grid's next place from x and the prediction x0 at ``place``; call in order of places."""
        if place + 1 == len(self._abar):
            return x0
        now, then = self._abar[place], self._abar[place + 1]
        h = self._log_snr[place + 1] - self._log_snr[place]
        drift = x0
        if self._before is not None:
            r = (self._log_snr[place] - self._log_snr[place - 1]) / h
            drift = (1 + .5 / r) * x0 - .5 / r * self._before
        self._before = x0
        stepped = np.sqrt((1 - then) / (1 - now)) * x - np.sqrt(then) * np.expm1(-h) * drift
        return stepped.astype(x.dtype, copy=False)


def solve(x: np.ndarray, predict: Callable[[np.ndarray, int], np.ndarray], abar: np.ndarray,
          grid: Sequence[int] = GRID) -> np.ndarray:
    """A sample from noise x: ``predict(x, t)`` gives x0 at each step of the grid."""
    solver = MultistepSolver(abar, grid)
    for place, t in enumerate(grid):
        x = solver.step(place, x, predict(x, t))
    return x
