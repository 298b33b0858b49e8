"""What listen gives for ordinary and for odd sound."""

import numpy as np
import pytest

from bridge.speech.features import GESTURE_CHANNELS, PHONES_CHANNELS
from bridge.speech.listen import listen

SOUNDS = {
    "nothing": lambda talk: np.zeros(0), "one sample": lambda talk: np.ones(1), "a moment": lambda talk: np.zeros(150),
    "zeros": lambda talk: np.zeros(16_000), "constant": lambda talk: np.full(20_000, 0.3),
    "noise": lambda talk: np.random.default_rng(1).normal(0, 0.1, 32_000),
    "short": lambda talk: talk(3.0)[0][6400:11_200], "speech": lambda talk: talk(3.0)[0],
    "square": lambda talk: np.sign(talk(2.0)[0]),
}


@pytest.mark.parametrize("name", SOUNDS)
def test_everything_is_finite_and_of_the_same_length(talk, name):
    sound = SOUNDS[name](talk)
    speech = listen(sound)
    frames = len(sound) // 160 + 1
    assert speech.phones.shape == (frames, len(PHONES_CHANNELS)) and speech.phones.dtype == np.float32
    assert speech.gesture.shape == (frames, len(GESTURE_CHANNELS)) and speech.gesture.dtype == np.float32
    for curve in (speech.phones, speech.gesture, speech.f0, speech.energy, speech.speaking):
        assert len(curve) == frames
        assert np.isfinite(curve).all()
    assert np.abs(speech.gesture).max() < 30


def test_silence_has_no_events():
    speech = listen(np.zeros(48_000, np.float32))
    assert speech.accents == () and speech.phrases == ()
    assert not speech.speaking.any() and not speech.f0.any()


def test_gain_and_offset_change_nothing_that_is_heard(talk):
    sound = talk(12.0)[0]
    plain, other = listen(sound), listen(0.1 * sound + 0.3)
    np.testing.assert_allclose([a.time for a in other.accents], [a.time for a in plain.accents], atol=0.011)
    np.testing.assert_allclose(other.gesture, plain.gesture, atol=0.02)


def test_a_moment_does_not_depend_on_what_is_said_much_later(talk):
    sound = np.concatenate([talk(15.0, seed)[0] for seed in range(10)])
    long, short = listen(sound), listen(sound[:90 * 16_000])
    frames = 25 * 100
    np.testing.assert_allclose(long.gesture[:frames], short.gesture[:frames], atol=1e-3)
    np.testing.assert_allclose(long.phones[:frames], short.phones[:frames], atol=1e-5)
    early = [[accent.time for accent in speech.accents if accent.time < 25] for speech in (long, short)]
    assert early[0] == early[1]
