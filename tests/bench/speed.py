"""60 s of speech to written keys, the worker cold and warm."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from bridge.messages import Request, Result
from persona_addon.client import Client, Done, Failed

from .material import rig, speech
from .row import Row

SECONDS = 60.0
REPEATS = 3


def measure() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        request = Request(str(speech(SECONDS, Path(folder))), rig=rig())
        client = Client()
        try:
            cold, result = _timed(client, request)
            warm = statistics.median(_timed(client, request)[0] for _ in range(REPEATS))
        finally:
            client.stop()
    how = "worker through the client, 60 s of the sample speech, canonical rig with 52 shapes"
    rows = [Row("60 s to keys, worker cold", "s", "<= 12", cold, how),
            Row("60 s to keys, worker warm", "s", "<= 8", warm, f"{how}, median of {REPEATS}",
                baseline=SECONDS)]
    rows += [Row(f"stage {stage}", "s", "", spent, "of the cold run")
             for stage, spent in result.report.seconds.items()]
    measured = result.report.measured
    rows.append(Row("keys", "count", "few", measured["keys"], "baseline: a key on every frame of every channel",
                    baseline=measured["samples"]))
    return rows


def _timed(client: Client, request: Request) -> tuple[float, Result]:
    began = time.perf_counter()
    client.submit(request)
    while True:
        for event in client.poll():
            if isinstance(event, Done):
                return time.perf_counter() - began, event.result
            if isinstance(event, Failed):
                raise event.problem
        time.sleep(0.01)
