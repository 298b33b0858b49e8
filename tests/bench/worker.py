"""The worker through its client, as Blender uses it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from bridge.messages import Request, Result
from bridge.watch import Watch
from persona_addon.client import Client, perform


@contextmanager
def worker() -> Iterator[Client]:
    """A client whose worker is not started yet."""
    client = Client()
    try:
        yield client
    finally:
        client.stop()


def timed(client: Client, request: Request) -> tuple[float, Result]:
    """Wall seconds from asking to the checked result, and the result."""
    began = time.perf_counter()
    result = perform(request, Watch(), client)
    return time.perf_counter() - began, result
