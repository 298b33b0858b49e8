"""Feet that stand where the source's feet stand, on legs of other proportions.

A foot of the source that does not slide still does not slide when its path is scaled by the length of the legs and
moved by a constant. The constant is chosen for each time the foot is planted, so that the leg keeps its
direction on average; from one to the next it is led over smoothly. While only the toes stand, the ankle is
led by them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..body.rotations import rotate
from .posed import Limb, Posed

PLANTED = 0.5
_BLEND = 0.12  # seconds over which ankle and toes hand over, and weights of the legs change
_REACH = 0.99999


@dataclass(frozen=True)
class Foot:
    """What one foot shall do. ankle, toes: (T, 3) the source's path scaled to the rig, metres; toes may be None.

    heel_down, toes_down: (T,) bool. leg: the rig's. toes_bone: place among the driven bones, or None.
    """

    leg: Limb
    ankle: np.ndarray
    toes: np.ndarray | None
    toes_bone: int | None
    heel_down: np.ndarray
    toes_down: np.ndarray


def plant(posed: Posed, feet: list[Foot], fps: float) -> None:
    """Raises or lowers the body and bends the legs so that every foot is at its goal."""
    width = max(1, round(_BLEND * fps))
    goals = [_goal(posed, foot, width) for foot in feet]
    posed.shift[:, 2] += _lift(posed, feet, goals, width)
    posed.shift[:, 2] -= _shortfall(posed, feet, goals, width)
    for foot, goal in zip(feet, goals, strict=True):
        foot.leg.reach(posed, goal)


def _goal(posed: Posed, foot: Foot, width: int) -> np.ndarray:
    """(T, 3) where the ankle shall be."""
    places = posed.places()
    ankle = foot.ankle + _constant(places[:, foot.leg.end] - foot.ankle, foot.heel_down)
    if foot.toes is None or foot.toes_bone is None:
        return ankle
    toes = foot.toes + _constant(places[:, foot.toes_bone] - foot.toes, foot.toes_down)
    heads = posed.driven.heads
    by_toes = toes - rotate(posed.turns[:, foot.leg.end], heads[foot.toes_bone] - heads[foot.leg.end])
    share = smooth((foot.toes_down & ~foot.heel_down).astype(float), width)[:, None]
    return ankle + share * (by_toes - ankle)


def _constant(offset: np.ndarray, down: np.ndarray) -> np.ndarray:
    """offset (T, 3) made constant while the foot is down, led over smoothly between, level (z = 0) throughout."""
    offset = offset * (1, 1, 0)
    runs = runs_of(down)
    if not runs:
        return offset
    held = np.empty_like(offset)
    means = [offset[start:end].mean(0) for start, end in runs]
    held[:runs[0][0]], held[runs[-1][0]:] = means[0], means[-1]
    for (start, end), (following, _), mean, after in zip(runs, runs[1:], means, means[1:], strict=False):
        held[start:end] = mean
        part = (np.arange(end, following) - end + 1) / (following - end + 1)
        held[end:following] = mean + (part * part * (3 - 2 * part))[:, None] * (after - mean)
    return held


def _lift(posed: Posed, feet: list[Foot], goals: list[np.ndarray], width: int) -> np.ndarray:
    """(T,) metres by which the body is raised so that the legs that carry it keep their bend."""
    places = posed.places()
    missing = np.stack([goal[:, 2] - places[:, foot.leg.end, 2] for foot, goal in zip(feet, goals, strict=True)])
    carry = np.stack([smooth((foot.heel_down | foot.toes_down).astype(float), width) for foot in feet]) + 1e-3
    return (carry * missing).sum(0) / carry.sum(0)


def _shortfall(posed: Posed, feet: list[Foot], goals: list[np.ndarray], width: int) -> np.ndarray:
    """(T,) metres by which the body is lowered so that no planted foot is out of reach."""
    places = posed.places()
    worst = np.zeros(len(places))
    for foot, goal in zip(feet, goals, strict=True):
        way = goal - places[:, foot.leg.upper]
        level = np.linalg.norm(way[:, :2], axis=1)
        deepest = np.sqrt(np.maximum((_REACH * foot.leg.length) ** 2 - level**2, 0.0))
        short = np.where(foot.heel_down | foot.toes_down, -way[:, 2] - deepest, 0.0)
        worst = np.maximum(worst, short)
    if not worst.any():
        return worst
    widest = np.max([np.roll(np.pad(worst, width), k)[width:-width] for k in range(-width, width + 1)], 0)
    return smooth(widest, width)


def runs_of(mask: np.ndarray) -> list[tuple[int, int]]:
    """(start, end) of every run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.astype(int), [0]))))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def smooth(signal: np.ndarray, width: int) -> np.ndarray:
    """(T,) averaged over 2 width + 1 frames, twice, its ends held."""
    kernel = np.full(2 * width + 1, 1 / (2 * width + 1))
    for _ in range(2):
        signal = np.convolve(np.pad(signal, width, mode="edge"), kernel, mode="valid")
    return signal
