"""Stdout kept for results: what Blender prints meanwhile goes to stderr."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout


@contextmanager
def kept_for_results() -> Iterator[None]:
    """Until the block ends, everything printed, by Python or native code, goes to stderr."""
    _flush()
    try:
        results = os.dup(1)
    except OSError:  # a program without a console has no stdout
        yield
        return
    os.dup2(2, 1)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        _flush()
        os.dup2(results, 1)
        os.close(results)


def _flush() -> None:
    """Python's and C's buffers, which would otherwise be written where stdout goes later."""
    if sys.stdout is not None:
        sys.stdout.flush()
    library = ctypes.CDLL("ucrtbase") if sys.platform == "win32" else ctypes.CDLL(None)
    library.fflush(None)
