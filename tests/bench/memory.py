"""The worker's memory and time over the length of the speech."""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path

from bridge.messages import Request

from .material import rig, speech
from .row import Row
from .worker import timed, worker

LENGTHS = (60.0, 150.0, 300.0, 600.0)


def measure() -> list[Row]:
    rows, seconds = [], {}
    for length in LENGTHS:
        with tempfile.TemporaryDirectory() as folder, worker() as client:
            client.start()
            with _Peak(client) as peak:
                seconds[length], _ = timed(client, Request(str(speech(length, Path(folder))), rig=rig()))
        goal = "< 500" if length == LENGTHS[-1] else ""
        rows.append(Row(f"memory, {length:g} s of speech", "MB", goal, peak.megabytes, "peak resident of the worker"))
    first, last = LENGTHS[0], LENGTHS[-1]
    rows.append(Row("time per second of speech, long over short", "ratio", "<= 1.2",
                    seconds[last] / last / (seconds[first] / first),
                    f"{last:g} s beside {first:g} s, each worker cold"))
    return rows


class _Peak:
    """The greatest resident memory of a client's worker while the block runs."""

    def __init__(self, client) -> None:
        self._client, self.megabytes, self._over = client, 0.0, threading.Event()

    def __enter__(self) -> _Peak:
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.05):
            pid = self._client.pid
            if pid is None:
                continue
            try:
                status = Path(f"/proc/{pid}/status").read_text()
            except OSError:
                time.sleep(0.01)
                continue
            found = [line for line in status.splitlines() if line.startswith("VmHWM")]
            if found:
                self.megabytes = max(self.megabytes, int(found[0].split()[1]) / 1024)
