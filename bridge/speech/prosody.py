"""Loudness, speech activity, phrases and syllable nuclei at 100 Hz."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import surroundings
from .curve import hann_kernel, peaks, smooth
from .pitch import pitch
from .spectrum import Spectrum, decibels
from .speech import FEATURE_RATE

PAUSE = 0.25  # s; a shorter silence does not end a phrase
BURST = 0.1  # s; a shorter sound is no phrase
NUCLEUS_RANGE = 30.0  # dB under the loudest frames
NUCLEUS_DIP = 1.0  # dB a nucleus stands out from its surroundings
NUCLEUS_GAP = 6  # frames between nuclei at least
NUCLEUS_APERIODICITY = 0.5
WHISPER = 0.1  # share of voiced frames under which voicing says nothing about syllables
GATE = -95.0  # dBFS; nothing quieter is speech


@dataclass(frozen=True)
class Prosody:
    """Of F frames: f0 Hz (0 unvoiced), aperiodicity 0..1, level dBFS, vowels = smoothed dB of the syllable band,
    speaking (bool) without the short gaps, loud (bool) as measured; nuclei (S,) frames of syllables' peaks;
    phrases (P, 2) first and last + 1 frame of the stretches between pauses; voice (F,) dBFS, the level of the
    voice around each frame."""

    f0: np.ndarray
    aperiodicity: np.ndarray
    level: np.ndarray
    vowels: np.ndarray
    speaking: np.ndarray
    nuclei: np.ndarray
    phrases: np.ndarray
    voice: np.ndarray

    @property
    def voiced(self) -> np.ndarray:
        return self.f0 > 0.0

    @property
    def range(self) -> float:
        """dB between the loud frames and the quiet ones: speech has 30 and more, music and noise less."""
        quiet, loud = np.quantile(self.vowels, (0.1, 0.95))
        return float(loud - quiet)


def prosody(samples: np.ndarray, powers: Spectrum) -> Prosody:
    """What the models hear besides the phones. ``samples`` (N,) at 16 kHz and their spectrum."""
    f0, aperiodicity = pitch(samples, powers.power)
    vowels = smooth(decibels(powers.syllables), hann_kernel(7))
    phrases = runs(_activity(powers))
    speaking = marked(phrases, len(powers))
    return Prosody(f0, aperiodicity, decibels(powers.power), vowels, speaking,
                   _nuclei(vowels, aperiodicity, f0 > 0.0, speaking), phrases,
                   _voice_level(powers.power, f0 > 0.0, speaking))


def _activity(powers: Spectrum) -> np.ndarray:
    """(F,) bool: louder than the noise around and not far below the loud frames, in 100 to 4000 Hz."""
    level = smooth(decibels(powers.speech), hann_kernel(7))
    noise, loud = surroundings.quantiles(level, (0.05, 0.95)).T
    return (level > np.maximum(noise + 6.0, loud - 30.0)) & (level > GATE)


def runs(active: np.ndarray) -> np.ndarray:
    """(P, 2) first and last + 1 frame of active stretches; gaps under ``PAUSE`` closed, then bursts dropped."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], active, [False]]).astype(np.int8))).reshape(-1, 2)
    if not len(edges):
        return edges
    apart = edges[1:, 0] - edges[:-1, 1] >= PAUSE * FEATURE_RATE
    starts = edges[np.concatenate([[True], apart]), 0]
    stops = edges[np.concatenate([apart, [True]]), 1]
    found = np.stack([starts, stops], 1)
    return found[found[:, 1] - found[:, 0] >= BURST * FEATURE_RATE]


def marked(stretches: np.ndarray, frames: int) -> np.ndarray:
    """(F,) bool, true within the stretches (P, 2)."""
    steps = np.zeros(frames + 1, np.int64)
    steps[stretches[:, 0]] += 1
    steps[stretches[:, 1]] -= 1
    return np.cumsum(steps[:-1]) > 0


def _nuclei(vowels: np.ndarray, aperiodicity: np.ndarray, voiced: np.ndarray, speaking: np.ndarray) -> np.ndarray:
    """Peaks of the syllable band in speech that are loud and, unless it is whispered, periodic within two frames.

    After Mermelstein 1975, de Jong & Wempe 2009, with the thresholds that suit read speech.
    """
    found = peaks(vowels, NUCLEUS_DIP, NUCLEUS_GAP)
    loudest = surroundings.quantiles(vowels, (0.99,))[:, 0]
    share = surroundings.mean(voiced.astype(np.float64), speaking)
    nearby = np.lib.stride_tricks.sliding_window_view(np.pad(aperiodicity, 2, constant_values=1.0), 5).min(1)
    clear = (nearby < NUCLEUS_APERIODICITY) | (share < WHISPER)
    return found[((vowels > loudest - NUCLEUS_RANGE) & speaking & clear)[found]]


def _voice_level(power: np.ndarray, voiced: np.ndarray, speaking: np.ndarray) -> np.ndarray:
    """(F,) dBFS of the voiced frames around; of all speech where hardly anything is voiced (whisper)."""
    share = surroundings.mean(voiced.astype(np.float64), speaking)
    return decibels(np.where(share < WHISPER, surroundings.mean(power, speaking), surroundings.mean(power, voiced)))
