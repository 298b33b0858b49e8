"""What listen gives for ordinary and for odd sound."""

import numpy as np
import pytest

from bridge.speech.features import GESTURE_CHANNELS, PHONES_CHANNELS
from bridge.speech.listen import listen


def babble(seconds: float, seed: int = 0, rate: int = 16_000) -> np.ndarray:
    """Something like speech: a gliding 150 Hz voice in syllables of varying length and loudness, with pauses."""
    random = np.random.default_rng(seed)
    time = np.arange(round(seconds * rate)) / rate
    glide = 150.0 * 2.0 ** (0.2 * np.sin(2 * np.pi * 0.4 * time))
    phase = 2 * np.pi * np.cumsum(glide) / rate
    voice = sum(np.sin(k * phase) / k for k in range(1, 25))
    envelope = np.zeros(len(time))
    moment = 0.2
    while moment < seconds - 0.3:
        length = random.uniform(0.12, 0.25)
        envelope += random.uniform(0.4, 1.0) * np.exp(-0.5 * ((time - moment) / (length / 4)) ** 2)
        moment += length + (0.5 if random.random() < 0.15 else 0.03)
    return (0.2 * envelope * voice + 1e-4 * random.standard_normal(len(time))).astype(np.float32)


@pytest.mark.parametrize("sound", [
    np.zeros(0), np.ones(1), np.zeros(150), np.zeros(16_000), babble(0.3), babble(3.0), np.full(20_000, 0.3),
    np.random.default_rng(1).standard_normal(32_000) * 0.1, np.sign(babble(2.0)),
], ids=["nothing", "one sample", "a moment", "zeros", "short", "speech", "constant", "noise", "clipped"])
def test_everything_is_finite_and_of_the_same_length(sound):
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


def test_gain_and_offset_change_nothing_that_is_heard():
    sound = babble(12.0)
    plain, other = listen(sound), listen(0.1 * sound + 0.3)
    np.testing.assert_allclose([a.time for a in other.accents], [a.time for a in plain.accents], atol=0.011)
    np.testing.assert_allclose(other.gesture, plain.gesture, atol=0.02)


def test_a_moment_does_not_depend_on_what_is_said_much_later():
    sound = babble(150.0, seed=3)
    long, short = listen(sound), listen(sound[:90 * 16_000])
    frames = 25 * 100
    np.testing.assert_allclose(long.gesture[:frames], short.gesture[:frames], atol=1e-5)
    np.testing.assert_allclose(long.phones[:frames], short.phones[:frames], atol=1e-5)
    early = [[accent.time for accent in speech.accents if accent.time < 25] for speech in (long, short)]
    assert early[0] == early[1]
