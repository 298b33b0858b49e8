"""One short-time Fourier transform for everything: mel energies and band powers at 100 Hz.

25 ms Hann windows (periodic), a frame every 10 ms, frame i centred at i * 10 ms, each frame's own mean
removed. Frames are worked on in blocks, so that memory does not grow with the sound beyond its results.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from .speech import FEATURE_RATE, SAMPLE_RATE

HOP = SAMPLE_RATE // FEATURE_RATE
WIDTH = 400
FFT = 512
BLOCK = 1000  # frames worked on at once
LOW, HIGH = 60.0, 7600.0  # Hz, range of the mel bands
SYLLABLE_BAND = (300.0, 3300.0)  # Hz, where vowels stand out
SPEECH_BAND = (100.0, 4000.0)
FLOOR = 1e-12  # power of a frame, far below 16 bit


@dataclass(frozen=True)
class Spectrum:
    """Powers of F frames, of the samples as they are (full scale 1).

    mel40, mel26: (F, 40), (F, 26) float32, |X|^2 of the windowed frame summed over triangular mel bands.
    power: (F,) mean square of the frame under its window. syllables, speech: (F,) the same within
    ``SYLLABLE_BAND`` and ``SPEECH_BAND``.
    """

    mel40: np.ndarray
    mel26: np.ndarray
    power: np.ndarray
    syllables: np.ndarray
    speech: np.ndarray

    def __len__(self) -> int:
        return len(self.power)


def spectrum(samples: np.ndarray) -> Spectrum:
    """The powers of ``samples`` (N,) at 16 kHz in N // 160 + 1 frames. A second takes about 0.5 ms."""
    frames = len(samples) // HOP + 1
    bands = np.empty((frames, 40 + 26 + 2), np.float32)
    power = np.empty(frames)
    for start, block in framed(samples, WIDTH, HOP, BLOCK):
        window = hann(WIDTH)
        block = (block - (block @ window)[:, None] / window.sum()) * window
        stop = start + len(block)
        power[start:stop] = np.einsum("ij,ij->i", block, block) / (window**2).sum()
        transform = np.fft.rfft(block, FFT)
        bands[start:stop] = (transform.real**2 + transform.imag**2) @ _bank()
    return Spectrum(bands[:, :40], bands[:, 40:66], power, bands[:, 66].astype(np.float64),
                    bands[:, 67].astype(np.float64))


def framed(samples: np.ndarray, width: int, hop: int, block: int) -> Iterator[tuple[int, np.ndarray]]:
    """Blocks (first frame, (B, width) float64) of frames centred at i * hop; the ends are mirrored."""
    frames, half = len(samples) // hop + 1, width // 2
    for start in range(0, frames, block):
        stop = min(start + block, frames)
        first, last = start * hop - half, (stop - 1) * hop - half + width
        yield start, np.lib.stride_tricks.sliding_window_view(piece(samples, first, last), width)[::hop]


def piece(samples: np.ndarray, first: int, last: int) -> np.ndarray:
    """float64 samples ``first`` to ``last``, which may lie beyond the ends: there the sound is mirrored."""
    inside = samples[max(first, 0):max(last, 0)].astype(np.float64)
    before, after = max(-first, 0), max(last - len(samples), 0)
    if not before and not after:
        return inside
    if len(samples) <= max(before, after):  # too short to mirror
        return np.pad(inside, (before, after))
    left = samples[1:before + 1][::-1]
    right = samples[len(samples) - 1 - after:len(samples) - 1][::-1]
    return np.concatenate([left, inside, right])


@cache
def hann(width: int) -> np.ndarray:
    """(width,) periodic Hann window."""
    return 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(width) / width)


def mel_bank(bands: int) -> np.ndarray:
    """(257, bands) triangles of height 1, evenly spaced on the HTK mel scale 2595 log10(1 + f / 700)."""
    edges = np.linspace(_mel(LOW), _mel(HIGH), bands + 2)
    centres = 700.0 * (10.0 ** (edges / 2595.0) - 1.0)
    frequency = _frequencies()[:, None]
    rising = (frequency - centres[:-2]) / (centres[1:-1] - centres[:-2])
    falling = (centres[2:] - frequency) / (centres[2:] - centres[1:-1])
    return np.maximum(np.minimum(rising, falling), 0.0)


@cache
def _bank() -> np.ndarray:
    return np.hstack([mel_bank(40), mel_bank(26), _band(*SYLLABLE_BAND), _band(*SPEECH_BAND)])


def _band(low: float, high: float) -> np.ndarray:
    """(257, 1) weights that turn |X|^2 into the mean square between two frequencies (Parseval)."""
    frequency = _frequencies()
    inside = (frequency >= low) & (frequency <= high)
    return (inside * 2.0 / FFT / (hann(WIDTH) ** 2).sum())[:, None]


def _frequencies() -> np.ndarray:
    return np.arange(FFT // 2 + 1) * SAMPLE_RATE / FFT


def _mel(frequency: float) -> float:
    return 2595.0 * np.log10(1.0 + frequency / 700.0)


def decibels(power: np.ndarray) -> np.ndarray:
    """10 log10 of a power (mean square), nothing below -120 dB."""
    return 10.0 * np.log10(np.maximum(power, FLOOR))
