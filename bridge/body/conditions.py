"""What the gesture model is conditioned on, frame by frame, and what is put there for "not given"."""

from __future__ import annotations

import numpy as np

from ..messages import EMOTIONS
from . import score_curves
from .expression import expression
from .score import Score

VERSION = "conditions-1"
MEL_CHANNELS = 26
MEL_GAIN, PROSODY_GAIN = .33, 1.4  # log-mel would drown the prosody
STATE = (*EMOTIONS, "has_emotion", "energy", "has_energy")


def groups(audio_channels: int) -> dict[str, slice]:
    """Where each group of channels stands: each may be left out by zeros, its flag included."""
    sizes = {"audio": audio_channels + 1, "emotion": len(EMOTIONS) + 1, "energy": 2,
             "score": len(score_curves.CHANNELS)}
    found, start = {}, 0
    for name, size in sizes.items():
        found[name] = slice(start, start + size)
        start += size
    return found


def width(audio_channels: int) -> int:
    """Number of condition channels."""
    return audio_channels + 1 + len(STATE) + len(score_curves.CHANNELS)


def conditions(audio: np.ndarray, score: Score, emotion: dict[str, float], energy: float,
               fps: float) -> np.ndarray:
    """(T, width) float32. audio: (T, G) gesture features at fps. emotion: weights that sum to 1. energy 0..1."""
    frames = len(audio)
    heard = np.ones((frames, audio.shape[1] + 1), np.float32)
    heard[:, :MEL_CHANNELS] = audio[:, :MEL_CHANNELS] * MEL_GAIN
    heard[:, MEL_CHANNELS:-1] = audio[:, MEL_CHANNELS:] * PROSODY_GAIN
    state = np.array([*(emotion.get(name, 0.0) for name in EMOTIONS), 1.0, 2 * energy - 1, 1.0], np.float32)
    planned = score_curves.curves(score, frames, fps, expression(emotion, energy).speed)
    return np.concatenate((heard, np.tile(state, (frames, 1)), planned), axis=1)
