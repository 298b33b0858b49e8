"""What other characters call the shapes of their faces: one table a family, and how a face is recognised.

A table has ``name``, ``rank`` (the higher wins where two fit alike), ``least`` (shapes that must be there), and
two lists: ``direct``, a shape follows ARKit weights (name = "jawOpen", or a sum { jawOpen = 1.8, ... }); ``solved``,
a shape is a whole pose of the mouth (a viseme of the recipes, or ARKit weights), and as many as there are come
together as near as they can. ``closed`` names the solved shape that shows the lips shut. ``jaw_closes``: no shape
shuts the lips over an open jaw, so the jaw itself closes. ``prefixes`` go before every name. ``paired``: these drive
both sides where a name comes without one. ``needed``: one of these must be there.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from .. import recipes
from ..track import ARKIT, ARKIT_INDEX
from .spelling import normal, readings

_MOUTH = np.array([name.startswith(("mouth", "jaw", "tongue")) for name in ARKIT], float)


@dataclass(frozen=True)
class Dialect:
    """A family of faces. direct: (52,) factors by normal name. solved: (52,) pose by normal name."""

    name: str
    rank: int
    least: int
    direct: dict[str, np.ndarray]
    solved: dict[str, np.ndarray]
    closed: frozenset[str]
    needed: frozenset[str]
    jaw_closes: bool

    def find(self, shape: str) -> str | None:
        """The normal name under which this family knows a shape key, None if it does not."""
        return next((reading for reading in readings(shape) if reading in self.direct or reading in self.solved), None)

    def worth(self, name: str) -> float:
        """How much a shape says about speech."""
        if name in self.solved:
            return 1.5
        return 1.0 if self.direct[name] @ _MOUTH else 0.2


@cache
def dialects() -> tuple[Dialect, ...]:
    """All families, by rank."""
    tables = [tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(Path(__file__).parent.glob("*.toml"))]
    return tuple(sorted((_dialect(table) for table in tables), key=lambda one: -one.rank))


def arkit() -> Dialect:
    """Apple's own family."""
    return next(dialect for dialect in dialects() if dialect.name == "ARKit 52")


def recognise(shapes: list[str]) -> Dialect | None:
    """The family the shape keys of a face speak: the one that finds most mouth shapes, None if none finds enough."""
    best, most = None, 0.0
    for dialect in dialects():
        found = {name for name in map(dialect.find, shapes) if name}
        if len(found) < dialect.least or (dialect.needed and not dialect.needed & found):
            continue
        worth = sum(dialect.worth(name) for name in found)
        if worth > most + 1e-6:
            best, most = dialect, worth
    return best


def _dialect(table: dict) -> Dialect:
    prefixes = table.get("prefixes", [""])
    direct, solved = {}, {}
    for name, weights in table.get("direct", {}).items():
        direct |= {normal(prefix + name): _factors(weights) for prefix in ["", *prefixes]}
    for name in table.get("paired", ()):
        direct[normal(name)] = _factors({name + "Left": 0.5, name + "Right": 0.5})
    for name, pose in table.get("solved", {}).items():
        row = recipes.viseme(pose) if isinstance(pose, str) else recipes.pose(pose)
        solved |= {normal(prefix + name): row for prefix in prefixes}
    closed = table.get("closed")
    return Dialect(table["name"], table["rank"], table["least"], direct, solved,
                   frozenset(normal(prefix + closed) for prefix in prefixes) if closed else frozenset(),
                   frozenset(map(normal, table.get("needed", ()))), bool(table.get("jaw_closes", False)))


def _factors(weights: str | dict[str, float]) -> np.ndarray:
    row = np.zeros(len(ARKIT))
    for name, weight in ({weights: 1.0} if isinstance(weights, str) else weights).items():
        row[ARKIT_INDEX[name]] = weight
    return row
