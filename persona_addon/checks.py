"""Self-Check: every part of Persona tried in order, and what was found as a text to send along."""

from __future__ import annotations

import platform
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import bpy

from bridge.problems import Cancelled, Problem

from . import compat, job, preferences, release

SAMPLE = Path(__file__).parent / "assets" / "sample.ogg"

Look = Generator[None, None, str]


@dataclass
class Check:
    """One part that is tried. passed is None while that goes on."""

    name: str
    passed: bool | None = None
    text: str = ""


results: list[Check] = []
going_on = False  # it reads what the worker says, so that no job may run beside it


def walk() -> Iterator[None]:
    """Fills ``results``, giving back control often enough for the window to stay usable."""
    global going_on
    results.clear()
    going_on = True
    try:
        for name, look in CHECKS.items():
            check = Check(name)
            results.append(check)
            yield
            yield from _tried(check, look)
    finally:
        going_on = False


def _tried(check: Check, look: Callable[[], Look]) -> Iterator[None]:
    try:
        check.text = yield from look()
        check.passed = True
    except Problem as problem:
        check.passed, check.text = False, str(problem)
    except Exception as error:  # whatever it is, the check exists to tell of it
        check.passed, check.text = False, f"{type(error).__name__}: {error}"


def report() -> str:
    """All results and the end of the worker's log, as plain text."""
    marks = {True: "ok", False: "FAILED", None: "not finished"}
    lines = [f"Persona {release.VERSION} Self-Check"]
    lines += [f"[{marks[check.passed]}] {check.name}: {check.text}" for check in results]
    log = Path(job.log_path()) if job.log_path() else None
    if log is not None and log.is_file():
        lines += ["", f"Last lines of {log}:", *log.read_text("utf-8", "replace").splitlines()[-20:]]
    return "\n".join(lines) + "\n"


def failed() -> list[Check]:
    return [check for check in results if check.passed is False]


def _versions() -> Look:
    import numpy

    yield
    if release.mismatch():
        raise Problem("request.invalid", what=release.mismatch())
    found = {"Blender": bpy.app.version_string, "Python": platform.python_version(), "numpy": numpy.__version__,
             "on": f"{platform.system()} {platform.machine()}"}
    return ", ".join(f"{name} {version}" for name, version in found.items())


def _models() -> Look:
    from bridge import cards

    found = []
    for task in ("gesture", "face"):
        card = cards.find(task)
        cards.verify(card)
        found.append(f"{card.name} {card.version}")
        yield
    return ", ".join(found)


def _folder() -> Look:
    yield
    folder = preferences.folder()
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        file.write(b"Persona")
    return str(folder)


def _sound() -> Look:
    yield
    if not compat.has_sound():
        return "This Blender has no sound decoder: only WAV, FLAC, OGG, MP3 and AIFF files can be used"
    return "Blender's decoder is there for videos and M4A"


def _worker() -> Look:
    client = job.client()
    client.forgive()
    client.start()
    while client.state.name == "STARTING":  # the client itself limits for how long
        client.poll()
        yield
    if client.problem is not None or client.hello is None:
        raise client.problem or Cancelled()
    return ", ".join(f"{name} {version}" for name, version in client.hello["versions"].items())


def _trial() -> Look:
    """A second of the sample speech through all stages."""
    from bridge.events import Done, Failed
    from bridge.messages import Request

    if not SAMPLE.is_file():
        raise Problem("sound.missing", name=SAMPLE)
    began = time.monotonic()
    client = job.client()
    number = client.submit(Request(audio=str(SAMPLE), end=1.0))
    while True:
        for event in client.poll():
            if event.job == number and isinstance(event, Done):
                return f"{event.result.report.found['seconds']:g} s of speech in {time.monotonic() - began:.1f} s"
            if event.job == number and isinstance(event, Failed):
                raise event.problem
        yield


CHECKS: dict[str, Callable[[], Look]] = {
    "Versions": _versions, "Models": _models, "User folder": _folder, "Sound": _sound, "Worker": _worker,
    "Trial performance": _trial}
