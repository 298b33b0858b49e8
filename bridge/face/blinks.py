"""Blinks: a renewal process of a speaking person, drawn to pauses and to shifts of gaze."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .articulation import RATE
from .filters import smoothstep
from .track import ARKIT, ARKIT_INDEX

MEDIAN, SPREAD = 2.3, 0.65  # seconds, sigma of the logarithm: about 22 a minute
SHORTEST = 0.45  # seconds between two blinks, a double one aside
DOUBLE = 0.12  # share of blinks followed by another
PULL = 0.25  # seconds a blink moves at most to a pause or a shift of gaze
_RATE_OF = {"angry": 0.75, "sad": 0.9, "fearful": 1.35, "relaxed": 0.9}


@dataclass(frozen=True)
class Blink:
    """time: seconds at which the lids are shut. closing, held, opening: seconds. depth: 0..1."""

    time: float
    closing: float
    held: float
    opening: float
    depth: float


def plan(seconds: float, magnets: list[float], forbidden: list[tuple[float, float]], emotion: dict[str, float],
         seed: int) -> tuple[Blink, ...]:
    """The blinks of ``seconds`` of speech.

    magnets: times a blink is drawn to (starts of pauses, shifts of gaze). forbidden: spans without blinks (just
    before a phrase begins). Longer speech begins with the same draws.
    """
    random = np.random.default_rng([seed, 3])
    pace = 1.0 + sum(emotion.get(name, 0.0) * (rate - 1.0) for name, rate in _RATE_OF.items())
    pace *= np.exp(random.uniform(-0.1, 0.1))
    time = random.uniform(0.4, 2.0) + 1.0 * emotion.get("surprised", 0.0)
    attract = np.sort(np.asarray(magnets, float))
    blinks: list[Blink] = []
    while time < seconds:
        when = _placed(time, attract, forbidden)
        if not blinks or when - blinks[-1].time > SHORTEST:
            blinks.append(_blink(when, random))
            if random.random() < DOUBLE:
                blinks.append(_blink(when + random.uniform(0.3, 0.4), random))
        time += max(SHORTEST, MEDIAN / pace * np.exp(SPREAD * random.standard_normal()))
    return tuple(blink for blink in blinks if blink.time < seconds)


def _placed(time: float, attract: np.ndarray, forbidden: list[tuple[float, float]]) -> float:
    if len(attract):
        nearest = attract[np.argmin(np.abs(attract - time))]
        if abs(nearest - time) <= PULL:
            time = float(nearest)
    for start, stop in forbidden:
        if start < time < stop:
            return start
    return time


def _blink(time: float, random: np.random.Generator) -> Blink:
    partial = random.random() < 0.12
    depth = random.uniform(0.55, 0.75) if partial else random.uniform(0.96, 1.0)
    return Blink(time, random.uniform(0.07, 0.095), random.uniform(0.01, 0.04), random.uniform(0.15, 0.22), depth)


def lids(blinks: tuple[Blink, ...], frames: int) -> np.ndarray:
    """(T,) how far the lids are shut: down in a half cosine, open fast at first and slow at the end."""
    track = np.zeros(frames)
    for blink in blinks:
        first = max(0, int((blink.time - blink.closing) * RATE))
        last = min(frames, int((blink.time + blink.held + 1.6 * blink.opening) * RATE) + 1)
        since = np.arange(first, last) / RATE - blink.time
        down = 0.5 + 0.5 * np.cos(np.pi * np.clip(-since / blink.closing, 0.0, 1.0))
        after = np.clip(since - blink.held, 0.0, None) / blink.opening
        up = np.exp(-2.3 * after) * (1.0 - smoothstep((after - 0.6) / 1.0))
        track[first:last] = np.maximum(track[first:last], blink.depth * np.minimum(down, up))
    return track


def shapes(lids: np.ndarray) -> np.ndarray:
    """(T, 52) the lids and what moves with them."""
    weights = np.zeros((len(lids), len(ARKIT)))
    for side in ("Left", "Right"):
        for name, share in (("eyeBlink", 1.0), ("cheekSquint", 0.05), ("eyeSquint", 0.05), ("browDown", 0.04)):
            weights[:, ARKIT_INDEX[name + side]] = share * lids
    return weights
