"""Measures of lips: closures and contacts as events, visemes as frames, jaw and gap as curves.

Events are (start, stop) seconds. Tracks are sampled at the given rate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bridge.face.phones import CLOSURE, PHONES, SHUT_SHARE, VISEME_OF_PHONE

SEALED = 0.5  # mm: a gap at or below it is shut


@dataclass(frozen=True)
class Matched:
    """How predicted events meet reference events. offsets: predicted minus reference start, seconds, of the hits."""

    recall: float
    precision: float
    offsets: np.ndarray

    @property
    def f1(self) -> float:
        both = self.recall + self.precision
        return 2 * self.recall * self.precision / both if both else 0.0


def events(active: np.ndarray, rate: float, shortest: float = 0.0) -> list[tuple[float, float]]:
    """Runs of True frames at least ``shortest`` seconds long."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], np.asarray(active, np.int8), [0]])))
    runs = edges.reshape(-1, 2) / rate
    return [(float(a), float(b)) for a, b in runs if b - a >= shortest - 1e-9]


def phone_events(phones: np.ndarray, bounds: np.ndarray, wanted: frozenset[str] = CLOSURE) -> list[tuple[float, float]]:
    """Contacts that the phones demand: a stop's without its burst. phones (P,) indices, bounds (P + 1,) seconds."""
    found = []
    for phone, start, stop in zip(phones, bounds[:-1], bounds[1:], strict=True):
        if phone >= 0 and PHONES[phone] in wanted:
            share = SHUT_SHARE if PHONES[phone] in ("P", "B") else 1.0
            found.append((float(start), float(start + share * (stop - start))))
    return found


def match(predicted: list[tuple[float, float]], reference: list[tuple[float, float]], slack: float = 0.04) -> Matched:
    """A reference is hit by a predicted event that overlaps it within ``slack`` seconds; precision likewise."""
    def meets(one: tuple[float, float], others: list[tuple[float, float]]) -> tuple[float, float] | None:
        return next((other for other in others if other[0] - slack <= one[1] and one[0] <= other[1] + slack), None)

    hits = [(meets(event, predicted), event) for event in reference]
    offsets = [found[0] - event[0] for found, event in hits if found]
    right = sum(meets(event, reference) is not None for event in predicted)
    return Matched(len(offsets) / max(1, len(reference)), right / max(1, len(predicted)), np.array(offsets))


def viseme_frames(predicted: np.ndarray, reference: np.ndarray, slack: int = 3) -> tuple[float, float]:
    """Share of frames with the reference's viseme, and with that of some frame within ``slack``.

    predicted, reference: (T,) indices into ``VISEMES``; frames whose reference is below 0 do not count.
    """
    known = reference >= 0
    relaxed = np.zeros(len(reference), bool)
    for shift in range(-slack, slack + 1):
        moved = np.roll(reference, shift)
        if shift > 0:
            moved[:shift] = -1
        elif shift < 0:
            moved[shift:] = -1
        relaxed |= predicted == moved
    return float(np.mean((predicted == reference)[known])), float(np.mean(relaxed[known]))


def visemes_of(phones: np.ndarray) -> np.ndarray:
    """(T,) visemes of phone indices; -1 stays."""
    return np.where(phones < 0, -1, VISEME_OF_PHONE[phones])


def correlation(one: np.ndarray, other: np.ndarray, where: np.ndarray | None = None) -> float:
    """Pearson's r over the frames of ``where``; 0 if either does not move."""
    if where is not None:
        one, other = one[where], other[where]
    if len(one) < 2 or np.std(one) < 1e-9 or np.std(other) < 1e-9:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])


def speaking_frames(samples: np.ndarray, rate: int, frames: int, fps: float) -> np.ndarray:
    """(T,) frames whose sound in 40 ms is within 30 dB of its 95th percentile."""
    window = int(0.04 * rate)
    power = np.concatenate([np.zeros(window // 2), samples.astype(np.float64) ** 2, np.zeros(window)])
    total = np.concatenate([[0.0], np.cumsum(power)])
    start = np.minimum((np.arange(frames) / fps * rate).astype(int), len(power) - window)
    level = 10 * np.log10((total[start + window] - total[start]) / window + 1e-12)
    return level > np.percentile(level, 95) - 30


def reversals(values: np.ndarray, rate: float, least: float = 0.03) -> float:
    """Turns of direction a second whose swing exceeds ``least``."""
    turns, last, direction = 0, float(values[0]), 0
    for value in values[1:]:
        if (direction >= 0 and value < last - least) or (direction <= 0 and value > last + least):
            turns += direction != 0
            direction = 1 if value > last else -1
            last = float(value)
        elif direction * (value - last) > 0:
            last = float(value)
    return turns / (len(values) / rate)
