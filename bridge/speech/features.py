"""The two feature sets the models hear, at 100 Hz, and their sampling at a model's frame rate.

Training imports these functions; a model's card names the version it was trained on and another is refused.
"""

from __future__ import annotations

import numpy as np

from . import surroundings
from .curve import analytic_kernel, difference, gaussian_kernel, hann_kernel, moving_mean, moving_median, peaks, smooth
from .prosody import Prosody
from .spectrum import Spectrum
from .speech import FEATURE_RATE

PHONES_VERSION = "phones-1"
PHONES_CHANNELS = tuple(f"mel_{band:02d}" for band in range(40))
PHONES_LEVEL = -26.0  # dBFS the voice is brought to
PHONES_FLOOR = 1e-4  # power added before the logarithm
PHONES_MEAN = 300  # frames each way over which a band's mean is taken away
PHONES_SCALE = 0.35  # brings the spread of speech to about 1

GESTURE_VERSION = "gesture-1"
GESTURE_CHANNELS = (
    *(f"mel_{band:02d}" for band in range(26)),
    "energy", "energy_change", "energy_slow", "energy_rank",
    "pitch", "pitch_change", "voicing",
    "flux", "onset",
    "rhythm", "rhythm_sin", "rhythm_cos",
    "speaking", "since_start", "to_end", "pause",
)
GESTURE_LEVEL = -23.0
GESTURE_FLOOR = 1e-5
GESTURE_SCALE = 0.28
_FAR = 5.0  # spreads from the usual beyond which a value says no more
_GAIN_LIMIT = 60.0  # dB; more would turn the noise of an empty room into a voice
_SYLLABLE_RATES = (3.0, 8.0)  # Hz


def phone_mel(powers: Spectrum, heard: Prosody) -> np.ndarray:
    """(F, 40) mel powers with the voice brought to ``PHONES_LEVEL``: what training distorts."""
    return powers.mel40 * _gain(heard, PHONES_LEVEL)[:, None].astype(np.float32)


def phones(mel: np.ndarray) -> np.ndarray:
    """(F, 40) float32 feature set ``phones`` of levelled mel powers (F, 40)."""
    log = np.log(mel.astype(np.float64) + PHONES_FLOOR)
    log -= moving_mean(log, PHONES_MEAN)
    return (log * PHONES_SCALE).astype(np.float32)


def gesture(powers: Spectrum, heard: Prosody) -> np.ndarray:
    """(F, 42) float32 feature set ``gesture``, channels as in ``GESTURE_CHANNELS``."""
    mel = np.log(np.maximum(powers.mel26 * _gain(heard, GESTURE_LEVEL)[:, None], GESTURE_FLOOR))
    level = (mel - surroundings.mean(mel, heard.speaking)) * GESTURE_SCALE
    return np.concatenate([level, _energy(heard), _pitch(heard), _onset(mel), _rhythm(heard), _activity(heard)],
                          axis=1, dtype=np.float32)


def at_rate(features: np.ndarray, fps: float, frames: int) -> np.ndarray:
    """(frames, G) float32: ``features`` (F, G) at 100 Hz seen at frame centres i / fps.

    A triangle of half-width 1 / fps (10 ms at least) averages what falls between two frames; beyond the ends
    the first and last frames go on.
    """
    if len(features) == 0:
        raise ValueError("there are no feature frames to sample")
    half = max(FEATURE_RATE / fps, 1.0)
    centre = np.arange(frames) * (FEATURE_RATE / fps)
    first = np.floor(centre - half).astype(np.int64) + 1
    total, weights = np.zeros((frames, features.shape[1])), np.zeros((frames, 1))
    for tap in range(int(np.ceil(2 * half))):
        place = first + tap
        weight = np.maximum(1.0 - np.abs(place - centre) / half, 0.0)[:, None]
        total += weight * features[np.clip(place, 0, len(features) - 1)]
        weights += weight
    return (total / weights).astype(np.float32)


