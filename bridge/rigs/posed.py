"""The keyed bones of a rig over time, and limbs of it bent so that their ends reach where they should."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..body.rotations import between, multiply, rotate
from .driven import Driven

_LONGEST = 1 - 1e-7  # of a limb's length
_LEAN = 0.02  # of a limb's length: an elbow or knee nearer to the straight line is told to which side to bend


@dataclass
class Posed:
    """turns: (T, N, 4) of bones from rest; shift: (T, 3) metres of the mover. Character space (``driven``)."""

    driven: Driven
    turns: np.ndarray
    shift: np.ndarray

    def places(self) -> np.ndarray:
        """(T, N, 3) heads of the bones."""
        return self.driven.places(self.turns, self.shift)


@dataclass(frozen=True)
class Limb:
    """An arm or a leg of a rig, bones by their place among the driven ones.

    riders: twist bones along (upper, lower). bend: (3,) in rest, where the elbow or knee goes when it bends.
    length: metres from the first joint to the last, straight.
    """

    upper: int
    lower: int
    end: int
    riders: tuple[tuple[int, ...], tuple[int, ...]]
    bend: np.ndarray
    length: float

    def reach(self, posed: Posed, goal: np.ndarray) -> None:
        """Bends the limb so that its end is at goal (T, 3), by the law of cosines in its own plane.

        The two bones swing the shortest way and keep their twist; what hangs on the end keeps its turn. A goal out
        of reach is reached for, straight.
        """
        places = posed.places()
        start, joint, end = places[:, self.upper], places[:, self.lower], places[:, self.end]
        first, second = _norm(joint - start), _norm(end - joint)
        way = goal - start
        far = np.clip(_norm(way), np.abs(first - second) + 1e-6, _LONGEST * (first + second))
        way = way / np.maximum(_norm(way), 1e-9)
        side = _off(joint - start, way)
        lean = np.maximum(_LEAN * self.length - _norm(side), 0.0)
        side = side + lean * _off(rotate(posed.turns[:, self.upper], self.bend), way)
        side = side / np.maximum(_norm(side), 1e-9)
        along = (first**2 + far**2 - second**2) / (2 * far)
        bent = start + along * way + np.sqrt(np.maximum(first**2 - along**2, 0.0)) * side
        self._swing(posed, (self.upper, *self.riders[0]), joint - start, bent - start)
        self._swing(posed, (self.lower, *self.riders[1]), end - joint, start + far * way - bent)

    @staticmethod
    def _swing(posed: Posed, bones: tuple[int, ...], old: np.ndarray, new: np.ndarray) -> None:
        swing = between(old, new)
        for bone in bones:
            posed.turns[:, bone] = multiply(swing, posed.turns[:, bone])


def _off(v: np.ndarray, way: np.ndarray) -> np.ndarray:
    """(T, 3) what of v is square to the unit directions ``way``."""
    return v - way * (v * way).sum(-1, keepdims=True)


def _norm(v: np.ndarray) -> np.ndarray:
    """(T, 1) lengths."""
    return np.linalg.norm(v, axis=-1, keepdims=True)
