"""What is felt, on top of what is said: emotion offsets that yield to articulation."""

from __future__ import annotations

import numpy as np

from . import recipes
from .articulation import RATE, Articulation
from .filters import runs, smooth, smoothstep
from .lips import OPENERS
from .track import ARKIT, ARKIT_INDEX

JAW_GAIN = {"happy": 1.05, "angry": 1.15, "surprised": 1.1, "sad": 0.8, "disgusted": 0.95, "relaxed": 0.9}
_LOWER = np.array([name.startswith(("mouth", "jaw", "cheekPuff", "tongue")) for name in ARKIT])
_PARTING = _LOWER & (OPENERS > 4.0)
_WIDENING = np.array([name.startswith(("mouthSmile", "mouthDimple", "mouthStretch")) for name in ARKIT])
_PRESSING = np.array([name.startswith(("mouthPress", "mouthRoll", "mouthShrugLower")) for name in ARKIT])
_OPPOSED = (("mouthSmile", "mouthFrown"), ("eyeWide", "eyeSquint"), ("browOuterUp", "browDown"))
_OPEN_JAW = 0.35  # jawOpen of a mouth that is wide open in speech
_PAUSE, _PAUSE_GAIN, _PAUSE_EASE = 0.3, 1.4, 0.15  # seconds, factor of the lower face in a pause, seconds
_FADE_IN = 0.5  # seconds of the fade-in, which begins 0.2 s before the first frame


def known(emotion: dict[str, float]) -> dict[str, float]:
    """The weights of emotions the face has a pose for, summing to 1 at most."""
    weights = {name: max(0.0, float(emotion.get(name, 0.0))) for name in recipes.emotions() if name != "neutral"}
    total = sum(weights.values())
    return {name: weight / max(1.0, total) for name, weight in weights.items() if weight > 0.0}


def jaw_gain(emotion: dict[str, float]) -> float:
    """Factor on the jaw's opening in speech."""
    return 1.0 + sum(weight * (JAW_GAIN.get(name, 1.0) - 1.0) for name, weight in known(emotion).items())


def pose(emotion: dict[str, float]) -> np.ndarray:
    """(52,) the mixture's pose: upper face linear in the weights, lower face a little less; opposites subtract."""
    mixed = np.zeros(len(ARKIT))
    for name, weight in known(emotion).items():
        mixed += recipes.emotion(name) * np.where(_LOWER, weight**1.2, weight)
    for one, other in _OPPOSED:
        for side in ("Left", "Right"):
            a, b = ARKIT_INDEX[one + side], ARKIT_INDEX[other + side]
            if len(known(emotion)) > 1:
                mixed[[a, b]] -= 0.5 * min(mixed[a], mixed[b])
    return np.clip(mixed, 0.0, 1.0)


def offsets(emotion: dict[str, float], spoken: Articulation, energy: np.ndarray, seed: int) -> np.ndarray:
    """(T, 52) what the emotion adds to speech, masked where speech needs the mouth.

    energy: (T,) 0..1, how loud the voice is for this speaker; the expression breathes with it.
    """
    frames = len(spoken.weights)
    base = pose(emotion)
    if not base.any():
        return np.zeros((frames, len(ARKIT)))
    breath = 0.86 + 0.14 * smooth(energy, 0.5)
    breath *= smoothstep(0.4 + np.arange(frames) / RATE / _FADE_IN)
    track = base * breath[:, None] * _living(base, frames, seed)
    track[:, _LOWER] *= 1.0 + (_PAUSE_GAIN - 1.0) * _pauses(spoken.speaking)[:, None]
    return np.clip(track, 0.0, 1.0) * _yielding(spoken)


