"""The lips as geometry: how far weights open them, and the solve that shuts them where a closure is due.

On Apple's own face mesh the gap between the lips at the mid-line is nearly linear in the weights; ``GAP`` holds
its terms in millimetres at weight 1. mouthClose undoes jawOpen and must never exceed it, or the lips cross.
"""

from __future__ import annotations

import numpy as np

from .track import ARKIT, ARKIT_INDEX

_GAP = {
    "jawOpen": 40.4, "mouthClose": -40.9, "mouthFunnel": 9.2, "mouthPucker": 1.5, "mouthRollUpper": -4.9,
    "mouthRollLower": -2.8, "mouthShrugLower": -5.8, "mouthShrugUpper": 5.1, "mouthUpperUpLeft": 5.0,
    "mouthUpperUpRight": 5.0, "mouthLowerDownLeft": 4.4, "mouthLowerDownRight": 4.4, "mouthPressLeft": -0.3,
    "mouthPressRight": -0.3, "mouthFrownLeft": -0.2, "mouthFrownRight": -0.2, "mouthDimpleLeft": 0.2,
    "mouthDimpleRight": 0.2, "mouthStretchLeft": -0.2, "mouthStretchRight": -0.2, "mouthLeft": 0.4,
    "mouthRight": 0.4, "jawForward": -0.3, "jawLeft": -0.4, "jawRight": -0.4,
}
_WIDTH = {
    "jawOpen": -9.4, "mouthClose": 4.2, "mouthFunnel": -20.2, "mouthPucker": -11.5, "mouthSmileLeft": 8.4,
    "mouthSmileRight": 8.4, "mouthStretchLeft": 5.1, "mouthStretchRight": 5.1, "mouthDimpleLeft": 4.1,
    "mouthDimpleRight": 4.1, "mouthPressLeft": 4.9, "mouthPressRight": 4.9, "mouthFrownLeft": 2.0,
    "mouthFrownRight": 2.0, "mouthUpperUpLeft": 1.1, "mouthUpperUpRight": 1.1, "mouthLeft": -1.9, "mouthRight": -1.9,
}
_PROTRUSION = {
    "jawOpen": -8.4, "mouthClose": 3.6, "mouthFunnel": 8.5, "mouthPucker": 10.8, "mouthRollUpper": -4.6,
    "mouthRollLower": -3.3, "mouthShrugLower": 2.4, "mouthSmileLeft": -1.0, "mouthSmileRight": -1.0,
    "mouthStretchLeft": -2.0, "mouthStretchRight": -2.0, "mouthDimpleLeft": -2.1, "mouthDimpleRight": -2.1,
    "mouthUpperUpLeft": -1.1, "mouthUpperUpRight": -1.1, "cheekPuff": 6.3, "jawForward": 3.4,
}
SEALED = 0.3  # mm, the gap of lips that touch
_CLOSE_PER_JAW = 40.4 / 40.9  # mouthClose that undoes jawOpen 1
_PARTED = ("mouthUpperUpLeft", "mouthUpperUpRight", "mouthLowerDownLeft", "mouthLowerDownRight", "mouthFunnel",
           "mouthShrugUpper")
_ROLLS = ("mouthRollUpper", "mouthRollLower")


def _row(terms: dict[str, float]) -> np.ndarray:
    return np.array([terms.get(name, 0.0) for name in ARKIT])


GAP, WIDTH, PROTRUSION = _row(_GAP), _row(_WIDTH), _row(_PROTRUSION)
OPENERS = np.maximum(GAP, 0.0)


def gap(weights: np.ndarray) -> np.ndarray:
    """(T,) millimetres between the lips of (T, 52) weights, 0 where they touch."""
    return np.maximum(weights @ GAP, 0.0)


def seal(weights: np.ndarray, closure: np.ndarray) -> np.ndarray:
    """(T, 52) weights whose lips are as far shut as ``closure`` (T,), 0..1, demands; 1 is sealed.

    What parts the lips yields first, mouthClose then undoes the jaw, and the lips roll in for what is left. Shapes
    that press the lips together are not counted on, since on other faces they shut less than on Apple's.
    """
    shut = weights.astype(np.float64, copy=True)
    free = np.maximum(shut @ OPENERS, 0.0)
    at = ARKIT_INDEX
    funnel = shut[:, at["mouthFunnel"]].copy()
    for name in _PARTED:
        shut[:, at[name]] *= 1.0 - closure
    yielded = funnel - shut[:, at["mouthFunnel"]]  # a rounded closure stays rounded
    shut[:, at["mouthPucker"]] = np.minimum(1.0, shut[:, at["mouthPucker"]] + 0.5 * yielded)
    shut[:, at["mouthClose"]] = np.minimum(
        np.maximum(shut[:, at["mouthClose"]], closure * _CLOSE_PER_JAW * shut[:, at["jawOpen"]]),
        shut[:, at["jawOpen"]])
    left = shut @ OPENERS + shut[:, at["mouthClose"]] * _GAP["mouthClose"] - (1.0 - closure) * free
    roll = np.clip(left / -sum(_GAP[name] for name in _ROLLS), 0.0, 1.0)
    for name in _ROLLS:
        shut[:, at[name]] = np.maximum(shut[:, at[name]], roll)
    return shut
