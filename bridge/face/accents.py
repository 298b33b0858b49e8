"""Brows and head on the accents of speech: the same events that move the hands."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..body.score import Accent, Score
from .articulation import RATE
from .emotion import drift
from .filters import ramps, smooth, smoothstep
from .track import ARKIT, ARKIT_INDEX

_STRONG = 0.3  # z of an accent that can raise the brows
_FLASH_CHANCE = 0.45
_FLASH_APART = 2.2  # seconds between brow flashes at least
_NOD_APART = 0.9
_HEAD_NOISE = np.radians([2.4, 1.7, 1.2])  # yaw, pitch, roll, slow
_PHRASE_TURN = (4.0, 1.8, 2.4)  # degrees, spread of yaw, pitch and roll held for a phrase
_HEAD_QUICK = np.radians([0.35, 0.4, 0.25])


def brows(score: Score, energy: np.ndarray, frames: int, emotion: dict[str, float], seed: int) -> np.ndarray:
    """(T, 52) brow flashes that peak on strong accents, sometimes a frown of focus, and a slow life of the brows.

    energy: (T,) 0..1 loudness of the voice.
    """
    random = np.random.default_rng([seed, 5])
    weights = np.zeros((frames, len(ARKIT)))
    liveliness = 1.0 - 0.5 * emotion.get("sad", 0.0) - 0.6 * emotion.get("angry", 0.0)
    for accent in _picked(score.accents, _FLASH_APART, _FLASH_CHANCE, random):
        early = 1.15 - 0.3 * min(1.0, accent.time / max(score.seconds, 1e-6))
        size = np.clip(0.16 + 0.09 * accent.strength, 0.12, 0.4) * early * liveliness
        frown = random.random() < 0.2
        rise, hold, fall = random.uniform(0.12, 0.2), random.uniform(0.06, 0.16), random.uniform(0.28, 0.42)
        flash = size * ramps([(accent.time - 0.02, accent.time + hold)], frames, RATE, rise, fall)
        for name, share in ((("browDown", 0.8), ("eyeSquint", 0.3)) if frown else
                            (("browInnerUp", 1.0), ("browOuterUp", 0.75), ("eyeWide", 0.25))):
            for full in (name,) if name in ARKIT_INDEX else (name + "Left", name + "Right"):
                weights[:, ARKIT_INDEX[full]] += share * flash
    life = 0.02 * (1.0 + drift(np.random.default_rng([seed, 6]), frames, 2, 0.3)) + 0.05 * smooth(energy, 0.4)[:, None]
    weights[:, ARKIT_INDEX["browInnerUp"]] += np.maximum(life[:, 0], 0.0)
    for side in ("Left", "Right"):
        weights[:, ARKIT_INDEX["browOuterUp" + side]] += np.maximum(0.7 * life[:, 1], 0.0)
    return weights


def head(score: Score, speaking: np.ndarray, seed: int) -> np.ndarray:
    """(T, 3) yaw, pitch, roll of the head in radians: nods after accents, turns with phrases, a calm drift."""
    frames = len(speaking)
    random = np.random.default_rng([seed, 7])
    angles = np.zeros((frames, 3))
    for accent in _picked(score.accents, _NOD_APART, 0.75, random):
        size = np.radians(np.clip(2.4 + 1.2 * accent.strength, 1.2, 5.5)) * random.uniform(0.8, 1.2)
        down, back = random.uniform(0.15, 0.24), random.uniform(0.32, 0.45)
        peak = accent.time + random.uniform(0.03, 0.12)
        angles[:, 1] += size * ramps([(peak, peak + 0.02)], frames, RATE, down, back)
    for start, stop in score.phrases:
        turn = ramps([(start, stop)], frames, RATE, 0.5, 0.6)
        angles += np.radians(random.normal(0.0, _PHRASE_TURN)) * turn[:, None]
    liveliness = 0.4 + 0.6 * smooth(speaking, 0.4)[:, None]
    slow = drift(np.random.default_rng([seed, 8]), frames, 3, 0.25) * _HEAD_NOISE
    quick = drift(np.random.default_rng([seed, 9]), frames, 3, 1.2) * _HEAD_QUICK
    return smooth(angles + (slow + quick) * liveliness, 0.04)


def _picked(accents: Sequence[Accent], apart: float, chance: float, random: np.random.Generator) -> list[Accent]:
    """Strong accents, each with a chance that grows with its strength, never closer than ``apart`` seconds."""
    chosen: list[Accent] = []
    for accent in accents:
        wanted = random.random() < chance * (1.0 + 0.4 * np.clip(accent.strength, -1.0, 1.5))
        if accent.strength > _STRONG and wanted and (not chosen or accent.time - chosen[-1].time >= apart):
            chosen.append(accent)
    return chosen


def stress(accents: Sequence[Accent], frames: int) -> np.ndarray:
    """(T,) about 1: more on accented syllables, a little less between them."""
    track = np.full(frames, 0.95)
    for accent in accents:
        gain = 0.1 * np.clip(1.0 + accent.strength, 0.0, 2.0)
        first, last = np.clip([int((accent.time - 0.3) * RATE), int((accent.time + 0.3) * RATE)], 0, frames)
        away = np.abs(np.arange(first, last) / RATE - accent.time)
        track[first:last] = np.maximum(track[first:last], 0.95 + gain * smoothstep(1.0 - away / 0.25))
    return track
