"""The sample speech of the extension is what its credit says, and lively enough to perform."""

import tomllib
from pathlib import Path

import numpy as np
import pytest

from bridge import audio
from bridge.speech.listen import listen
from bridge.speech.words import read_transcript

ASSETS = Path(__file__).parents[3] / "persona_addon" / "assets"


@pytest.fixture(scope="module")
def credit():
    return tomllib.loads((ASSETS / "sample.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def speech():
    return listen(audio.read(ASSETS / "sample.ogg"))


def test_it_carries_its_credit_and_licence(credit):
    assert "slt" in credit["credit"] and "Carnegie Mellon" in credit["licence_text"]
    assert "Permission to use" in credit["licence_text"]


def test_its_transcript_is_its_text(credit, speech):
    words = read_transcript(ASSETS / "sample.TextGrid")
    assert " ".join(word.text for word in words) == credit["text"]
    assert words[-1].end < speech.seconds == pytest.approx(credit["seconds"], abs=0.1)


def test_words_lie_in_the_phrases_that_are_heard(speech):
    middles = [(word.start + word.end) / 2 for word in read_transcript(ASSETS / "sample.TextGrid")]
    assert all(any(start <= middle <= end for start, end in speech.phrases) for middle in middles)


def test_its_pitch_is_as_varied_as_a_readers(speech):
    semitones = 12 * np.log2(speech.f0[speech.f0 > 0])
    assert 2.4 < semitones.std() < 4.4  # real readers 2.5 to 4.4, the voice as it comes 1.5
    assert 10 <= sum(accent.strength > 0 for accent in speech.accents) <= 20
