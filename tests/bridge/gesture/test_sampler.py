"""Windows, noise and observed frames, on denoisers whose answer is known."""

import numpy as np
import pytest

from bridge.body import sampler
from bridge.body.diffusion import STEPS, cosine_schedule
from bridge.body.pose_channels import COMPONENTS, WIDTH
from bridge.problems import Cancelled
from bridge.watch import Watch

ABAR = cosine_schedule()


def smooth_process(length: int):
    """The exact denoiser of a smooth Gaussian process with unit variance, window by window."""
    apart = np.subtract.outer(np.arange(length), np.arange(length)) / 30
    covariance = np.exp(-.5 * (apart / .35) ** 2) + 1e-6 * np.eye(length)

    def predict(x, observed, mask, told, t):
        a = ABAR[round(float(t[0]) * STEPS)]
        gain = np.sqrt(a) * covariance @ np.linalg.inv(a * covariance + (1 - a) * np.eye(length))
        return (gain @ x).astype(np.float32)
    return predict


def no_conditions(frames: int) -> np.ndarray:
    return np.zeros((frames, 4), np.float32)


def test_joined_windows_are_as_smooth_and_wide_as_one_long_one():
    windows = sampler.Windows()
    x = sampler.sample(smooth_process(120), no_conditions(600), None, seed=3)
    assert x.std() == pytest.approx(1.0, abs=.06)
    jerk = np.abs(np.diff(x, 3, axis=0)).mean(1)
    joins = np.zeros(len(jerk), bool)
    for start in windows.starts(600)[1:]:
        joins[start - 5:start + windows.length - windows.hop + 5] = True
    assert jerk[joins].mean() / jerk[~joins].mean() == pytest.approx(1.0, abs=.06)


def test_noise_belongs_to_the_frame():
    whole = sampler.noise(7, 50)
    assert np.array_equal(sampler.noise(7, 20, first=30), whole[30:])
    assert not np.array_equal(sampler.noise(8, 50), whole)


def test_the_same_seed_gives_the_same_bytes():
    once, again = (sampler.sample(smooth_process(120), no_conditions(200), None, seed=5) for _ in range(2))
    assert once.tobytes() == again.tobytes()
    assert sampler.sample(smooth_process(120), no_conditions(200), None, seed=6).tobytes() != once.tobytes()


@pytest.mark.parametrize("frames", [1, 2, 119, 120, 121, 150, 151, 301])
def test_any_length(frames):
    x = sampler.sample(smooth_process(120), no_conditions(frames), None, seed=1)
    assert x.shape == (frames, WIDTH) and np.isfinite(x).all()


def test_what_comes_later_does_not_move_the_beginning():
    long = sampler.sample(smooth_process(120), no_conditions(500), None, seed=2)
    short = sampler.sample(smooth_process(120), no_conditions(400), None, seed=2)
    assert np.abs(long[:200] - short[:200]).max() < 1e-3


def test_observed_frames_are_exact_and_joined_without_a_step():
    draw = np.random.default_rng(4)
    observed = np.cumsum(.02 * draw.standard_normal((200, WIDTH)), axis=0).astype(np.float32)
    mask = np.zeros((200, len(COMPONENTS)), np.float32)
    mask[:20] = 1
    mask[120, 2] = 1
    x = sampler.sample(smooth_process(120), no_conditions(200), None, seed=9, observed=observed, mask=mask)
    assert np.array_equal(x[:20], observed[:20])
    assert np.array_equal(x[120, 28:48], observed[120, 28:48])
    assert np.abs(np.diff(x[18:24], axis=0)).max() < 3 * np.abs(np.diff(x, axis=0)).std() * 3


def test_guidance_pushes_away_from_the_unconditioned_prediction():
    def predict(x, observed, mask, told, t):
        return np.broadcast_to(told[:, :, :1] * .5, x.shape).astype(np.float32)
    told = np.ones((60, 4), np.float32)
    strength = np.full((8, 60, len(COMPONENTS)), 3.0, np.float32)
    assert sampler.sample(predict, told, strength, seed=0) == pytest.approx(1.5)
    assert sampler.sample(predict, told, None, seed=0) == pytest.approx(.5)


def test_cancel_stops_between_calls_and_progress_is_told():
    told = []
    watch = Watch(lambda stage, done, total: told.append((done, total)))

    def predict(x, observed, mask, conditions, t):
        if len(told) == 3:
            watch.cancel()
        return x
    with pytest.raises(Cancelled):
        sampler.sample(predict, no_conditions(100), None, seed=0, watch=watch)
    assert told == [(1, 8), (2, 8), (3, 8)]
