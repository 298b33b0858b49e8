"""Closed-form tests: on Gaussian data the best denoiser is known, so every sampler has a known answer."""

import numpy as np
import pytest

from bridge.body import diffusion

ABAR = diffusion.cosine_schedule()


def exact(mean: float, variance: float, abar: np.ndarray = ABAR):
    """The denoiser of data N(mean, variance)."""
    def predict(x: np.ndarray, t: int) -> np.ndarray:
        a = abar[t]
        return mean + variance * np.sqrt(a) * (x - np.sqrt(a) * mean) / (a * variance + 1 - a)
    return predict


def flow(x: np.ndarray, mean: float, variance: float, start: float) -> np.ndarray:
    """Where the probability flow takes x from alpha_bar start to clean data, exactly."""
    return mean + (x - np.sqrt(start) * mean) * np.sqrt(variance / (start * variance + 1 - start))


def test_schedules_have_the_published_values():
    linear = diffusion.linear_schedule()
    assert linear[[0, 249, 499]] == pytest.approx([.9999, .524085, .0785872], rel=1e-5)
    assert linear[999] == pytest.approx(4.0358e-5, rel=1e-4)
    assert ABAR[[0, 249, 499, 749]] == pytest.approx([.99995872, .847012, .493844, .144272], rel=1e-5)
    assert ABAR[999] == pytest.approx(2.42877e-9, rel=1e-4)


def test_forward_noise_has_the_stated_variance():
    draw = np.random.default_rng(0)
    x0 = .5 * draw.standard_normal(40_000)
    for t in (100, 500, 900):
        x = diffusion.add_noise(x0, draw.standard_normal(40_000), ABAR[t])
        assert x.var() == pytest.approx(ABAR[t] * .25 + 1 - ABAR[t], rel=.03)


def _ancestral(deviation) -> np.ndarray:
    draw = np.random.default_rng(1)
    predict = exact(.7, .25)
    x = draw.standard_normal(20_000)
    for t in range(diffusion.STEPS - 1, -1, -1):
        clean = predict(x, t)
        mean = diffusion.ddpm_step(x, clean, ABAR, t, 0.0)
        x = mean + (deviation(t) * draw.standard_normal(20_000) if t else 0)
    return x


def test_ancestral_sampling_gives_the_data_back():
    x = _ancestral(lambda t: diffusion.posterior_deviation(ABAR, t))
    assert x.mean() == pytest.approx(.7, abs=.015)
    assert x.var() == pytest.approx(.25, abs=.012)


def test_beta_outside_the_root_would_be_seen():
    """The slip of a known lecture: with it hardly any variance is left."""
    def slipped(t: int) -> float:
        beta = 1 - ABAR[t] / ABAR[t - 1]
        return float(np.sqrt((1 - ABAR[t - 1]) / (1 - ABAR[t])) * beta)
    assert _ancestral(slipped).var() < .01


def test_noise_is_not_added_at_the_last_step():
    x, clean = np.ones(3), np.zeros(3)
    assert np.array_equal(diffusion.ddpm_step(x, clean, ABAR, 0, np.full(3, 9.0)),
                          diffusion.ddpm_step(x, clean, ABAR, 0, np.zeros(3)))


def _errors(steps: int) -> tuple[float, float]:
    grid = [round(1000 - k * 1000 / steps) - 1 for k in range(steps)]
    x = np.linspace(-2, 2, 41)
    predict, goal = exact(.7, .25), flow(np.linspace(-2, 2, 41), .7, .25, ABAR[grid[0]])
    slow = x
    for place, t in enumerate(grid):
        slow = diffusion.ddim_step(slow, predict(slow, t), ABAR[t],
                                   ABAR[grid[place + 1]] if place + 1 < steps else 1.0)
    quick = diffusion.solve(x, predict, ABAR, grid)
    return tuple(float(np.sqrt(np.mean((found - goal) ** 2))) for found in (slow, quick))


def test_ddim_converges_with_the_steps_and_the_multistep_solver_with_their_square():
    ddim_20, solver_20 = _errors(20)
    ddim_50, solver_50 = _errors(50)
    assert ddim_20 == pytest.approx(3.8e-2, rel=.3) and ddim_50 == pytest.approx(1.6e-2, rel=.3)
    assert solver_20 < 3e-3 and solver_50 < 1.2e-3
    assert solver_20 < ddim_20 / 10


@pytest.mark.parametrize("variance", [.01, .1, 1.0, 10.0, 60.0])
def test_the_shipped_grid_keeps_the_amplitude(variance):
    x = np.array((-1.0, 1.0))
    found = diffusion.solve(x, exact(0.0, variance), ABAR)
    gain = (found[1] - found[0]) / 2 / np.sqrt(variance)
    assert gain == pytest.approx(1.0, abs=.02)


def test_uniform_steps_would_damp_what_the_shipped_grid_keeps():
    uniform = [round(1000 - k * 125) - 1 for k in range(8)]
    found = diffusion.solve(np.array((-1.0, 1.0)), exact(0.0, .01), ABAR, uniform)
    assert (found[1] - found[0]) / 2 / .1 < .9


@pytest.mark.parametrize("strength", [0.0, .5, 1.0, 2.0, 3.0])
def test_guidance_between_two_emotions_moves_the_mean_and_keeps_the_spread(strength):
    first, second = exact(1.0, .25), exact(-.5, .25)
    x = np.random.default_rng(2).standard_normal(4000)
    found = diffusion.solve(x, lambda x, t: strength * first(x, t) + (1 - strength) * second(x, t), ABAR)
    assert found.mean() == pytest.approx(strength * 1.0 - (1 - strength) * .5, abs=.02 + .015 * strength ** 2)
    assert found.std() == pytest.approx(.5, abs=.02)


def test_guidance_at_every_step_costs_variety_as_the_formula_says():
    narrow, wide = exact(0.0, .25), exact(0.0, 1.0)
    grid = [round(1000 - k * 1000 / 60) - 1 for k in range(60)]
    x = np.random.default_rng(3).standard_normal(4000)
    found = diffusion.solve(x, lambda x, t: 2 * narrow(x, t) - wide(x, t), ABAR, grid)
    assert found.std() == pytest.approx(.5 ** 2 * 1.0 ** -1, abs=.02)
