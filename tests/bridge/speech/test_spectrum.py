"""The one short-time transform: levels, places and bands, against scipy."""

import numpy as np
import pytest
from scipy import signal

from bridge.speech import spectrum as module
from bridge.speech.spectrum import FFT, HOP, SAMPLE_RATE, WIDTH, decibels, mel_bank, piece, spectrum


def tone(hertz, seconds=1.0, level=0.1):
    return level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE)


def test_mel_bands_are_scipys_transform_through_the_bank():
    sound = np.random.default_rng(0).normal(0, 0.1, 16_000)
    window = signal.get_window("hann", WIDTH)
    frames = np.stack([sound[i * HOP - WIDTH // 2:i * HOP + WIDTH // 2] for i in range(2, 98)])
    frames = (frames - (frames @ window)[:, None] / window.sum()) * window
    power = np.abs(np.fft.rfft(frames, FFT)) ** 2
    found = spectrum(sound)
    np.testing.assert_allclose(found.mel40[2:98], power @ mel_bank(40), rtol=1e-5)
    np.testing.assert_allclose(found.mel26[2:98], power @ mel_bank(26), rtol=1e-5)


@pytest.mark.parametrize("bands", [26, 40])
def test_the_bank_covers_its_range_evenly(bands):
    bank = mel_bank(bands)
    assert bank.shape == (FFT // 2 + 1, bands) and bank.min() >= 0 and bank.max() <= 1
    assert np.all(bank.sum(0) > 0.8)  # no band falls between two bins
    frequencies = np.arange(FFT // 2 + 1) * SAMPLE_RATE / FFT
    assert not bank[(frequencies < 60) | (frequencies > 7600)].any()
    centres = 2595 * np.log10(1 + (bank * frequencies[:, None]).sum(0) / bank.sum(0) / 700)
    np.testing.assert_allclose(np.diff(centres), (2595 * np.log10(1 + 7600 / 700) - 2595 * np.log10(1 + 60 / 700))
                               / (bands + 1), rtol=0.35)


@pytest.mark.parametrize("hertz", [500.0, 1000.0, 2500.0])
def test_levels_are_those_of_the_tone(hertz):
    found = spectrum(tone(hertz))
    for power in (found.power, found.syllables, found.speech):
        np.testing.assert_allclose(decibels(power[5:-5]), 10 * np.log10(0.1**2 / 2), atol=0.1)


def test_bands_leave_out_what_is_beyond():
    assert decibels(spectrum(tone(6000)).syllables)[5:-5].max() < -60
    assert decibels(spectrum(tone(200)).syllables)[5:-5].max() < decibels(spectrum(tone(200)).speech)[5:-5].min() - 40


def test_a_click_is_seen_where_it_is():
    sound = np.zeros(16_000)
    sound[50 * HOP] = 1.0
    assert int(spectrum(sound).power.argmax()) == 50


@pytest.mark.parametrize("length", [0, 1, 159, 160, 161, 399, 400, 16_000, 16_001])
def test_frames_cover_the_sound(length):
    assert len(spectrum(np.ones(length))) == length // HOP + 1


def test_blocks_do_not_show(monkeypatch):
    sound = np.random.default_rng(1).normal(size=40_000)
    whole = spectrum(sound)
    monkeypatch.setattr(module, "BLOCK", 7)
    pieces = spectrum(sound)
    np.testing.assert_allclose(pieces.mel40, whole.mel40, rtol=1e-5)
    np.testing.assert_allclose(pieces.power, whole.power, rtol=1e-9)


@pytest.mark.parametrize(("first", "last"), [(-200, 200), (0, 1000), (800, 1200), (-30, 1030)])
def test_ends_are_mirrored_as_numpy_does(first, last):
    sound = np.random.default_rng(2).normal(size=1000)
    padded = np.pad(sound, 400, mode="reflect")
    np.testing.assert_array_equal(piece(sound, first, last), padded[400 + first:400 + last])


def test_an_offset_disappears():
    plain, moved = spectrum(tone(300)), spectrum(tone(300) + 0.5)
    np.testing.assert_allclose(moved.mel40[5:-5], plain.mel40[5:-5], rtol=1e-4, atol=1e-6)
