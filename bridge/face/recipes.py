"""Poses of the face read from ``recipes.toml``: one for every viseme and every emotion."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import numpy as np

from .track import ARKIT, ARKIT_INDEX


@cache
def _poses(kind: str) -> dict[str, np.ndarray]:
    table = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return {name: pose(weights) for name, weights in table[kind].items()}


def viseme(name: str) -> np.ndarray:
    """(52,) weights of a viseme."""
    return _poses("visemes")[name]


def emotion(name: str) -> np.ndarray:
    """(52,) weights of an emotion at full strength; raises KeyError for one the face does not know."""
    return _poses("emotions")[name]


def emotions() -> tuple[str, ...]:
    """Names of the emotions the face knows."""
    return tuple(_poses("emotions"))


def pose(weights: dict[str, float]) -> np.ndarray:
    """(52,) weights of named shapes; a name without its side moves both. Raises KeyError for an unknown shape."""
    row = np.zeros(len(ARKIT))
    for name, weight in weights.items():
        for full in (name,) if name in ARKIT_INDEX else (f"{name}Left", f"{name}Right"):
            row[ARKIT_INDEX[full]] = weight
    return row
