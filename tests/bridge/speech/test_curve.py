"""Filters and peaks against scipy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage, signal

from bridge.speech.curve import (
    analytic_kernel,
    difference,
    gaussian_kernel,
    hann_kernel,
    moving_mean,
    moving_median,
    peaks,
    smooth,
)

CURVES = arrays(np.float64, st.integers(3, 60), elements=st.integers(-8, 8).map(float))


@given(curve=CURVES, prominence=st.floats(0.5, 6.0))
def test_peaks_with_flat_tops_are_scipys(curve, prominence):
    np.testing.assert_array_equal(peaks(curve, prominence, 1), signal.find_peaks(curve, prominence=prominence)[0])


@given(order=st.permutations(range(40)), prominence=st.floats(0.5, 20.0), distance=st.integers(1, 12))
def test_peaks_too_close_together_are_thinned_as_scipy_does(order, prominence, distance):
    curve = np.array(order, float)
    expected = signal.find_peaks(curve, prominence=prominence, distance=distance)[0]
    np.testing.assert_array_equal(peaks(curve, prominence, distance), expected)


@pytest.mark.parametrize("seed", range(5))
def test_peaks_of_a_long_curve_are_scipys(seed):
    curve = ndimage.gaussian_filter1d(np.random.default_rng(seed).normal(0, 10, 20_000), 2)
    for prominence, distance in ((0.5, 1), (1.0, 6), (5.0, 20)):
        np.testing.assert_array_equal(peaks(curve, prominence, distance),
                                      signal.find_peaks(curve, prominence=prominence, distance=distance)[0])


@given(curve=arrays(np.float64, st.integers(1, 80), elements=st.floats(-5, 5)), half=st.integers(0, 20))
def test_moving_median_and_mean(curve, half):
    windows = [curve[max(t - half, 0):t + half + 1] for t in range(len(curve))]
    np.testing.assert_allclose(moving_median(curve, half), [np.median(w) for w in windows])
    np.testing.assert_allclose(moving_mean(curve, half), [w.mean() for w in windows], atol=1e-12)
    np.testing.assert_allclose(moving_mean(np.stack([curve, -curve], 1), half)[:, 1], [-w.mean() for w in windows],
                               atol=1e-12)


def test_moving_median_leaves_nan_out():
    curve = np.array([np.nan, 1.0, np.nan, 3.0, 5.0, np.nan, np.nan, np.nan])
    np.testing.assert_allclose(moving_median(curve, 1), [1, 1, 2, 4, 4, 5, np.nan, np.nan])


@pytest.mark.parametrize("kernel", [hann_kernel(7), hann_kernel(149), gaussian_kernel(6.0)])
def test_smoothing_is_scipys_and_moves_nothing(kernel):
    curve = np.random.default_rng(0).normal(size=500)
    np.testing.assert_allclose(smooth(curve, kernel), ndimage.convolve1d(curve, kernel, mode="nearest"), atol=1e-12)
    assert kernel.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(kernel, kernel[::-1])


def test_smoothing_a_curve_shorter_than_the_kernel():
    np.testing.assert_allclose(smooth(np.full(3, 2.0), hann_kernel(149)), 2.0)


def test_the_analytic_kernel_gives_the_band_and_its_hilbert_transform():
    time = np.arange(3000) / 100
    inside, outside = 3.0 * np.cos(2 * np.pi * 5.5 * time + 1.0), 2.0 * np.cos(2 * np.pi * 20 * time) + 7.0
    found = smooth(inside + outside, analytic_kernel(0.03, 0.08, 101))[200:-200]
    expected = signal.hilbert(inside)[200:-200]
    np.testing.assert_allclose(np.angle(found / expected), 0.0, atol=0.02)
    np.testing.assert_allclose(np.abs(found), 3.0, rtol=0.05)


def test_difference_is_central():
    np.testing.assert_allclose(difference(np.arange(10.0), 2)[2:-2], 4.0)
    assert difference(np.arange(10.0), 2)[0] == 2.0
