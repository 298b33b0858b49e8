"""A voice made of syllables whose times are known."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

RATE = 16_000
DATA = Path(__file__).parents[4] / "shared" / "data" / "speech"


@dataclass(frozen=True)
class Syllable:
    """A vowel around ``time`` seconds; level in dB, pitch in semitones, length in seconds, relative to usual."""

    time: float
    level: float = 0.0
    pitch: float = 0.0
    length: float = 0.16


def _spoken(syllables: list[Syllable], seconds: float, noise: float = -75.0, seed: int = 0) -> np.ndarray:
    """(N,) float32: 120 Hz pulses through two formants, one bump of loudness for each syllable, over noise (dBFS)."""
    time = np.arange(round(seconds * RATE)) / RATE
    loudness, pitch = np.zeros(len(time)), np.zeros(len(time))
    for one in syllables:
        near = slice(max(round((one.time - 0.5) * RATE), 0), round((one.time + 0.5) * RATE))
        away = time[near] - one.time
        loudness[near] += 10 ** (one.level / 20) * np.exp(-0.5 * (away / (one.length / 4.5)) ** 2)
        pitch[near] += one.pitch * np.exp(-0.5 * (away / 0.08) ** 2)  # no voice moves faster
    phase = 2 * np.pi * np.cumsum(120.0 * 2 ** (pitch / 12)) / RATE
    formants = [np.exp(-0.5 * ((120.0 * k - 500) / 300) ** 2) + 0.5 * np.exp(-0.5 * ((120.0 * k - 1500) / 300) ** 2)
                for k in range(1, 30)]
    voice = sum(size * np.cos(k * phase) for k, size in enumerate(formants, 1))
    hiss = np.random.default_rng(seed).normal(size=len(time)) * 10 ** (noise / 20)
    return (0.03 * loudness * voice + hiss).astype(np.float32)


def _talk(seconds: float, seed: int = 0, noise: float = -75.0) -> tuple[np.ndarray, list[Syllable]]:
    """Phrases of syllables with random levels, pitches and pauses, and the syllables."""
    random = np.random.default_rng(seed)
    syllables, moment = [], 0.4
    while moment < seconds - 0.4:
        syllables.append(Syllable(moment, random.uniform(-8, 4), random.normal(0, 2.5), random.uniform(0.13, 0.2)))
        moment += random.uniform(0.17, 0.26) + (0.6 if random.random() < 0.15 else 0.0)
    return _spoken(syllables, seconds, noise, seed), syllables


@pytest.fixture(scope="session")
def syllable():
    return Syllable


@pytest.fixture(scope="session")
def spoken():
    return _spoken


@pytest.fixture(scope="session")
def talk():
    return _talk


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of real recordings."""
    if not DATA.is_dir():
        pytest.skip("the recordings (../shared/data/speech) are not here")
    return DATA
