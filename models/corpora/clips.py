"""The motion clips the corpus is built from: single strokes, idles and rest poses on the canonical skeleton."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from bridge.body import rotations
from bridge.body.skeleton import CANONICAL

FPS = 30.0
SYNC = ("start", "ready", "stroke_start", "stroke", "stroke_end", "relax", "end")
VALIDATION_EVERY = 9

# index.csv's class -> class of the score
KINDS = {
    "beat": "beat", "beat_flip": "beat_flip", "chop": "chop", "negation": "negation", "stop": "stop",
    "deictic_you": "you", "deictic_me": "me", "deictic_we": "we", "deictic_there": "there",
    "deictic_here": "here", "offer": "offer", "plea_cup": "offer", "discourse": "discourse",
    "inclusive_sweep": "size", "size_iconic": "size", "shrug_question": "question",
}

_SWAP = np.array([CANONICAL.index[name.replace("left", "right") if name.startswith("left")
                                  else name.replace("right", "left")] for name in CANONICAL.names])


@dataclass(frozen=True, eq=False)
class Clip:
    """rotations: (T, 52, 4) float32; root: (T, 3) metres; sync: seconds of ``SYNC`` (empty for idles).
    hands: "left", "right", "both" or "none", as really used."""

    name: str
    source: str
    kind: str
    hands: str
    posture: str
    rotations: np.ndarray
    root: np.ndarray
    sync: tuple[float, ...] = ()

    def __len__(self) -> int:
        return len(self.root)

    @property
    def moves_whole_body(self) -> bool:
        return self.source in ("pn", "garza", "connor")

    @cached_property
    def mirrored(self) -> Clip:
        swapped = self.rotations[:, _SWAP] * np.array((1, 1, -1, -1), np.float32)
        hands = {"left": "right", "right": "left"}.get(self.hands, self.hands)
        return replace(self, name=f"{self.name} mirrored", hands=hands, rotations=swapped,
                       root=self.root * np.array((-1, 1, 1), np.float32))


def read_clips(folder: Path) -> list[Clip]:
    """All clips of ``data/motion`` (folder holds index.csv and canonical/), in the order of the index."""
    with open(folder / "index.csv", encoding="utf-8", newline="") as file:
        return [_read(folder, row) for row in csv.DictReader(file)]


def strokes(clips: list[Clip]) -> list[Clip]:
    """The single talk gestures: clips of a class of the score, with the times of their phases, by a hand that moves."""
    return [clip for clip in clips if clip.sync and clip.kind in KINDS.values() and clip.hands != "none"]


def split(clips: list[Clip]) -> tuple[list[Clip], list[Clip]]:
    """(training, validation): of each class of strokes every 9th clip by the hash of its name is validation.
    Idles and the rest poses are training."""
    talk = strokes(clips)
    training, validation = [clip for clip in clips if clip not in talk], []
    for kind in sorted({clip.kind for clip in talk}):
        ranked = sorted((clip for clip in talk if clip.kind == kind),
                        key=lambda clip: hashlib.sha256(clip.name.encode()).hexdigest())
        for place, clip in enumerate(ranked):
            (validation if place % VALIDATION_EVERY == VALIDATION_EVERY - 1 else training).append(clip)
    return training, validation


def _read(folder: Path, row: dict[str, str]) -> Clip:
    with np.load(folder / row["file"], allow_pickle=False) as archive:
        decoded = rotations.normalise(archive["q"].astype(np.float32) / 32767)
        root = archive["root"].astype(np.float32)
    sync = tuple(float(row[name]) for name in SYNC) if row["stroke"] else ()
    return Clip(row["clip"], Path(row["file"]).parts[1], KINDS.get(row["class"], row["class"]),
                {"L": "left", "R": "right", "B": "both"}.get(row["hands"], "none"), row["posture"],
                decoded, root, sync)
