"""How long a worker is waited for. Imports no bpy.

Counted are only seconds in which somebody looked: a system that slept, or a Blender that rendered for an hour,
makes no worker late.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from .worker_log import LIMIT


@dataclass(frozen=True)
class Limits:
    """Seconds: to say hello; of silence before asking and before killing; to cancel; to stop; between two looks,
    of which no more than ``gap`` is counted. So many ``deaths`` within ``window`` seconds are enough. Bytes of the
    log."""

    hello: float = 30.0
    ask: float = 10.0
    dead: float = 30.0
    cancel: float = 2.0
    stop: float = 0.5
    gap: float = 1.0
    deaths: int = 5
    window: float = 180.0
    log: int = LIMIT


PATIENT = Limits()


class Patience:
    """Watches the clock for one client. waited: seconds since ``begin``; silence: seconds since ``hear``."""

    def __init__(self, gap: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._gap, self._clock = gap, clock
        self._seen = clock()
        self._now = self._began = self._heard = 0.0
        self.asked = False

    def look(self) -> None:
        """Somebody looks now: the time since the last look counts, up to ``gap``."""
        now = self._clock()
        self._now += max(0.0, min(now - self._seen, self._gap))
        self._seen = now

    def begin(self) -> None:
        """What is waited for begins now."""
        self._seen = self._clock()
        self._began = self._now
        self.hear()

    def hear(self) -> None:
        """A sign of life came."""
        self._heard, self.asked = self._now, False

    @property
    def waited(self) -> float:
        return self._now - self._began

    @property
    def silence(self) -> float:
        return self._now - self._heard
