"""Fingers from geometry: chains under the wrist, told apart by where they start and point."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from .family import FINGERS, finger_joints
from .shape import Shape


def find(shape: Shape, side: str, wrist: int) -> dict[str, int]:
    """Fingers by their order across the palm; the thumb is the one that starts nearest and points most aside."""
    chains = _chains(shape, wrist)
    if len(chains) < 2:
        return {}
    p = shape.points
    roots = np.array([p[c[0]] for c in chains])
    ways = np.array([_unit(p[c[-1]] - p[c[0]]) if len(c) > 1 else _unit(p[c[0]] - p[wrist]) for c in chains])
    aside = np.degrees(np.arccos(np.clip(ways @ _unit(ways.sum(0)), -1, 1)))
    near = np.linalg.norm(roots - p[wrist], axis=1)
    thumb = int(np.argmin(near / near.max() - aside / 60))
    others = [i for i in range(len(chains)) if i != thumb]
    way = _unit(ways[others].sum(0))
    across = roots[others].mean(0) - roots[thumb]
    across = across - way * (across @ way)
    others.sort(key=lambda i: float(roots[i] @ across))
    names = FINGERS[1:] if len(others) >= 4 else (FINGERS[1], FINGERS[2], FINGERS[4])[:len(others)]
    found = {}
    for name, place in [(FINGERS[0], thumb), *zip(names, others, strict=False)]:
        found |= zip(finger_joints(side, name, 3), chains[place][-3:], strict=False)
    return found


def _chains(shape: Shape, wrist: int) -> list[list[int]]:
    chains = []
    for child in shape.children[wrist]:
        for path in shape.paths(child):
            starts = [k for k in range(len(path)) if k == 0 or len(shape.children[path[k - 1]]) > 1]
            chains.append(path[starts[-1]:] if len(path) - starts[-1] >= 2 else path)
    whole = [chain for chain in chains if len(chain) >= 3]
    chains = whole if len(whole) >= 3 else [chain for chain in chains if len(chain) >= 2]  # a sword is no finger
    ended = sum(len(chain) > 3 for chain in chains) > len(chains) - 1  # even the thumb: end bones
    return [chain[:3] if ended else _phalanges(shape.points, chain) for chain in chains]


def _phalanges(p: np.ndarray, chain: list[int]) -> list[int]:
    """Three bones of a chain: a metacarpal before them or an end bone after them is left out."""
    if len(chain) <= 3:
        return chain
    steps = [float(np.linalg.norm(p[b] - p[a])) for a, b in pairwise(chain)]
    return chain[1:4] if len(chain) == 5 or steps[0] > 1.2 * steps[1] else chain[:3]


def _unit(v: np.ndarray) -> np.ndarray:
    return v / max(float(np.linalg.norm(v)), 1e-12)
