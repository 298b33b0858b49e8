"""The fundamental frequency by YIN (de Cheveigne & Kawahara 2002), at 100 Hz.

Worked out at half the sample rate, where a 40 ms window and lags of 2 to 16.6 ms hold 60 to 500 Hz.
"""

from __future__ import annotations

import numpy as np

from . import surroundings
from .curve import moving_median
from .spectrum import HOP, framed, piece
from .speech import SAMPLE_RATE

LOWEST, HIGHEST = 60.0, 500.0  # Hz
DIP = 0.15  # the first lag whose normalised difference falls below this is taken
VOICED = 0.2  # a frame is voiced where its aperiodicity is below this
OCTAVE = 12.0  # semitones from the speaker's median beyond which a value is a mistake
_RATE = SAMPLE_RATE // 2
_WINDOW = 320
_SHORTEST, _LONGEST = int(_RATE / HIGHEST), int(np.ceil(_RATE / LOWEST))
_WIDTH = _WINDOW + _LONGEST + 1
_FFT = 512


def pitch(samples: np.ndarray, power: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """f0 (F,) Hz, 0 where unvoiced, and aperiodicity (F,) 0..1 of ``samples`` (N,) at 16 kHz.

    power: (F,) mean square of each frame; quiet frames (30 dB under the loud ones around) are not voiced.
    """
    halved = halve(samples)
    raw, aperiodicity = np.empty(len(power)), np.empty(len(power))
    for start, block in framed(halved, _WIDTH, HOP // 2, 1000):
        block = block[:len(power) - start]
        stop = start + len(block)
        raw[start:stop], aperiodicity[start:stop] = _yin(block)
    loud = power > 1e-3 * surroundings.quantiles(power, (0.95,))[:, 0]
    return _cleaned(raw, (aperiodicity < VOICED) & loud & (power > 0.0)), aperiodicity


def halve(samples: np.ndarray, block: int = 1 << 20) -> np.ndarray:
    """Every second sample after a zero-phase low-pass at 3 kHz (Hann-windowed sinc, 47 taps)."""
    time = np.arange(-23, 24)
    kernel = np.sinc(2 * 3000 / SAMPLE_RATE * time) * np.hanning(49)[1:-1]
    kernel /= kernel.sum()
    out = np.empty((len(samples) + 1) // 2, np.float32)
    for start in range(0, len(samples), block):
        near = piece(samples, start - 23, min(start + block, len(samples)) + 23)
        halved = np.convolve(near, kernel, mode="valid")[::2]
        out[start // 2:start // 2 + len(halved)] = halved
    return out


def _yin(block: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Frequency and aperiodicity of frames (B, _WIDTH)."""
    block = block - block.mean(1, keepdims=True)
    lags = np.arange(_LONGEST + 2)
    whole, head = np.fft.rfft(block, _FFT), np.fft.rfft(block[:, :_WINDOW], _FFT)
    correlation = np.fft.irfft(whole * head.conj(), _FFT)[:, :len(lags)]
    energy = np.cumsum(block**2, 1)
    moved = energy[:, _WINDOW - 1:_WINDOW - 1 + len(lags)].copy()
    moved[:, 1:] -= energy[:, :len(lags) - 1]
    gap = np.maximum(moved[:, :1] + moved - 2.0 * correlation, 0.0)
    total = np.cumsum(gap[:, 1:], 1)
    gap[:, 0] = 1.0
    gap[:, 1:] = np.where(total > 1e-12, gap[:, 1:] * lags[1:] / np.maximum(total, 1e-12), 1.0)

    inside = gap[:, _SHORTEST:_LONGEST + 1]
    valley = (inside < gap[:, _SHORTEST - 1:_LONGEST]) & (inside <= gap[:, _SHORTEST + 1:_LONGEST + 2])
    good = valley & (inside < DIP)
    best = np.where(good.any(1), good.argmax(1), inside.argmin(1)) + _SHORTEST
    rows = np.arange(len(block))
    before, at, after = gap[rows, best - 1], gap[rows, best], gap[rows, best + 1]
    bend = before - 2.0 * at + after
    shift = np.where(bend > 1e-9, 0.5 * (before - after) / np.maximum(bend, 1e-9), 0.0)
    return _RATE / (best + np.clip(shift, -1.0, 1.0)), np.clip(at, 0.0, 1.0)


def _cleaned(raw: np.ndarray, voiced: np.ndarray) -> np.ndarray:
    """Hz: the median of five frames where voiced; 0 elsewhere and where it is more than an octave from the usual."""
    semitones = 12.0 * np.log2(raw)
    usual = surroundings.quantiles(semitones, (0.5,), voiced)[:, 0]
    semitones = np.where(voiced, moving_median(np.where(voiced, semitones, np.nan), 2), usual)
    kept = voiced & (np.abs(semitones - usual) <= OCTAVE)
    return np.where(kept, 2.0 ** (semitones / 12.0), 0.0).astype(np.float32)
