"""The shipped network and the whole way from sound to face."""

from dataclasses import replace

import numpy as np
import pytest

from bridge import cards
from bridge.body.score import Score
from bridge.face import lips
from bridge.face.speak import speak
from bridge.face.track import ARKIT_INDEX
from bridge.problems import Cancelled, Problem
from bridge.speech.features import PHONES_VERSION
from bridge.speech.listen import listen
from bridge.watch import Watch

pytest.importorskip("onnxruntime")


@pytest.fixture(scope="module")
def card():
    return cards.find("face")


def buzz(seconds, seed=0):
    """Vowel-like sound: a pulse train of 120 Hz with syllables of a quarter second."""
    time = np.arange(int(seconds * 16_000)) / 16_000
    pulses = (np.diff(np.floor(time * 120), prepend=0) > 0).astype(float)
    ring = np.exp(-np.arange(160) / 30) * np.cos(2 * np.pi * 700 * np.arange(160) / 16_000)
    voice = np.convolve(pulses, ring)[:len(time)] * (0.5 - 0.5 * np.cos(2 * np.pi * 4 * time))
    return (0.3 * voice + 1e-4 * np.random.default_rng(seed).standard_normal(len(time))).astype(np.float32)


def performed(samples, card, **options):
    speech = listen(samples)
    score = Score(seconds=speech.seconds, accents=speech.accents, phrases=speech.phrases)
    return speak(speech, card=card, score=score, **{"emotion": {}, "seed": 0} | options), speech


def test_the_shipped_network_is_small_and_expects_these_features(card):
    assert card.bytes <= 4 * 2**20 and card.features == PHONES_VERSION and card.fps == 100.0
    assert card.data and all(source.licence for source in card.data)
    assert cards.open_session(card).get_inputs()[0].shape[2] == 40


@pytest.mark.parametrize("seconds", [0.3, 1.0, 35.0])
def test_speech_of_any_length_moves_the_mouth(seconds, card):
    face, speech = performed(buzz(seconds), card)
    assert len(face) == len(speech.phones) and face.fps == 100.0
    assert face.weights[:, ARKIT_INDEX["jawOpen"]].max() > 0.05
    gap = lips.gap(face.weights.astype(np.float64))
    assert all(gap[min(len(face) - 1, round(centre * 100))] <= lips.SEALED for centre in face.closures)


def test_the_same_request_gives_the_same_bytes(card):
    one, again = (performed(buzz(2.0), card, emotion={"happy": 0.5}, seed=9, head=True)[0] for _ in range(2))
    assert one.weights.tobytes() == again.weights.tobytes() and one.angles.tobytes() == again.angles.tobytes()
    assert one.closures == again.closures


@pytest.mark.parametrize("noise", [0.0, 1e-4, 0.05])
def test_silence_and_noise_do_not_speak(noise, card):
    samples = (noise * np.random.default_rng(2).standard_normal(48_000)).astype(np.float32)
    face, _ = performed(samples, card)
    assert face.weights[:, ARKIT_INDEX["jawOpen"]].max() <= 0.06


def test_a_network_for_other_features_is_refused(card):
    with pytest.raises(Problem) as caught:
        performed(buzz(0.5), replace(card, features="phones-0"))
    assert caught.value.code == "model.features" and "phones-0" in str(caught.value)


def test_a_cancelled_job_stops(card):
    watch = Watch()
    watch.cancel()
    with pytest.raises(Cancelled):
        performed(buzz(0.5), card, watch=watch)
