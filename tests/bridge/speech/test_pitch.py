"""Pitch of sounds whose pitch is known."""

import numpy as np
import pytest
from scipy import signal

from bridge.speech.pitch import halve, pitch
from bridge.speech.spectrum import spectrum


def glide(low, high, seconds=4.0, harmonics=14, seed=0):
    """A harmonic sound gliding from low to high Hz, and its pitch at 100 Hz."""
    time = np.arange(round(seconds * 16_000)) / 16_000
    hertz = low * (high / low) ** (time / seconds)
    phase = 2 * np.pi * np.cumsum(hertz) / 16_000
    offsets = np.random.default_rng(seed).uniform(0, 2 * np.pi, harmonics)
    return 0.05 * sum(np.cos(k * phase + offsets[k - 1]) / k for k in range(1, harmonics + 1)), hertz[::160]


def heard(sound):
    f0, aperiodicity = pitch(sound, spectrum(sound).power)
    return f0[:len(sound) // 160], aperiodicity[:len(sound) // 160]


@pytest.mark.parametrize(("low", "high"), [(63, 190), (100, 400), (200, 480)])
@pytest.mark.parametrize("noise", [99.0, 20.0, 10.0])
def test_a_glide_is_followed(low, high, noise):
    sound, truth = glide(low, high)
    sound = sound + np.random.default_rng(1).normal(size=len(sound)) * np.std(sound) * 10 ** (-noise / 20)
    f0, _ = heard(sound)
    voiced = f0 > 0
    cents = 1200 * np.abs(np.log2(f0[voiced] / truth[voiced]))
    assert voiced.mean() > (0.97 if noise > 15 else 0.5)
    assert np.median(cents) < 15
    assert np.mean(cents > 1200 * np.log2(1.2)) < 0.02  # gross errors


def test_noise_and_silence_have_no_pitch():
    noise = np.random.default_rng(0).normal(0, 0.1, 64_000)
    assert np.mean(heard(noise)[0] > 0) < 0.02
    f0, aperiodicity = heard(np.zeros(16_000))
    assert not f0.any() and aperiodicity.min() == 1.0


def test_what_is_far_quieter_is_not_voiced():
    sound = np.concatenate([glide(120, 130, 2.0)[0], 0.01 * glide(120, 130, 2.0)[0]])
    f0, _ = heard(sound)
    assert np.mean(f0[10:190] > 0) > 0.95 and not f0[215:].any()


@pytest.mark.parametrize(("gain", "offset"), [(0.01, 0.0), (1.0, 0.3), (30.0, -2.0)])
def test_gain_and_offset_do_not_matter(gain, offset):
    sound, _ = glide(90, 260)
    np.testing.assert_allclose(heard(gain * sound + offset)[0], heard(sound)[0], rtol=1e-4)


def test_pitch_is_not_late():
    """A step from 100 to 200 Hz is seen at its own time within a frame or two."""
    time = np.arange(32_000) / 16_000
    hertz = np.where(time < 1.0, 100.0, 200.0)
    phase = 2 * np.pi * np.cumsum(hertz) / 16_000
    f0, _ = heard(0.05 * sum(np.cos(k * phase) / k for k in range(1, 15)))
    step = int(np.argmax(f0 > 150))
    assert abs(step - 100) <= 3


def test_halving_is_a_zero_phase_low_pass():
    impulse = np.zeros(2000)
    impulse[1000] = 1.0
    response = halve(impulse)
    assert int(np.argmax(response)) == 500
    _, gain = signal.freqz(2 * response, worN=[0.0, 1000, 2000, 3900], fs=8000)
    np.testing.assert_allclose(np.abs(gain[:2]), 2.0 / 2, rtol=0.02)
    alias = halve(np.cos(2 * np.pi * 5000 * np.arange(4000) / 16_000))
    assert np.abs(alias[100:-100]).max() < 0.01
