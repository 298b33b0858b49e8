"""Faces with few mouth shapes: the mixture of them that looks most like the ARKit weights wanted."""

from __future__ import annotations

import numpy as np

from .lips import GAP, PROTRUSION, WIDTH
from .track import ARKIT

_SWEEPS = 80
_SPARSE = 0.004  # cost of using a shape at all, so that few are used at once
_OUTLINE, _DETAIL = 0.1, 0.8  # weight of millimetres of outline, and of each weight of the mouth
_MOUTH = np.array([name.startswith(("mouth", "jaw", "tongue")) for name in ARKIT], float)


def mixture(weights: np.ndarray, poses: np.ndarray) -> np.ndarray:
    """(T, S) amounts in 0..1 of S poses (S, 52) that come nearest to (T, 52) weights.

    Box-constrained least squares by coordinate descent, over all frames at once. Poses are compared by what is
    seen: gap, width and protrusion of the lips most of all, then every weight of the mouth.
    """
    seen = _seen()
    wanted, columns = weights @ seen.T, poses @ seen.T
    gram, target = columns @ columns.T, wanted @ columns.T
    amounts = _best_alone(gram, target)
    for _ in range(_SWEEPS):
        for place in range(len(poses)):
            if gram[place, place] > 1e-9:
                rest = target[:, place] - amounts @ gram[:, place] + amounts[:, place] * gram[place, place]
                amounts[:, place] = np.clip((rest - _SPARSE) / gram[place, place], 0.0, 1.0)
    return amounts


def _best_alone(gram: np.ndarray, target: np.ndarray) -> np.ndarray:
    """(T, S) the one pose that comes nearest by itself, as a start."""
    size = np.maximum(np.diag(gram), 1e-9)
    alone = np.clip(target / size, 0.0, 1.0)
    gain = 2.0 * alone * target - alone**2 * size
    return np.where(np.arange(len(gram)) == gain.argmax(1)[:, None], alone, 0.0)


def _seen() -> np.ndarray:
    """(F, 52) features of a pose that weigh as much as the eye gives them."""
    outline = np.stack([GAP, 0.5 * WIDTH, 0.5 * PROTRUSION])
    return np.concatenate([_OUTLINE * outline, _DETAIL * np.diag(_MOUTH)])
