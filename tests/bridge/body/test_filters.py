"""Filters against scipy, and what they must keep."""

import numpy as np
import pytest
from scipy import ndimage, signal

from bridge.body import filters
from bridge.body import rotations as rot


def gain(f, fps, cutoff=8.0):
    """Gain of the low-pass for a sine of f Hz, measured in its middle."""
    t = np.arange(12 * int(fps)) / fps
    out = filters.low_pass(np.sin(2 * np.pi * f * t), fps, cutoff)
    middle = slice(len(t) // 4, -len(t) // 4)
    return np.std(out[middle]) / np.std(np.sin(2 * np.pi * f * t)[middle])


@pytest.mark.parametrize("fps", [24.0, 30.0, 60.0, 120.0])
def test_low_pass_keeps_what_is_slower_than_its_cutoff(fps):
    assert gain(2, fps) == pytest.approx(1, abs=0.02) and gain(4.5, fps) == pytest.approx(1, abs=0.03)
    assert gain(8, fps) == pytest.approx(0.5, abs=0.06)
    assert gain(11.5, fps) < 0.05


def test_low_pass_is_the_windowed_sinc_of_scipy():
    kernel = signal.firwin(17, 8.0, fs=30.0, window=("kaiser", 3.4))
    values = np.random.default_rng(0).standard_normal((200, 3))
    expected = ndimage.convolve1d(values, kernel, axis=0)
    np.testing.assert_allclose(filters.low_pass(values, 30.0)[10:-10], expected[10:-10], atol=1e-9)


def test_low_pass_has_no_delay_and_keeps_lines():
    line = np.linspace(3, 8, 50)[:, None] * [1, -2]
    np.testing.assert_allclose(filters.low_pass(line, 30.0), line, atol=1e-9)
    accent = np.exp(-0.5 * ((np.arange(90) - 45) / 3) ** 2)  # a stroke of 0.2 s
    out = filters.low_pass(accent, 30.0)
    assert out.argmax() == 45 and out.max() == pytest.approx(1, abs=0.02)


def test_slow_frame_rates_come_back_unchanged():
    values = np.random.default_rng(0).standard_normal((40, 2))
    np.testing.assert_array_equal(filters.low_pass(values, 15.0), values)
    np.testing.assert_array_equal(filters.steady(values, 15.0), values)


@pytest.mark.parametrize("frames", [1, 2, 3, 8])
def test_short_clips(frames):
    values = np.random.default_rng(0).standard_normal((frames, 4))
    for out in (filters.low_pass(values, 30.0), filters.gaussian(values, 5), filters.steady(values, 30.0),
                filters.cover(np.abs(values), 4)):
        assert out.shape == values.shape and np.isfinite(out).all()


def test_gaussian_agrees_with_scipy():
    values = np.random.default_rng(1).standard_normal((300, 2))
    expected = ndimage.gaussian_filter1d(values, 4, axis=0, radius=12)
    np.testing.assert_allclose(filters.gaussian(values, 4)[15:-15], expected[15:-15], atol=1e-9)


def test_cover_is_never_below_and_smooth():
    values = np.zeros((200, 1))
    values[[50, 52, 120]] = [[1], [0.4], [3]]
    cover = filters.cover(values, 6)
    assert (cover >= values - 1e-12).all() and cover.max() == pytest.approx(3)
    assert np.abs(np.diff(cover, axis=0)).max() < 0.7
    assert not cover[:37].any() and not cover[140:].any()


def test_steady_takes_noise_and_leaves_strokes():
    rng = np.random.default_rng(2)
    t = np.arange(600) / 30
    stroke = np.exp(-0.5 * ((t[:, None] - 10) / 0.08) ** 2) * [0.3, -0.2, 0.1]
    clean = filters.steady(stroke, 30.0)
    np.testing.assert_allclose(clean, stroke, atol=0.006)
    noisy = filters.steady(stroke + 0.01 * rng.standard_normal((600, 3)), 30.0)
    still = np.abs(t - 10) > 2
    assert np.std(noisy[still]) < 0.65 * np.std(filters.low_pass(0.01 * rng.standard_normal((600, 3)), 30.0))
    assert np.abs(noisy - stroke).max() < 0.03
    assert np.linalg.norm(noisy, axis=1).argmax() in (299, 300, 301)


def test_steady_changes_little_the_second_time():
    noisy = 0.02 * np.cumsum(np.random.default_rng(3).standard_normal((400, 5, 3)), 0)
    once = filters.steady(noisy, 30.0)
    assert np.std(filters.steady(once, 30.0) - once) < 0.12 * np.std(once - noisy)


def test_steady_rotations_do_not_care_for_signs():
    q = rot.from_rotation_vector(np.sin(np.arange(200) / 9)[:, None] * [1.0, 0.4, -0.3])[:, None]
    torn = q * np.where(np.random.default_rng(4).random((200, 1, 1)) < 0.5, -1, 1)
    assert rot.angle_between(filters.steady_rotations(torn, 30.0), filters.steady_rotations(q, 30.0)).max() < 1e-9
    assert rot.angle_between(filters.steady_rotations(q, 30.0), q).max() < 0.02


def test_resample_passes_through_the_samples_and_keeps_parabolas():
    values = np.random.default_rng(5).standard_normal((20, 3))
    np.testing.assert_allclose(filters.resample(values, np.arange(20)), values, atol=1e-12)
    x = np.linspace(1, 18, 101)
    np.testing.assert_allclose(filters.resample(np.arange(20.0) ** 2, x), x ** 2, atol=1e-9)
    np.testing.assert_allclose(filters.resample(values, [-3, 25]), values[[0, -1]])
    np.testing.assert_allclose(filters.resample(values[:1], [0, 0.5]), values[[0, 0]])
