"""Prominence: what stands out by pitch, loudness or length is found, at its own time."""

from itertools import pairwise

import numpy as np
import pytest

from bridge import audio
from bridge.speech.accents import APART, STROKE, STRONG, accents, prominence
from bridge.speech.listen import listen
from bridge.speech.prosody import prosody
from bridge.speech.spectrum import spectrum

STRESSED = (3, 9, 14, 20, 25, 31, 36, 42)


def heard(sound):
    return prosody(sound, spectrum(sound))


@pytest.mark.parametrize("cue", [{"pitch": 5.0}, {"level": 5.0}, {"length": 0.24}])
def test_each_cue_makes_an_accent(spoken, syllable, cue):
    syllables, moment = [], 0.5
    for place in range(48):
        stress = cue if place in STRESSED else {}
        moment += 0.1 if "length" in stress else 0.0
        syllables.append(syllable(moment, **stress))
        moment += 0.22 + (0.1 if "length" in stress else 0.0) + (0.5 if place % 12 == 11 else 0.0)
    found = heard(spoken(syllables, moment + 0.5))
    z = prominence(found)
    stressed = [np.abs(found.nuclei / 100 - syllables[place].time).argmin() for place in STRESSED]
    edges = [place for place in range(48) if place % 12 in (0, 11)]  # syllables at pauses are longer by nature
    others = np.setdiff1d(np.arange(len(z)), [*stressed, *edges])
    above = np.mean(z[stressed][:, None] > z[others][None, :])
    assert above > 0.9  # the area under the curve of telling stressed from unstressed


def test_accents_are_apart_and_in_order(talk):
    found = accents(heard(talk(30.0, 7)[0]))
    times = [accent.time for accent in found]
    assert len(found) > 10 and all(b - a >= APART - 1e-9 for a, b in pairwise(times))


def test_weak_syllables_leave_the_prominent_ones_alone(talk):
    """Those above 0 are local maxima, and no syllable apart from all of them was passed over."""
    said = heard(talk(30.0, 7)[0])
    strength, found = prominence(said), accents(said)
    for accent in found:
        place = int(np.searchsorted(said.nuclei, round(accent.time * 100)))
        if accent.strength > 0:
            assert accent.strength == strength[max(place - 1, 0):place + 2].max()
    times = np.array([accent.time for accent in found])
    assert all(np.abs(times - nucleus / 100).min() < APART for nucleus in said.nuclei)
    assert 0.3 < np.mean([accent.strength > 0 for accent in found]) < 0.8


def test_accents_lie_on_syllables(talk):
    sound, syllables = talk(30.0, 8)
    times = np.array([one.time for one in syllables])
    offsets = [np.abs(times - accent.time).min() for accent in accents(heard(sound))]
    assert np.mean(np.array(offsets) <= 0.05) > 0.9


@pytest.mark.parametrize("count", [0, 1, 2])
def test_hardly_any_syllables(spoken, syllable, count):
    sound = spoken([syllable(0.5 + 0.3 * k) for k in range(count)], 2.0)
    assert all(np.isfinite(accent.strength) for accent in accents(heard(sound)))


@pytest.mark.parametrize("file", ["en_libri_1688/1688-142285.flac", "en_libri_367/367-130732.flac",
                                  "en_lj/lj_wonders.flac", "en_ami/trn03.flac"])
def test_real_voices_have_as_many_accents_as_gestures_need(recordings, file):
    speech = listen(audio.read(recordings / file))
    minutes = speech.seconds / 60
    assert 38 < sum(accent.strength > STROKE for accent in speech.accents) / minutes < 76
    assert 18 < sum(accent.strength > STRONG for accent in speech.accents) / minutes < 58
