"""Misfortunes on demand, for tests alone: what a worker does wrong when it is told to.

``PERSONA_FAULT=NAME`` or ``NAME:ARGUMENT`` in the worker's environment, and only where ``PERSONA_TEST=1`` stands
beside it. ``happen(place)`` is called where a fault can strike.
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys
import time


def happen(place: str) -> None:
    """Lets the fault that was asked for strike, if this is its place."""
    if os.environ.get("PERSONA_TEST") != "1":
        return
    name, _, argument = os.environ.get("PERSONA_FAULT", "").partition(":")
    if name and FAULTS[name][0] == place:
        FAULTS[name][1](argument)


def _exit(argument: str) -> None:
    print("this worker was told to stop", file=sys.stderr, flush=True)
    os._exit(int(argument or 1))


def _sleep(argument: str) -> None:
    time.sleep(float(argument or 3600))


def _crash(argument: str) -> None:
    ctypes.string_at(0)


def _freeze(argument: str) -> None:
    """Native code that never lets another thread run, for so many seconds."""
    if sys.platform == "win32":
        ctypes.PyDLL("kernel32").Sleep(int(float(argument or 3600) * 1000))
    else:
        ctypes.PyDLL(None).usleep(int(float(argument or 3600) * 1e6))


def _flood(argument: str) -> None:
    """So many megabytes on stderr, one a millisecond."""
    line = b"the same line again and again, as a library in trouble prints it\n"
    for _ in range(int(argument or 100)):
        for _ in range(16):
            sys.stderr.buffer.write(line * (62_500 // len(line)))
        time.sleep(0.001)


def _print(argument: str) -> None:
    print("a library prints to stdout")
    os.write(1, b"and so does native code\n")


def _no_memory(argument: str) -> None:
    raise MemoryError


def _full(argument: str) -> None:
    raise OSError(errno.ENOSPC, "No space left on device", "result")


# Name -> where it strikes, and what it does.
FAULTS = {
    "exit": ("start", _exit),
    "slow": ("start", _sleep),
    "crash": ("job", _crash),
    "die": ("job", _exit),
    "hang": ("job", _sleep),
    "freeze": ("job", _freeze),
    "flood": ("job", _flood),
    "print": ("job", _print),
    "memory": ("job", _no_memory),
    "full": ("job", _full),
    "die_in_cancel": ("cancel", _exit),
}
