"""Better labels for real speech, by networks that did not see it.

``cleaned``: the English readers, where a network trained on the other half of them agrees with the labels.
``abroad``: readers of other languages, aligned by such a network to what espeak-ng reads in their transcripts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from bridge.face.phones import VISEME_OF_PHONE

from ..corpora.voices import Espeak, Utterance
from . import corpus, realign
from .aligned import spoken_texts
from .examples import FRAMES, frame_phones
from .network import PhoneticNetwork

VOICES = {"de": "de", "fr": "fr", "es": "es", "pt": "pt-br"}
LEAST_ENGLISH, LEAST_ABROAD = 0.40, 0.25  # share of agreeing frames around a label that is kept
LEAST_WHOLE_ENGLISH, LEAST_WHOLE_ABROAD = 0.5, 0.35  # of an utterance that is kept
Learn = Callable[[int, list[Utterance]], PhoneticNetwork]


def build(cache: Path, speech: Path, real: list[Utterance], learn: Learn) -> None:
    """Makes both parts under ``cache`` unless they are whole. ``learn(half, utterances)`` trains a network."""
    if (cache / "cleaned" / "whole.txt").exists() and (cache / "abroad" / "whole.txt").exists():
        return
    speakers = sorted({one.speaker for one in real})
    halves = [[one for one in real if speakers.index(one.speaker) % 2 == half] for half in (0, 1)]
    networks = [learn(half, halves[half]) for half in (0, 1)]
    corpus.part(cache / "cleaned", lambda: cleaned(halves, networks[::-1]))
    corpus.part(cache / "abroad", lambda: abroad(speech, networks[0]))


def cleaned(halves: list[list[Utterance]], networks: list[PhoneticNetwork]) -> Iterator[tuple[str, Utterance]]:
    """Each half's utterances as far as the network given for it agrees."""
    for half, (utterances, network) in enumerate(zip(halves, networks, strict=True)):
        for place, one in enumerate(utterances):
            kept = owned(one, network, LEAST_ENGLISH, LEAST_WHOLE_ENGLISH)
            if kept is not None:
                yield f"{one.speaker}_{half}{place:03d}", kept


def abroad(speech: Path, network: PhoneticNetwork) -> Iterator[tuple[str, Utterance]]:
    """Utterances with a transcript in another language."""
    espeak = Espeak()
    for place, (file, speaker, language, start, end, text) in enumerate(spoken_texts(speech)):
        if language in VOICES and text:
            samples = corpus.read(speech / file, start, end)
            said = realign.said_by_espeak(samples, text, VOICES[language], speaker, network, espeak)
            kept = owned(said, network, LEAST_ABROAD, LEAST_WHOLE_ABROAD)
            if kept is not None:
                yield f"{speaker}_{place:03d}", kept


def owned(utterance: Utterance, network: PhoneticNetwork, least: float, whole: float) -> Utterance | None:
    """The utterance with phones unknown where the network disowns them; None if it disowns the whole."""
    _, visemes = realign.chances(network, utterance.samples)
    labels = VISEME_OF_PHONE[frame_phones(utterance, len(visemes))[0]]
    if np.mean(labels == visemes.argmax(1)) < whole:
        print(f"{utterance.speaker}: disowned", flush=True)
        return None
    wrong = realign.disowned(utterance, visemes, least)
    middles = ((utterance.bounds[:-1] + utterance.bounds[1:]) / 2 * FRAMES).astype(int)
    phones = np.where(wrong[np.clip(middles, 0, len(wrong) - 1)], -1, utterance.phones)
    return replace(utterance, phones=phones.astype(np.int8))
