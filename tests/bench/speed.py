"""60 s of speech to keys, the worker cold and warm."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from bridge.messages import Request

from .material import rig, speech
from .row import Row
from .worker import timed, worker

SECONDS = 60.0
REPEATS = 3


def measure() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder, worker() as client:
        request = Request(str(speech(SECONDS, Path(folder))), rig=rig())
        cold, result = timed(client, request)
        warm = statistics.median(timed(client, request)[0] for _ in range(REPEATS))
    how = "sample speech repeated to 60 s, canonical rig with 52 shapes, through the client"
    rows = [Row("60 s to keys, worker cold", "s", "<= 12", cold, how),
            Row("60 s to keys, worker warm", "s", "<= 8", warm, f"the same, median of {REPEATS}; baseline: real time",
                baseline=SECONDS)]
    rows += [Row(f"stage {stage}", "s", "", spent, "of the cold run")
             for stage, spent in result.report.seconds.items()]
    measured = result.report.measured
    rows.append(Row("keys", "count", "", measured["keys"], "baseline: a key on every frame of every channel",
                    baseline=measured["samples"]))
    return rows
