"""Where the eyes look: at the listener most of the time, away where one thinks, always in saccades."""

from __future__ import annotations

import numpy as np

from ..body.score import Score
from .articulation import RATE
from .track import ARKIT, ARKIT_INDEX

LOOK_YAW, LOOK_PITCH = np.radians(34.0), np.radians(31.0)  # eye angles at look weight 1
EYE_RANGE = np.radians(15.0)  # beyond it the head takes most
_BEYOND = 0.4  # share of what is beyond that the eyes still turn
_AVERSION = 0.45  # chance that a phrase after a long pause begins with a look away
_LONG_PAUSE = 0.5  # seconds
_DIRECTIONS = np.radians([0, 45, 90, 135, 180, 225, 270, 315])  # right, up-right, up ... of the speaker
_SHARES = np.array([15.5, 6.5, 17.7, 7.4, 16.8, 7.9, 20.4, 7.8]) / 100.0
_POINTS = np.radians([(-1.6, -0.4), (1.6, -0.4), (0.0, 1.8), (0.0, -0.2)])  # eyes, mouth and nose of the listener


def fixations(score: Score, emotion: dict[str, float], seed: int) -> list[tuple[float, float, float]]:
    """(seconds, yaw, pitch) of every fixation, radians, yaw + to the character's left, pitch + down.

    The score's own gaze targets, if it has any, are the places looked at; otherwise the listener, with looks
    away at the starts of phrases that follow a long pause. Around each place the eyes keep hopping.
    """
    random = np.random.default_rng([seed, 4])
    places = list(score.gaze) if score.gaze else _glances(score, emotion, random)
    hops = []
    ends = [time for time, _, _ in places[1:]] + [score.seconds]
    for (start, yaw, pitch), end in zip(places, ends, strict=True):
        time = start
        while time < end:
            offset = _POINTS[random.integers(len(_POINTS))] + random.normal(0.0, np.radians(0.25), 2)
            hops.append((time, yaw + offset[0], pitch + offset[1]))
            time += np.clip(0.75 * np.exp(0.5 * random.standard_normal()), 0.25, 2.5)
    return hops


def _glances(score: Score, emotion: dict[str, float], random: np.random.Generator) -> list[tuple[float, float, float]]:
    down = np.radians(6.0) * emotion.get("sad", 0.0)
    home = (0.0, 0.0, down)
    places = [home]
    last = 0.0
    for start, stop in score.phrases:
        thinking = start - last >= _LONG_PAUSE
        if start > 0.3 and random.random() < (_AVERSION if thinking else 0.12):
            size = min(6.9 * -np.log(random.uniform(0.1, 1.0)) + 4.0, 18.0)
            direction = random.choice(_DIRECTIONS, p=_SHARES)
            leave = max(places[-1][0] + 0.4, start - random.uniform(0.0, 0.25))
            back = leave + np.clip(random.normal(0.9, 0.4), 0.35, max(0.4, stop - start))
            yaw, pitch = -np.radians(size) * np.array([np.cos(direction), 0.7 * np.sin(direction)])
            places.append((leave, yaw, pitch + down))
            places.append((back, 0.0, down))
        last = stop
    return [place for place in places if place[0] < max(score.seconds, 0.01)]


def angles(fixations: list[tuple[float, float, float]], frames: int) -> np.ndarray:
    """(T, 2) yaw and pitch of the eyes, radians: from place to place in 25 ms and 2.4 ms a degree."""
    if not fixations:
        return np.zeros((frames, 2))
    places = np.array([within_reach(np.array(place[1:])) for place in fixations])
    starts = np.array([place[0] for place in fixations])
    time = np.arange(frames) / RATE
    current = np.maximum(np.searchsorted(starts, time, side="right") - 1, 0)
    before = places[np.maximum(current - 1, 0)]
    way = places[current] - before
    seconds = 0.025 + 0.0024 * np.degrees(np.linalg.norm(way, axis=1))
    share = np.clip((time - starts[current]) / seconds, 0.0, 1.0)
    return before + way * (share**3 * (10 - 15 * share + 6 * share**2))[:, None]


def within_reach(direction: np.ndarray) -> np.ndarray:
    """The part of a direction (radians) that the eyes turn; the head takes the rest."""
    size = np.linalg.norm(direction)
    if size <= EYE_RANGE:
        return direction
    return direction / size * (EYE_RANGE + _BEYOND * (size - EYE_RANGE))


def shapes(angles: np.ndarray) -> np.ndarray:
    """(T, 52) look shapes of both eyes, and the lids that follow."""
    weights = np.zeros((len(angles), len(ARKIT)))
    yaw, pitch = angles[:, 0] / LOOK_YAW, angles[:, 1] / LOOK_PITCH
    for name, amount in (("eyeLookOutLeft", yaw), ("eyeLookInRight", yaw), ("eyeLookInLeft", -yaw),
                         ("eyeLookOutRight", -yaw), ("eyeLookDownLeft", pitch), ("eyeLookDownRight", pitch),
                         ("eyeLookUpLeft", -pitch), ("eyeLookUpRight", -pitch), ("eyeBlinkLeft", 0.3 * pitch),
                         ("eyeBlinkRight", 0.3 * pitch), ("eyeWideLeft", -0.4 * pitch), ("eyeWideRight", -0.4 * pitch)):
        weights[:, ARKIT_INDEX[name]] = np.clip(amount, 0.0, 1.0)
    return weights
