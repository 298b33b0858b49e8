"""One figure of a bench."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """goal: as text, e.g. "<= 8". baseline: a peer or baseline measured in the same run, None without one."""

    measure: str
    unit: str
    goal: str
    value: float
    how: str
    baseline: float | None = None
