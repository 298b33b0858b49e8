"""From speech to a moving face: phones, articulation, emotion, eyes, brows and head, and lips that shut."""

from __future__ import annotations

import numpy as np

from .. import cards
from ..body.score import Score
from ..cards import Card
from ..problems import Problem
from ..speech import surroundings
from ..speech.features import PHONES_VERSION
from ..speech.speech import Speech
from ..watch import Watch
from . import accents, blinks, gaze
from . import emotion as feelings
from .articulation import RATE, Articulation, articulate
from .filters import smooth
from .lips import seal
from .listener import hear
from .track import ARKIT_INDEX, HEAD_AND_EYES, FaceTrack

_EFFORT_PER_DECIBEL, _EFFORT_TIME = 0.04, 0.5  # of the voiced sounds; seconds, standard deviation of the window
_LEAST_VOICED = 0.03  # share of voiced frames in it that says anything
_NO_BLINK_BEFORE = 0.15  # seconds before a phrase begins
_GREAT_SHIFT = np.radians(8.0)  # of gaze, which draws a blink
_EYE_DIP = np.radians(1.5)  # the eyeballs turn down under shut lids


def speak(speech: Speech, *, card: Card, emotion: dict[str, float], seed: int, score: Score,
          watch: Watch | None = None, head: bool = False) -> FaceTrack:
    """The face of ``speech`` at 100 frames a second, frame i at i * 10 ms.

    card: of the face model. emotion: weights by name; what is missing to 1 is neutral. score: its accents, phrases
    and gaze move brows, lids and eyes. head: also turn the head; otherwise its angles are 0.
    Raises ``Problem`` where the weights are not the card's or expect other features than these.
    """
    if card.features != PHONES_VERSION:
        raise Problem("model.features", name=card.name, expected=card.features, found=PHONES_VERSION)
    heard = hear(speech.phones, cards.open_session(card), watch)
    spoken = articulate(heard, effort(speech, score))
    return perform(spoken, loudness(speech, len(spoken.weights)), score, emotion, seed, head)


def perform(spoken: Articulation, energy: np.ndarray, score: Score, emotion: dict[str, float], seed: int,
            head: bool = False) -> FaceTrack:
    """The whole face over an articulated mouth. energy: (T,) 0..1 loudness of the voice."""
    frames = len(spoken.weights)
    looks = gaze.fixations(score, emotion, seed)
    eyes = gaze.angles(looks, frames)
    lids = blinks.lids(_blinks(score, looks, emotion, seed), frames)
    weights = spoken.weights.copy()
    weights[:, ARKIT_INDEX["jawOpen"]] *= feelings.jaw_gain(emotion)
    weights += feelings.offsets(emotion, spoken, energy, seed)
    weights += accents.brows(score, energy, frames, emotion, seed) + gaze.shapes(eyes)
    weights = feelings.untangled(np.maximum(weights, 0.0), spoken.weights)
    weights = _blinked(weights, lids)
    weights = np.clip(seal(np.clip(weights, 0.0, 1.0), spoken.closure), 0.0, 1.0)
    return FaceTrack(weights.astype(np.float32), _angles(eyes, lids, score, spoken.speaking, seed, head),
                     float(RATE), spoken.closures)


def effort(speech: Speech, score: Score) -> np.ndarray:
    """(T,) how strongly every moment is said: level of the voiced sounds of a second against the usual, and stress.

    Voiceless sounds and pauses do not count, and no single syllable does: sonorous sounds are loud by themselves,
    and their jaw is open already.
    """
    voiced = (speech.f0 > 0.0).astype(np.float64)
    share = smooth(voiced, _EFFORT_TIME)
    level = smooth(speech.energy * voiced, _EFFORT_TIME) / np.maximum(share, _LEAST_VOICED)
    usual = surroundings.mean(speech.energy.astype(np.float64), voiced > 0.0)
    louder = np.where(share > _LEAST_VOICED, level - usual, 0.0)
    return np.clip(1.0 + _EFFORT_PER_DECIBEL * louder, 0.6, 1.5) * accents.stress(score.accents, len(louder))


def loudness(speech: Speech, frames: int) -> np.ndarray:
    """(T,) 0..1: rank of the voice's level in its surroundings, 0 in silence."""
    return smooth(surroundings.ranks(speech.energy.astype(np.float64)), 0.1)[:frames] * speech.speaking[:frames]


def _blinks(score: Score, looks: list[tuple[float, float, float]], emotion: dict[str, float],
            seed: int) -> tuple[blinks.Blink, ...]:
    shifts = [start for (start, *to), (_, *away) in zip(looks[1:], looks[:-1], strict=True)
              if np.linalg.norm(np.subtract(to, away)) > _GREAT_SHIFT]
    pauses = [stop + 0.05 for _, stop in score.phrases]
    before = [(start - _NO_BLINK_BEFORE, start) for start, _ in score.phrases if start > _NO_BLINK_BEFORE]
    return blinks.plan(score.seconds, [*pauses, *shifts], before, emotion, seed)


def _blinked(weights: np.ndarray, lids: np.ndarray) -> np.ndarray:
    """The weights with the lids shut as far as a blink, or what lowers them already, demands."""
    blink = blinks.shapes(lids)
    for side in ("Left", "Right"):
        place = ARKIT_INDEX["eyeBlink" + side]
        blink[:, place] = np.maximum(blink[:, place] - weights[:, place], 0.0)
        weights[:, ARKIT_INDEX["eyeWide" + side]] *= 1.0 - lids
        # lids that squint or look down already are partly shut: the whole way would drive them through each other
        weights[:, ARKIT_INDEX["eyeSquint" + side]] *= 1.0 - 0.5 * lids
    return weights + blink


def _angles(eyes: np.ndarray, lids: np.ndarray, score: Score, speaking: np.ndarray, seed: int,
            head: bool) -> np.ndarray:
    angles = np.zeros((len(eyes), len(HEAD_AND_EYES)), np.float32)
    if head:
        angles[:, :3] = accents.head(score, speaking, seed)
    for first in (3, 6):
        angles[:, first] = eyes[:, 0]
        angles[:, first + 1] = eyes[:, 1] + _EYE_DIP * lids
    return angles
