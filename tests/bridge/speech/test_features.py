"""The two feature sets: what their channels mean, and their sampling at other rates."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.speech import features
from bridge.speech.features import GESTURE_CHANNELS, PHONES_CHANNELS, at_rate
from bridge.speech.listen import listen
from bridge.speech.prosody import prosody
from bridge.speech.spectrum import spectrum


def channel(speech, name):
    return speech.gesture[:, GESTURE_CHANNELS.index(name)]


@pytest.fixture(scope="module")
def said(talk):
    return talk(20.0, 11)


@pytest.fixture(scope="module")
def speech(said):
    return listen(said[0])


def test_channels_are_named_once():
    assert len(GESTURE_CHANNELS) == len(set(GESTURE_CHANNELS)) == 42
    assert len(PHONES_CHANNELS) == len(set(PHONES_CHANNELS)) == 40


def test_phones_are_the_definition(said):
    """log(P + 1e-4) of the voice at -26 dBFS, each band less its mean over +- 3 s."""
    powers = spectrum(said[0])
    heard = prosody(said[0], powers)
    voiced = powers.power[heard.f0 > 0].mean()
    log = np.log(powers.mel40.astype(float) * 10 ** (-26 / 10) / voiced + 1e-4)
    expected = [(log[t] - log[max(t - 300, 0):t + 301].mean(0)) * features.PHONES_SCALE for t in range(len(log))]
    np.testing.assert_allclose(features.phones(features.phone_mel(powers, heard)), expected, atol=1e-4)


def test_channels_say_what_their_names_promise(said, speech):
    _, syllables = said
    loud = np.array([np.exp(-0.5 * ((np.arange(len(speech.gesture)) / 100 - one.time) / 0.04) ** 2)
                     for one in syllables]).max(0)
    for name in ("energy", "energy_rank", "voicing", "mel_05"):
        assert np.corrcoef(channel(speech, name), loud)[0, 1] > 0.45, name
    ranks = channel(speech, "energy_rank")
    assert ranks.min() >= 0 and ranks.max() <= 1 and abs(ranks.mean() - 0.5) < 0.01
    inside = np.zeros(len(loud), bool)
    for start, stop in speech.phrases:
        inside[round(start * 100):round(stop * 100)] = True
    assert not channel(speech, "pause")[inside].any() and not channel(speech, "since_start")[~inside].any()
    assert not channel(speech, "pitch")[speech.f0 == 0].any()
    size = channel(speech, "rhythm_sin") ** 2 + channel(speech, "rhythm_cos") ** 2
    assert size.max() < 1.001 and np.median(size[inside]) > 0.9


def test_onsets_precede_their_syllables(said, speech):
    _, syllables = said
    picked = channel(speech, "onset")
    before = [picked[round(one.time * 100) - 6] for one in syllables]
    after = [picked[round(one.time * 100) + 6] for one in syllables]
    assert np.mean(before) > 1.5 * np.mean(after)


def test_the_phase_of_the_rhythm_peaks_on_syllables(spoken, syllable):
    times = np.arange(0.5, 7.5, 0.2)  # a steady five a second
    beat = channel(listen(spoken([syllable(time) for time in times], 8.0)), "rhythm_cos")
    assert np.mean([beat[round(time * 100)] for time in times[5:-5]]) > 0.9
    assert np.mean([beat[round(time * 100) + 10] for time in times[5:-5]]) < -0.8


def test_a_flat_voice_is_not_blown_up(spoken, syllable):
    flat = listen(spoken([syllable(time) for time in np.arange(0.5, 7.5, 0.2)], 8.0))
    assert np.abs(channel(flat, "pitch")).max() < 0.5


# ---- sampling --------------------------------------------------------------------------------------------

@given(fps=st.sampled_from([12.0, 23.976, 24.0, 25.0, 29.97, 30.0, 48.0, 60.0, 100.0, 120.0, 240.0]),
       frames=st.integers(1, 400))
@settings(max_examples=40)
def test_a_straight_line_is_sampled_exactly(fps, frames):
    line = np.stack([np.arange(2000.0), 5.0 - np.arange(2000.0)], 1).astype(np.float32)
    found = at_rate(line, fps, frames)
    assert found.shape == (frames, 2) and found.dtype == np.float32
    inner = slice(2, None)
    seen = np.minimum(np.arange(frames) * 100.0 / fps, 1999.0)
    kept = seen < 1980
    np.testing.assert_allclose(found[kept][inner, 0], seen[kept][inner], rtol=1e-4, atol=0.3)


def test_at_the_same_rate_nothing_changes():
    curve = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
    np.testing.assert_allclose(at_rate(curve, 100.0, 50), curve, atol=1e-6)


def test_the_kernel_is_a_triangle():
    impulse = np.zeros((100, 1), np.float32)
    impulse[30] = 1.0
    found = at_rate(impulse, 25.0, 25)[:, 0]  # a frame every four, half-width four
    np.testing.assert_allclose(found[6:10], [0.0, 0.5 / 4, 0.5 / 4, 0.0], atol=1e-6)  # 24, 28, 32, 36
    np.testing.assert_allclose(at_rate(np.ones((10, 1), np.float32), 30.0, 30), 1.0, atol=1e-6)


def test_an_hour_does_not_drift():
    frames = 360_000
    step = (np.arange(frames) >= 359_000).astype(np.float32)[:, None]
    found = at_rate(step, 30.0, 108_000)[:, 0]
    assert abs(int(np.argmax(found > 0.5)) - 359_000 * 0.3) <= 1


def test_no_features_are_refused():
    with pytest.raises(ValueError, match="no feature frames"):
        at_rate(np.zeros((0, 42), np.float32), 30.0, 10)


# ---- versions --------------------------------------------------------------------------------------------

def test_a_version_means_the_same_values(talk):
    """Models are trained on these values: whoever changes them raises the version and trains anew."""
    speech = listen(talk(8.0, 42)[0])
    assert (features.GESTURE_VERSION, features.PHONES_VERSION) == ("gesture-1", "phones-1")
    frames = slice(50, 800, 150)
    np.testing.assert_allclose(speech.gesture[frames][:, [0, 13, 25]].ravel(), GESTURE_MEL, atol=2e-3)
    np.testing.assert_allclose(speech.gesture[frames][:, 26:].sum(1), GESTURE_REST, atol=2e-2)
    np.testing.assert_allclose(speech.phones[frames][:, [0, 20, 39]].ravel(), PHONES, atol=2e-3)


GESTURE_MEL = [-0.538, -0.737, 0.108, -0.341, -0.390, 0.143, -2.556, -1.965,
               0.043, -0.309, -0.572, -0.136, -0.861, -0.661, -0.009]
GESTURE_REST = [-1.461, 2.969, -1.218, 8.990, 9.090]
PHONES = [0.340, -0.172, 0.061, 0.328, 0.102, 0.123, -2.078, -1.791,
          -0.004, 0.140, -0.258, -0.050, -0.677, -0.423, -0.131]
