"""Syllables, pauses and phrases of voices whose syllables are known, and of real ones."""

import numpy as np
import pytest
import soundfile

from bridge import audio
from bridge.speech.prosody import prosody, runs
from bridge.speech.spectrum import spectrum


def heard(sound):
    return prosody(sound, spectrum(sound))


def hits(found, true, within=0.06):
    return sum(np.abs(found - time).min(initial=9.0) <= within for time in true)


@pytest.mark.parametrize("noise", [-75.0, -45.0])
@pytest.mark.parametrize("seed", range(3))
def test_nuclei_are_the_syllables(talk, seed, noise):
    sound, syllables = talk(20.0, seed, noise)
    nuclei = heard(sound).nuclei / 100
    assert hits(nuclei, [one.time for one in syllables]) > 0.9 * len(syllables)
    assert len(nuclei) < 1.08 * len(syllables)


@pytest.mark.parametrize("noise", [-75.0, -45.0])
def test_phrases_lie_between_the_pauses(spoken, syllable, noise):
    times = [*np.arange(0.5, 2.0, 0.2), *np.arange(2.6, 4.0, 0.2), *np.arange(5.5, 7.0, 0.2)]
    found = heard(spoken([syllable(time) for time in times], 8.0, noise)).phrases / 100
    np.testing.assert_allclose(found, [[0.5, 1.9], [2.6, 3.8], [5.5, 6.9]], atol=0.15)


def test_gaps_are_closed_and_bursts_dropped():
    active = np.zeros(300, bool)
    for start, stop in ((10, 40), (60, 100), (130, 137), (200, 240)):  # 20 frames apart, a click, a phrase
        active[start:stop] = True
    np.testing.assert_array_equal(runs(active), [[10, 100], [200, 240]])
    assert len(runs(np.zeros(10, bool))) == 0
    np.testing.assert_array_equal(runs(np.ones(50, bool)), [[0, 50]])


def test_a_whisper_has_syllables_without_pitch(talk):
    sound, syllables = talk(15.0, 5, noise=-90.0)
    level = np.convolve(np.abs(sound), np.hanning(400) / 200, mode="same")
    whisper = (level * np.random.default_rng(0).normal(size=len(sound))).astype(np.float32)
    found = heard(whisper)
    assert np.mean(found.f0 > 0) < 0.02
    assert hits(found.nuclei / 100, [one.time for one in syllables]) > 0.75 * len(syllables)


def test_noise_alone_is_no_speech():
    sound = np.random.default_rng(0).normal(0, 0.05, 160_000).astype(np.float32)
    found = heard(sound)
    assert found.speaking.mean() < 0.05 and len(found.nuclei) < 5


# ---- real voices -----------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", ["en_kal_story", "en_hts_slt_story", "en_flite_rms_story"])
def test_nuclei_of_synthetic_voices_are_their_vowels(recordings, name):
    rows = [line.split(",") for line in (recordings / f"synthetic/{name}.phones.csv").read_text().splitlines()[1:]]
    vowels = [(float(start), float(end)) for start, end, phone in rows if phone[0] in "aeiou"]
    nuclei = heard(audio.read(recordings / f"synthetic/{name}.flac")).nuclei / 100
    found = sum(any(start - 0.03 <= time <= end + 0.03 for time in nuclei) for start, end in vowels)
    assert found > 0.85 * len(vowels)
    assert 0.85 * len(vowels) < len(nuclei) < 1.12 * len(vowels)


def test_a_real_whisper(recordings):
    path = next((recordings / "de_thorsten").glob("*whisper*"))
    found = heard(audio.read(path))
    assert np.mean(found.f0 > 0) < 0.1
    rate = len(found.nuclei) / (soundfile.info(path).duration)
    assert 1.5 < rate < 7.0
