"""Faces with few mouth shapes: the mixture of them that looks most like the ARKit weights wanted."""

from __future__ import annotations

import numpy as np

from .lips import GAP, PROTRUSION, WIDTH
from .track import ARKIT, ARKIT_INDEX

_SWEEPS = 25
_SPARSE = 0.004  # cost of using a shape at all, so that few are used at once
_TELLING = ("mouthRollLower", "mouthFunnel", "mouthPucker", "tongueOut", "mouthShrugLower", "mouthUpperUpLeft",
            "mouthSmileLeft", "mouthPressLeft")  # what tells visemes apart besides their outline


def mixture(weights: np.ndarray, poses: np.ndarray) -> np.ndarray:
    """(T, S) amounts in 0..1 of S poses (S, 52) that come nearest to (T, 52) weights.

    Box-constrained least squares by coordinate descent, over all frames at once. Poses are compared by what is
    seen: gap, width and protrusion of the lips (in centimetres), and a few weights that tell sounds apart.
    """
    seen = _seen()
    wanted, columns = weights @ seen.T, poses @ seen.T
    gram, target = columns @ columns.T, wanted @ columns.T
    amounts = np.zeros((len(weights), len(poses)))
    for _ in range(_SWEEPS):
        for place in range(len(poses)):
            if gram[place, place] > 1e-9:
                rest = target[:, place] - amounts @ gram[:, place] + amounts[:, place] * gram[place, place]
                amounts[:, place] = np.clip((rest - _SPARSE) / gram[place, place], 0.0, 1.0)
    return amounts


def _seen() -> np.ndarray:
    """(F, 52) features of a pose that weigh as much as the eye gives them."""
    telling = np.zeros((len(_TELLING), len(ARKIT)))
    for row, name in enumerate(_TELLING):
        telling[row, ARKIT_INDEX[name]] = 0.6
    return np.concatenate([np.stack([GAP, 0.5 * WIDTH, 0.5 * PROTRUSION]) / 10.0, telling])
