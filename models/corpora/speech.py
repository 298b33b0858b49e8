"""The speech takes are built on: pieces of ``data/speech``, heard once and kept.

Six voices are never trained on: reading in two languages, spontaneous and acted speech.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bridge import audio
from bridge.body.score import Accent
from bridge.speech.features import GESTURE_VERSION, at_rate
from bridge.speech.listen import listen
from bridge.speech.speech import FEATURE_RATE, SAMPLE_RATE, Speech

from .clips import FPS

LONGEST = 36.0  # seconds of a piece
SHORTEST = 4.0
LEFT_OUT = ("nonspeech", "synthetic", "sample_candidates")
HELD_OUT_FOLDERS = ("en_lj", "en_libri_3331", "en_libri_1688", "es_fleurs", "xx_a2f_mark")
HELD_OUT_FILES = ("en_ami/trn03.flac",)


@dataclass(frozen=True)
class Piece:
    """A stretch of a file with what was heard in it. audio: (T, G) gesture features at 30 fps."""

    file: str
    start: float
    seconds: float
    audio: np.ndarray
    accents: tuple[Accent, ...]
    phrases: tuple[tuple[float, float], ...]

    def speech(self) -> Speech:
        """As a ``Speech`` with what planning needs; samples are silence of its length."""
        empty = np.zeros((0,), np.float32)
        samples = np.zeros(round(self.seconds * SAMPLE_RATE), np.float32)
        return Speech(samples, empty, self.audio, empty, empty, empty, self.accents, self.phrases)


def files(data: Path, held_out: bool) -> list[str]:
    """Paths below ``data/speech`` of the voices to train on, or of those held out."""
    with open(data / "speech" / "index.csv", encoding="utf-8", newline="") as table:
        names = [row["file"] for row in csv.DictReader(table)]
    kept = [name for name in names if name.split("/")[0] not in LEFT_OUT]
    return [name for name in kept
            if (name.split("/")[0] in HELD_OUT_FOLDERS or name in HELD_OUT_FILES) == held_out]


def pieces(data: Path, cache: Path, held_out: bool = False) -> list[Piece]:
    """All pieces of the voices, heard on the first call and read from ``cache`` later."""
    cache.mkdir(parents=True, exist_ok=True)
    found: list[Piece] = []
    for name in files(data, held_out):
        kept = cache / f"{name.replace('/', '__')}.{GESTURE_VERSION}.npz"
        if not kept.exists():
            _keep(kept, _pieces(data, name))
        found += _kept(kept, name)
    return found


def heard(data: Path, name: str) -> list[tuple[float, Speech]]:
    """The pieces of one file with the second each starts at; those too short or without speech left out."""
    samples = audio.read(data / "speech" / name)
    found = ((start / SAMPLE_RATE, listen(samples[start:end])) for start, end in _cuts(samples))
    return [(start, speech) for start, speech in found if speech.seconds >= SHORTEST and speech.phrases]


def _pieces(data: Path, name: str) -> list[Piece]:
    return [Piece(name, start, speech.seconds,
                  at_rate(speech.gesture, FPS, int(np.ceil(speech.seconds * FPS))), speech.accents, speech.phrases)
            for start, speech in heard(data, name)]


def _cuts(samples: np.ndarray) -> list[tuple[int, int]]:
    """Stretches of at most ``LONGEST``, cut where the sound is quietest."""
    count = int(np.ceil(len(samples) / (LONGEST * SAMPLE_RATE)))
    if count <= 1:
        return [(0, len(samples))]
    hop = SAMPLE_RATE // FEATURE_RATE
    level = np.convolve(np.add.reduceat(samples ** 2, np.arange(0, len(samples), hop)), np.ones(25) / 25, "same")
    edges = [0]
    for part in range(1, count):
        about = part * len(level) // count
        near = slice(max(about - 200, 0), about + 200)
        edges.append((near.start + int(np.argmin(level[near]))) * hop)
    return list(zip(edges, [*edges[1:], len(samples)], strict=True))


def _keep(path: Path, found: list[Piece]) -> None:
    columns = {}
    for place, piece in enumerate(found):
        columns[f"{place}.audio"] = piece.audio.astype(np.float32)
        columns[f"{place}.accents"] = np.array([(a.time, a.strength) for a in piece.accents]).reshape(-1, 2)
        columns[f"{place}.phrases"] = np.array(piece.phrases).reshape(-1, 2)
        columns[f"{place}.span"] = np.array((piece.start, piece.seconds))
    np.savez_compressed(path, count=len(found), **columns)


def _kept(path: Path, name: str) -> list[Piece]:
    with np.load(path, allow_pickle=False) as columns:
        return [Piece(name, *(float(value) for value in columns[f"{place}.span"]), columns[f"{place}.audio"],
                      tuple(Accent(float(t), float(z)) for t, z in columns[f"{place}.accents"]),
                      tuple((float(a), float(b)) for a, b in columns[f"{place}.phrases"]))
                for place in range(int(columns["count"]))]