def _yielding(spoken: Articulation) -> np.ndarray:
    """(T, 52) share of the emotion that speech leaves."""
    closure, labiodental, rounding = (track[:, None] for track in
                                      (spoken.closure, spoken.labiodental, np.clip(spoken.rounding, 0.0, 1.0)))
    openness = np.clip(spoken.weights[:, ARKIT_INDEX["jawOpen"]] / _OPEN_JAW, 0.0, 1.0)[:, None]
    share = np.ones_like(spoken.weights)
    share[:, _PARTING] *= (1.0 - closure) * (1.0 - 0.7 * labiodental)
    share[:, _WIDENING] *= (1.0 - 0.6 * rounding) * (1.0 - 0.2 * closure)
    share[:, _PRESSING] *= 1.0 - 0.6 * openness
    return share


def _pauses(speaking: np.ndarray) -> np.ndarray:
    """(T,) 1 in pauses longer than ``_PAUSE``, back at 0 before speech goes on."""
    long_pause = np.zeros(len(speaking))
    for start, stop in runs(speaking < 0.3):
        if stop - start > _PAUSE * RATE:
            long_pause[start:max(start, stop - int(_PAUSE_EASE * RATE))] = 1.0
    return smooth(long_pause, _PAUSE_EASE / 2)


def _living(base: np.ndarray, frames: int, seed: int) -> np.ndarray:
    """(T, 52) about 1: one side of the face a little stronger, and every shape drifting slowly by 4 %."""
    random = np.random.default_rng([seed, 1])
    stronger = "Left" if random.random() < 0.7 else "Right"
    lean = random.uniform(0.02, 0.06)
    sides = np.array([1.0 + lean if name.endswith(stronger) else
                      1.0 - lean if name.endswith(("Left", "Right")) else 1.0 for name in ARKIT])
    return sides * (1.0 + 0.04 * drift(np.random.default_rng([seed, 2]), frames, len(base), 0.25))


def drift(random: np.random.Generator, frames: int, channels: int, hertz: float) -> np.ndarray:
    """(T, C) smooth noise of standard deviation near 1 that turns about ``hertz`` times a second.

    Longer tracks begin with the same values: knots are drawn in the order of time.
    """
    spacing = RATE / (2.0 * hertz)
    knots = random.standard_normal((int(frames / spacing) + 3, channels))
    place = np.arange(frames) / spacing
    low = place.astype(int)
    share = smoothstep(place - low)[:, None]
    return knots[low] * (1.0 - share) + knots[low + 1] * share


def untangled(weights: np.ndarray, articulated: np.ndarray) -> np.ndarray:
    """(T, 52) weights without combinations a face cannot make; ``articulated`` (T, 52) is what speech asked for.

    A smile gives way to rounding but never the other way; lips do not roll in while they funnel.
    """
    done = weights.copy()
    at = ARKIT_INDEX
    round_lips = np.maximum(articulated[:, at["mouthFunnel"]], articulated[:, at["mouthPucker"]])
    crowded = np.maximum(1.0, done[:, at["mouthFunnel"]] + done[:, at["mouthPucker"]])
    done[:, at["mouthFunnel"]] /= crowded
    done[:, at["mouthPucker"]] /= crowded
    for side in ("Left", "Right"):
        smile, frown = at["mouthSmile" + side], at["mouthFrown" + side]
        done[:, smile] = np.minimum(done[:, smile], 0.8 - 0.5 * round_lips)
        smiling, frowning = done[:, smile].copy(), done[:, frown].copy()
        both = 0.5 * np.minimum(smiling, frowning)
        done[:, smile] = np.where(smiling >= frowning, smiling - both, np.maximum(smiling - both, 0.0))
        done[:, frown] = np.where(frowning > smiling, frowning - both, np.maximum(frowning - both, 0.0))
        done[:, at["eyeWide" + side]] *= 1.0 - np.clip(done[:, at["eyeBlink" + side]], 0.0, 1.0)
    for name in ("mouthRollLower", "mouthRollUpper"):
        done[:, at[name]] *= 1.0 - 0.7 * np.clip(round_lips, 0.0, 1.0)
    return done
