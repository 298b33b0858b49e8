"""What is told of a job while it runs and when it ends. Standard library and numpy only."""

from __future__ import annotations

from dataclasses import dataclass

from .messages import Result
from .problems import Problem


@dataclass(frozen=True)
class Progress:
    """Where a job is: ``done`` of ``total`` steps of ``stage`` (total 0 where that is not known).

    elapsed: seconds since the job began. seconds_left: seconds until it ends, None where that is not known.
    quiet: seconds in which nothing has moved, though the worker lives.
    """

    job: int
    stage: str
    done: int = 0
    total: int = 0
    elapsed: float = 0.0
    seconds_left: float | None = None
    quiet: float = 0.0


@dataclass(frozen=True)
class Done:
    """A job has ended well; ``result`` was checked against its request."""

    job: int
    result: Result


@dataclass(frozen=True)
class Failed:
    """A job has ended without a result; of code "cancelled" if that was wanted."""

    job: int
    problem: Problem


Event = Progress | Done | Failed
