"""How long work is watched: progress out, cancel in. Every long function takes a ``Watch``."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from .problems import Cancelled

Report = Callable[[str, int, int], None]


class Watch:
    """Progress and cancellation of one job.

    ``stage("listen")`` names what is being done and times it, ``advance(done, total)`` reports how
    far it is, ``check()`` raises ``Cancelled`` once ``cancel()`` was called from any thread.
    ``run(session, feeds)`` runs an ONNX Runtime session so that ``cancel()`` also stops the call in flight.
    """

    def __init__(self, report: Report | None = None) -> None:
        self._report = report or (lambda stage, done, total: None)
        self._cancelled = threading.Event()
        self._lock = threading.RLock()  # Ctrl-C may cancel from within the very thread that holds it
        self._run_options: Any = None
        self._stage = ""
        self._stage_began = time.monotonic()
        self.seconds: dict[str, float] = {}

    def stage(self, name: str) -> None:
        """Ends the running stage and begins the next one; an empty name only ends it."""
        self.check()
        now = time.monotonic()
        if self._stage:
            self.seconds[self._stage] = self.seconds.get(self._stage, 0.0) + now - self._stage_began
        self._stage, self._stage_began = name, now
        if name:
            self._report(name, 0, 0)

    def advance(self, done: int, total: int) -> None:
        self.check()
        self._report(self._stage, done, total)

    def check(self) -> None:
        if self._cancelled.is_set():
            raise Cancelled

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def cancel(self) -> None:
        self._cancelled.set()
        with self._lock:
            if self._run_options is not None:
                self._run_options.terminate = True

    def run(self, session: Any, feeds: dict) -> list:
        """All outputs of ``session`` for ``feeds``; raises ``Cancelled`` if cancelled meanwhile."""
        import onnxruntime  # only the worker has it, and only when it runs a model

        options = onnxruntime.RunOptions()
        with self._lock:
            self._run_options = options
        try:
            self.check()
            return session.run(None, feeds, options)
        except Cancelled:
            raise
        except Exception:
            self.check()  # a terminated run ends with onnxruntime's own error
            raise
        finally:
            with self._lock:
                self._run_options = None
