"""Prominent syllables: the events that head, brows and hands are timed by, in training and in use alike.

Prominence of a syllable = 0.5 z(pitch above the declination line) + 0.3 z(energy) + 0.4 z(duration), each z
among the syllables of the minute around. Without an alignment a syllable lasts from the quietest moment
before its nucleus to the quietest after.
"""

from __future__ import annotations

import numpy as np

from ..body.score import Accent
from . import surroundings
from .prosody import Prosody
from .speech import FEATURE_RATE

APART = 0.3  # s between accents at least
STROKE, STRONG = 0.0, 0.5  # z above which a hand may beat, and head and brows move
PITCH, ENERGY, DURATION = 0.5, 0.3, 0.4  # weights of the three cues
_NEAR = 8  # frames around a nucleus in which its highest pitch is looked for
_REACH = 30  # frames a syllable reaches from its nucleus at most
_RELEASE = 10  # frames it reaches into a pause at most


def accents(heard: Prosody) -> tuple[Accent, ...]:
    """Syllables at least ``APART`` seconds from each other, in the order of time, prominent ones first served.

    Prominent are those that surpass both neighbours and have a strength above ``STROKE``; the others fill the room
    left, for talk so lively that it serves weak syllables too, with a strength of 0 at most.
    """
    strength = prominence(heard)
    beyond = np.concatenate([[-np.inf], strength, [-np.inf]])
    prominent = (strength > STROKE) & (strength >= beyond[:-2]) & (strength >= beyond[2:])
    strength = np.where(prominent, strength, np.minimum(strength, STROKE))
    kept = _spread(heard.nuclei, strength)
    return tuple(Accent(time=float(frame / FEATURE_RATE), strength=float(z))
                 for frame, z in zip(heard.nuclei[kept], strength[kept], strict=True))


def prominence(heard: Prosody) -> np.ndarray:
    """(S,) prominence z of every nucleus of ``heard``."""
    if not len(heard.nuclei):
        return np.empty(0)
    return (PITCH * _z(_excursion(heard), heard, least=1.0)
            + ENERGY * _z(heard.vowels[heard.nuclei], heard, least=1.5)
            + DURATION * _z(np.log(_duration(heard)), heard, least=0.15))


def _spread(places: np.ndarray, strength: np.ndarray) -> np.ndarray:
    """Indices of places (S,) that are apart, the stronger where two are too close."""
    kept: list[int] = []
    taken = np.zeros(len(places), bool)
    for index in np.argsort(-strength, kind="stable"):
        if not taken[index]:
            kept.append(int(index))
            near = np.searchsorted(places, [places[index] - APART * FEATURE_RATE + 1,
                                            places[index] + APART * FEATURE_RATE])
            taken[near[0]:near[1]] = True
    return np.sort(np.asarray(kept, int))


def _excursion(heard: Prosody) -> np.ndarray:
    """(S,) semitones of each nucleus' highest pitch over its phrase's declination line; nan where unvoiced."""
    semitones = np.where(heard.voiced, 12.0 * np.log2(np.maximum(heard.f0, 1.0)), np.nan)
    over = np.full(len(semitones), np.nan)
    for start, stop in heard.phrases:
        over[start:stop] = semitones[start:stop] - _declination(semitones[start:stop])
    reach = np.clip(heard.nuclei[:, None] + np.arange(-_NEAR, _NEAR + 1), 0, len(over) - 1)
    around = np.where(np.isnan(over[reach]), -np.inf, over[reach]).max(1)
    return np.where(np.isfinite(around), around, np.nan)


def _declination(semitones: np.ndarray) -> np.ndarray:
    """The line a phrase's pitch falls along, of (T,) semitones with nan where unvoiced.

    Its slope is fitted, but never rises nor falls faster than 't Hart, Collier & Cohen found for a phrase of its
    length; its height is the median's.
    """
    time = np.arange(len(semitones)) / FEATURE_RATE
    known = ~np.isnan(semitones)
    if not known.any():
        return np.zeros(len(semitones))
    seconds = len(semitones) / FEATURE_RATE
    steepest = -11.0 / (seconds + 1.5) if seconds <= 5.0 else -8.5 / seconds
    apart = time[known] - time[known].mean()
    slope = apart @ semitones[known] / max(apart @ apart, 1e-9)
    line = np.clip(slope, steepest, 0.0) * time
    return line + np.median(semitones[known] - line[known])


def _duration(heard: Prosody) -> np.ndarray:
    """(S,) frames of each syllable: from the quietest moment before its nucleus to that after.

    Lengthening before a pause is part of prominence, the pause itself is not.
    """
    inside = [(start, stop) for start, stop in heard.phrases] or [(0, len(heard.level))]
    starts, stops = np.array(inside).T
    phrase = np.clip(np.searchsorted(starts, heard.nuclei, side="right") - 1, 0, len(starts) - 1)
    first = np.maximum(np.maximum(np.r_[0, heard.nuclei[:-1]], heard.nuclei - _REACH), starts[phrase] - _RELEASE)
    last = np.minimum(np.minimum(np.r_[heard.nuclei[1:], len(heard.level)], heard.nuclei + _REACH),
                      stops[phrase] + _RELEASE)
    return np.array([_quietest(heard.vowels, nucleus, max(last_, nucleus + 1))
                     - _quietest(heard.vowels, min(first_, nucleus), nucleus + 1)
                     for first_, nucleus, last_ in zip(first, heard.nuclei, last, strict=True)]).clip(1)


def _quietest(level: np.ndarray, first: int, stop: int) -> int:
    return first + int(level[first:stop].argmin())


def _z(values: np.ndarray, heard: Prosody, least: float) -> np.ndarray:
    """Standard score among the nuclei of the minute around each; 0 for what is not known.

    A spread under ``least`` counts as that, or a cue a voice does not use would be noise blown up.
    """
    known = ~np.isnan(values)
    curve, place = np.zeros(len(heard.level)), heard.nuclei[known]
    curve[place] = values[known]
    there = np.zeros(len(curve), bool)
    there[place] = True
    if not known.any():
        return np.zeros(len(values))
    mean = surroundings.mean(curve, there)[heard.nuclei]
    square = surroundings.mean(curve**2, there)[heard.nuclei]
    spread = np.sqrt(np.maximum(square - mean**2, least**2))
    return np.where(known, (np.nan_to_num(values) - mean) / spread, 0.0)
