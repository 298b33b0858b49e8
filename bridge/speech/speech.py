"""``Speech``: what was heard, the input of every model."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..body.score import Accent

SAMPLE_RATE = 16_000
FEATURE_RATE = 100  # Hz; frame i is centred at i * 10 ms


@dataclass(frozen=True)
class Word:
    """A word of the transcript, times in seconds."""

    text: str
    start: float
    end: float


@dataclass(frozen=True)
class Speech:
    """Decoded speech with its features.

    samples: (N,) float32 mono at ``SAMPLE_RATE``. seconds: N / SAMPLE_RATE.
    phones: (F, P) float32, feature set ``phones`` at ``FEATURE_RATE``, input of the face model.
    gesture: (F, G) float32, feature set ``gesture`` at ``FEATURE_RATE``, input of the gesture model
        (sampled at the model's frame rate by ``features.at_rate``).
    f0: (F,) float32 Hz, 0 where unvoiced. energy: (F,) float32 dB. speaking: (F,) float32 in 0..1.
    accents: syllables 0.3 s apart, prominent where their strength is above 0.
    phrases: (start, end) seconds of speech between pauses.
    words: of the transcript, if there was one. remarks: what a person should know of the sound.
    """

    samples: np.ndarray
    phones: np.ndarray
    gesture: np.ndarray
    f0: np.ndarray
    energy: np.ndarray
    speaking: np.ndarray
    accents: tuple[Accent, ...]
    phrases: tuple[tuple[float, float], ...]
    words: tuple[Word, ...] = field(default=())
    remarks: tuple[str, ...] = field(default=())

    @property
    def seconds(self) -> float:
        return len(self.samples) / SAMPLE_RATE
