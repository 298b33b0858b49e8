"""Stdout kept for results, stderr for people: what Blender prints meanwhile is put aside."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
import tempfile
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


@contextmanager
def blender_silent() -> Iterator[None]:
    """Until the block ends, native code prints into a file; it is shown on stderr only if the block fails.

    Python's own stderr stays as it is, so that a progress bar can be drawn.
    """
    _flush()
    seen, told = os.dup(1), os.dup(2)
    ours = sys.stderr
    with tempfile.TemporaryFile() as aside, os.fdopen(os.dup(2), "w", encoding="utf-8", errors="replace") as people:
        os.dup2(aside.fileno(), 1)
        os.dup2(aside.fileno(), 2)
        sys.stderr = people
        try:
            yield
        except BaseException:
            _flush()
            aside.seek(0)
            with os.fdopen(os.dup(told), "wb") as shown:
                shutil.copyfileobj(aside, shown)
            raise
        finally:
            _flush()
            sys.stderr = ours
            os.dup2(seen, 1)
            os.dup2(told, 2)
            os.close(seen)
            os.close(told)


def _flush() -> None:
    """Python's and C's buffers, which would otherwise be written where stdout goes later."""
    if sys.stdout is not None:
        sys.stdout.flush()
    library = ctypes.CDLL("ucrtbase") if sys.platform == "win32" else ctypes.CDLL(None)
    library.fflush(None)