def _gain(heard: Prosody, level: float) -> np.ndarray:
    """(F,) factor on power that brings the voice to ``level`` dBFS."""
    return 10.0 ** (np.minimum(level - heard.voice, _GAIN_LIMIT) / 10.0)


def _energy(heard: Prosody) -> np.ndarray:
    """Level over its median in interquartile ranges, its change over +- 50 ms, its 1.5 s course, its rank."""
    level = _standard(np.maximum(heard.level, heard.voice - 60.0), heard.speaking, least=3.0)
    return np.stack([level, difference(level, 5), smooth(level, hann_kernel(149)), surroundings.ranks(heard.level)], 1)


def _pitch(heard: Prosody) -> np.ndarray:
    """Height over the median in interquartile ranges (2 semitones at least), its change over +- 50 ms, voicing."""
    voiced = heard.voiced
    semitones = 12.0 * np.log2(np.where(voiced, heard.f0, 1.0))
    height = np.where(voiced, _standard(semitones, voiced, least=2.0), 0.0)
    both = np.pad(voiced, 5)[10:] & np.pad(voiced, 5)[:-10]
    change = np.where(both, difference(height, 5), 0.0)
    return np.stack([height, change, np.where(voiced, 1.0 - heard.aperiodicity, 0.0)], 1)


def _onset(mel: np.ndarray) -> np.ndarray:
    """Rise of the mel spectrum over its median of half a second in spreads of the minute, and its picked onsets."""
    rise = np.maximum(np.diff(mel, axis=0, prepend=mel[:1]), 0.0).mean(1)
    over = np.maximum(rise - moving_median(rise, 25), 0.0)
    flux = np.minimum(over / np.maximum(np.sqrt(surroundings.mean(over**2)), 1e-3), _FAR)
    pulses = np.zeros(len(flux))
    pulses[peaks(flux, 1.0, 5)] = 1.0
    kernel = gaussian_kernel(6.0)
    return np.stack([flux, smooth(pulses, kernel / kernel.max())], 1)


def _rhythm(heard: Prosody) -> np.ndarray:
    """How strongly the envelope beats at syllable rate (over 1 s), and where in the beat a frame is (sin, cos)."""
    low, high = (rate / FEATURE_RATE for rate in _SYLLABLE_RATES)
    envelope = np.maximum(heard.vowels - heard.voice, -40.0)
    beat = smooth(envelope, analytic_kernel(low, high, 101))
    size = np.abs(beat)
    strength = np.sqrt(smooth(size**2, hann_kernel(99)))
    weight = np.minimum(size / 3.0, 1.0) / np.maximum(size, 1e-9)  # the phase of hardly any beat counts little
    return np.stack([strength / 10.0, beat.imag * weight, beat.real * weight], 1)


def _activity(heard: Prosody) -> np.ndarray:
    """Speech activity; time since the phrase's start and to its end, length of the pause so far (tanh of seconds)."""
    frames = len(heard.speaking)
    since, until, pause = np.zeros(frames), np.zeros(frames), np.zeros(frames)
    for start, stop in heard.phrases:
        length = np.arange(stop - start)
        since[start:stop], until[start:stop] = length, length[::-1]
    stops = np.concatenate([[0], heard.phrases[:, 1]])
    starts = np.concatenate([heard.phrases[:, 0], [frames]])
    for start, stop in zip(stops, starts, strict=True):
        pause[start:stop] = np.arange(stop - start)
    times = np.tanh(np.stack([since, until, pause], 1) / FEATURE_RATE)
    return np.concatenate([smooth(heard.speaking.astype(np.float64), hann_kernel(9))[:, None], times], 1)


def _standard(values: np.ndarray, among: np.ndarray, least: float) -> np.ndarray:
    """(values - median) / interquartile range (``least`` at least) of the chosen frames around."""
    low, middle, high = surroundings.quantiles(values, (0.25, 0.5, 0.75), among).T
    return np.clip((values - middle) / np.maximum(high - low, least), -_FAR, _FAR)
