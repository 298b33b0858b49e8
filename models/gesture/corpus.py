"""A corpus in memory: takes built with fresh seeds, as pose channels and conditions, and windows drawn from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bridge.body.conditions import conditions
from bridge.body.observations import base_signal
from bridge.body.pose_channels import COMPONENTS, PoseBasis, learn, pose_vectors
from bridge.messages import EMOTIONS
from bridge.speech.features import at_rate
from bridge.speech.listen import listen
from bridge.speech.speech import SAMPLE_RATE
from models.corpora import speech, takes
from models.corpora.clips import FPS

SILENT = 14  # takes of a person who only stands
STRENGTHS = (.3, .5, .75, 1.0)


@dataclass(frozen=True)
class Corpus:
    """poses: (F, 106), conditions: (F, C) float32 of all takes one after the other; starts: first frame of each
    take and, last, F."""

    poses: np.ndarray
    conditions: np.ndarray
    starts: np.ndarray

    @property
    def hours(self) -> float:
        return len(self.poses) / FPS / 3600


@dataclass(frozen=True)
class Batch:
    """poses, observed: (B, N, 106); mask: (B, N, 7); conditions: (B, N, C)."""

    poses: np.ndarray
    observed: np.ndarray
    mask: np.ndarray
    conditions: np.ndarray


def build(heard: list[speech.Piece], stock: takes.Stock, plans: int, seed: int,
          basis: PoseBasis | None) -> tuple[Corpus, PoseBasis]:
    """``plans`` takes of every piece and some of silence; the basis is learned from them where none is given."""
    draw = np.random.default_rng(np.random.Philox(key=[seed, 1]))
    jobs = [(piece, _emotion(draw), float(draw.random())) for piece in heard for _ in range(plans)]
    jobs += [(_silence(), _emotion(draw), float(draw.random())) for _ in range(SILENT)]
    built, states = [], []
    for place, (piece, emotion, energy) in enumerate(jobs):
        take = takes.build(piece.speech(), stock, emotion, energy, seed * 100_000 + place)
        states.append(conditions(piece.audio[:len(take.root)], take.score, emotion, energy, FPS))
        built.append((take.rotations, take.root))
    if basis is None:
        basis = learn(np.concatenate([pose_vectors(*pose)[::3] for pose in built]))
    starts = np.cumsum([0, *(len(root) for _, root in built)])
    return Corpus(np.concatenate([basis.encode(*pose) for pose in built]), np.concatenate(states), starts), basis


def batches(corpus: Corpus, window: int, size: int, seed: int) -> Iterator[Batch]:
    """Windows drawn evenly over all frames, with parts of them observed; without end."""
    draw = np.random.default_rng(np.random.Philox(key=[seed, 2]))
    firsts = np.concatenate([np.arange(a, b - window + 1) for a, b
                             in zip(corpus.starts[:-1], corpus.starts[1:], strict=True)])
    while True:
        rows = draw.choice(firsts, size)[:, None] + np.arange(window)
        poses = corpus.poses[rows]
        mask = np.stack([observation(window, draw) for _ in range(size)])
        observed = np.zeros_like(poses)
        for row in np.flatnonzero(mask.any((1, 2))):
            seen = poses[row] + (.03 * draw.standard_normal(poses[row].shape) if draw.random() < .5 else 0)
            observed[row] = base_signal(seen.astype(np.float32), mask[row])
        yield Batch(poses, observed, mask, corpus.conditions[rows])


def observation(window: int, draw: np.random.Generator) -> np.ndarray:
    """(N, 7) mask of what is given: half the time nothing, else a prefix, both ends, keys or whole parts."""
    mask = np.zeros((window, len(COMPONENTS)), np.float32)
    kind = draw.random()
    if kind < .5:
        return mask
    if kind < .8:
        mask[:draw.integers(2, 31)] = 1
        if kind > .7:
            mask[-draw.integers(2, 31):] = 1
    elif kind < .9:
        parts = draw.random(len(COMPONENTS)) < .6
        mask[np.ix_(draw.choice(window, draw.integers(1, 7)), parts)] = 1
    else:
        mask[:, draw.random(len(COMPONENTS)) < .35] = 1
    return mask


def hear(data: Path, cache: Path) -> list[speech.Piece]:
    """The training speech, pieces long enough for a window."""
    return [piece for piece in speech.pieces(data, cache) if piece.seconds > 4.5]


def _emotion(draw: np.random.Generator) -> dict[str, float]:
    """45 % neutral, 45 % one emotion at a strength, 10 % two mixed."""
    kind = draw.random()
    if kind < .45:
        return {"neutral": 1.0}
    first, second = (str(name) for name in draw.choice(EMOTIONS[1:], 2, replace=False))
    if kind < .9:
        weight = float(draw.choice(STRENGTHS))
        return {first: weight, "neutral": 1 - weight}
    share = float(draw.uniform(.25, .75))
    return {first: share, second: 1 - share}


def _silence() -> speech.Piece:
    seconds = 15.0
    noise = 1e-4 * np.random.default_rng(0).standard_normal(int(seconds * SAMPLE_RATE)).astype(np.float32)
    heard = listen(noise)
    return speech.Piece("silence", 0.0, seconds, at_rate(heard.gesture, FPS, int(seconds * FPS)), (), ())
