"""Strokes: clips with their phases checked and measured, from which takes are put together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import poses
from .clips import FPS, Clip, strokes

SHORTEST = 4  # frames a stroke lasts at least
RETURNED = .4  # an apex nearer to the rest pose than this share of the farthest reach is the retraction, not the apex


@dataclass(frozen=True, eq=False)
class Stroke:
    """A clip with its phases in frames: start of the preparation, of the stroke, apex, start of the retraction.

    position: (3,) wrist at the apex relative to the hips, metres, of the left hand (a right hand mirrored; for
    both hands the mean). path: metres that wrist travels from stroke_start to the apex.
    """

    clip: Clip
    start: int
    stroke_start: int
    apex: int
    relax: int
    position: np.ndarray
    path: float

    @property
    def kind(self) -> str:
        return self.clip.kind

    @property
    def hands(self) -> str:
        return self.clip.hands


def measured_strokes(clips: list[Clip]) -> list[Stroke]:
    """Every stroke clip of the list and its mirror image."""
    found = []
    for clip in strokes(clips):
        found += [measure(clip), measure(clip.mirrored)]
    return found


def measure(clip: Clip) -> Stroke:
    wrists = poses.smoothed(poses.wrists(clip.rotations, clip.root))
    used = [side for side in (0, 1) if clip.hands in ("both", poses.SIDES[side])]
    start, _, _, apex, _, relax, _ = (min(round(t * FPS), len(clip) - 1) for t in clip.sync)
    leading = max(used, key=lambda side: np.ptp(wrists[:, side], axis=0).sum())
    track = wrists[:, leading]
    away = np.linalg.norm(track - track[0], axis=-1)
    if away[apex] < RETURNED * away.max():
        start, apex, relax = _phases_by_reach(away)
    apex = max(apex, start + SHORTEST)
    apex = min(apex, len(clip) - 2)
    stroke_start = _stroke_start(track, start, apex)
    lateral = np.array(((1, 1, 1), (-1, 1, 1)), np.float32)
    position = np.mean([wrists[apex, side] * lateral[side] for side in used], axis=0)
    path = np.mean([np.linalg.norm(np.diff(wrists[stroke_start:apex + 1, side], axis=0), axis=-1).sum()
                    for side in used])
    return Stroke(clip, min(start, stroke_start), stroke_start, apex, max(relax, apex + 1), position, float(path))


def _phases_by_reach(away: np.ndarray) -> tuple[int, int, int]:
    """start, apex and relax from the distance to the first frame, where the clip's own times are wrong."""
    far = np.flatnonzero(away > .85 * away.max())
    apex, relax = int(far[0]) + 2, int(far[-1])
    return int(np.argmax(away > .1 * away.max())), apex, max(relax, apex + 1)


def _stroke_start(track: np.ndarray, start: int, apex: int) -> int:
    """The last frame at which the wrist was slow before the last quick movement to the apex: effort begins."""
    speed = poses.speed(track, FPS)[start:apex + 1]
    quick = np.flatnonzero(speed >= .5 * speed.max())[-1]
    slow = np.flatnonzero(speed[:quick + 1] < .35 * speed.max())
    return start + min(int(slow[-1]) if len(slow) else 0, len(speed) - 1 - SHORTEST)
