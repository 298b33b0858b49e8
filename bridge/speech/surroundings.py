"""What is usual around a moment: statistics over the minute of speech a frame lies in.

Levels, medians and ranks are taken over windows of ``WINDOW`` frames instead of the whole file, so that what
is heard at a moment never depends on what is said minutes later, and an hour costs no more per second than a
clip. Speech of up to a minute has one window, which is all of it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

WINDOW = 6000  # frames at 100 Hz: one minute
STEP = 1000  # a window every ten seconds
FEW = 10  # frames; fewer say nothing about what is usual


def blended(frames: int, judge: Callable[[slice, slice], np.ndarray]) -> np.ndarray:
    """What ``judge`` says of every frame, by the windows around it.

    ``judge(window, part)`` returns one row for each frame of ``part``, using what lies in ``window``. Between
    two windows' centres the two answers are mixed linearly. Returns (frames, ...) float64.
    """
    if frames <= WINDOW:
        return np.asarray(judge(slice(0, frames), slice(0, frames)), np.float64)
    anchors = range(0, frames, STEP)
    total = None
    for anchor in anchors:
        start = min(max(anchor - WINDOW // 2, 0), frames - WINDOW)
        first = max(anchor - STEP + 1, 0)
        last = frames if anchor == anchors[-1] else anchor + STEP
        part = slice(first, last)
        said = np.asarray(judge(slice(start, start + WINDOW), part), np.float64)
        if total is None:
            total = np.zeros((frames, *said.shape[1:]))
        weight = 1.0 - np.abs(np.arange(first, last) - anchor) / STEP
        if anchor == anchors[-1]:
            weight[anchor - first:] = 1.0
        total[part] += said * weight.reshape(-1, *[1] * (said.ndim - 1))
    return total


def quantiles(values: np.ndarray, levels: tuple[float, ...], among: np.ndarray | None = None) -> np.ndarray:
    """(F, len(levels)) quantiles (0..1) of ``values`` (F,) around every frame.

    ``among`` (F,) bool restricts them to some frames. A window with fewer than ``FEW`` of those takes all the
    chosen frames there are; if none is chosen at all, every frame counts.
    """
    def judge(window: slice, part: slice) -> np.ndarray:
        return np.broadcast_to(np.quantile(_chosen(values, among, window), levels),
                               (part.stop - part.start, len(levels)))

    return blended(len(values), judge)


def mean(values: np.ndarray, among: np.ndarray | None = None) -> np.ndarray:
    """Mean of ``values`` (F,) or (F, C) around every frame, the shape of ``values``; ``among`` as in ``quantiles``."""
    def judge(window: slice, part: slice) -> np.ndarray:
        return np.broadcast_to(_chosen(values, among, window).mean(0), (part.stop - part.start, *values.shape[1:]))

    return blended(len(values), judge)


def ranks(values: np.ndarray) -> np.ndarray:
    """(F,) share of the frames around each one that are lower, 0..1."""
    def judge(window: slice, part: slice) -> np.ndarray:
        ordered = np.sort(values[window])
        below, upto = (np.searchsorted(ordered, values[part], side) for side in ("left", "right"))
        return (below + upto) / (2.0 * len(ordered))

    return blended(len(values), judge)


def _chosen(values: np.ndarray, among: np.ndarray | None, window: slice) -> np.ndarray:
    if among is None or not among.any():
        return values[window]
    if np.count_nonzero(among[window]) < FEW:
        return values[among]
    return values[window][among[window]]
