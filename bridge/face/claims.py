"""How the phones claim jaw, lips, rounding and spreading: strength, reach before and reach after (``claims.toml``)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from . import recipes
from .filters import exponential
from .phones import PHONES, TARGETS, VISEME_OF
from .track import ARKIT

AMOUNTS = ("jaw", "rounding", "spread")
_RATE = 0.1  # frames a millisecond
_TARGET_COLUMN = {"jaw": 0, "rounding": 1, "spread": 2}
_LIPS = ("mouthLowerDown", "mouthUpperUp", "tongueOut")
_ROUND, _SPREAD = ("mouthFunnel", "mouthPucker"), ("mouthSmile", "mouthStretch", "mouthDimple")
_FAINT = 0.02  # claim of rest, so that nothing is divided by nothing


@dataclass(frozen=True)
class Claim:
    """strength: (40,) 0..1. before, after: (40,) reach in milliseconds, the time in which it falls to 1/e."""

    strength: np.ndarray
    before: np.ndarray
    after: np.ndarray


@cache
def claim(group: str) -> Claim:
    """The claims of all phones on ``group``: jaw, lips, rounding or spread."""
    table = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))[group]
    rows = {phone: row["claim"] for row in table for phone in row["phones"].split()}
    strength, before, after = np.array([rows.get(phone, (0.0, 30.0, 30.0)) for phone in PHONES], float).T
    return Claim(strength, before, after)


def amounts(phones: np.ndarray) -> np.ndarray:
    """(T, 3) jaw opening (1 = widest vowel), rounding and spreading that (T, 40) phones ask for."""
    columns = []
    for name in AMOUNTS:
        asked = [TARGETS[phone][_TARGET_COLUMN[name]] for phone in PHONES]
        target = np.array([np.mean(pair) if pair is not None else 0.0 for pair in asked])
        columns.append(blend(phones, claim(name), target[:, None])[:, 0])
    return np.stack(columns, axis=1)


def lip_shapes(phones: np.ndarray) -> np.ndarray:
    """(T, 52) lower lip down, upper lip up and tongue out."""
    return blend(phones, claim("lips"), _poses(_LIPS))


def rounded(phones: np.ndarray) -> np.ndarray:
    """(T, 52) weights of rounding 1 in the manner of the rounded phones around: "oo" puckers, "oh" and "sh" funnel."""
    return _manner(phones, "rounding", _ROUND)


def spread(phones: np.ndarray) -> np.ndarray:
    """(T, 52) weights of spreading 1 in the manner of the spread phones around."""
    return _manner(phones, "spread", _SPREAD)


def _manner(phones: np.ndarray, name: str, names: tuple[str, ...]) -> np.ndarray:
    asked = [TARGETS[phone][_TARGET_COLUMN[name]] for phone in PHONES]
    amount = np.array([np.mean(pair) if pair is not None else 0.0 for pair in asked])
    poses = _poses(names)
    strong = (amount > 0.3) & (poses.sum(1) > 0.0)
    unit = np.divide(poses, amount[:, None], out=np.zeros_like(poses), where=strong[:, None])
    usual = unit[strong].mean(0)
    base = claim(name)
    return usual + blend(phones, Claim(base.strength * strong, base.before, base.after), unit - usual)


def _poses(names: tuple[str, ...]) -> np.ndarray:
    """(40, 52) weights of the phones' visemes, of the named shapes only."""
    wanted = np.array([any(shape.startswith(name) for name in names) for shape in ARKIT])
    return np.stack([recipes.viseme(VISEME_OF[phone]) for phone in PHONES]) * wanted


def blend(phones: np.ndarray, claim: Claim, targets: np.ndarray) -> np.ndarray:
    """(T, C) what (T, 40) phones agree on for (40, C) targets, weighed by their claims around every frame."""
    weighed = np.concatenate([targets, np.ones((len(targets), 1))], axis=1) * claim.strength[:, None]
    columns = np.flatnonzero(np.any(weighed != 0.0, axis=0))
    total = np.zeros((len(phones), weighed.shape[1]))
    reaches = np.stack([claim.before, claim.after], axis=1)
    for before, after in np.unique(reaches[claim.strength > 0.0], axis=0):
        alike = (reaches == (before, after)).all(1)
        spreadable = phones[:, alike] @ weighed[np.ix_(alike, columns)]
        total[:, columns] += exponential(spreadable, before * _RATE, after * _RATE)
    return total[:, :-1] / (total[:, -1:] + _FAINT)
