"""How the worker is started: with which interpreter, import path and environment; and what it must be. No bpy.

The interpreter runs isolated (``-I``) and writes no bytecode (``-B``). Its import path is given as an argument
and put in place by a line of code, so that nothing of Blender's own process is changed.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy

import bridge
from bridge import providers
from bridge.messages import Request
from bridge.problems import Problem

_BOOT = ("import json, runpy, sys\n"
         "start = json.loads(sys.argv[1])\n"
         "sys.path[:0] = start['before']\n"
         "sys.path += start['after']\n"
         "sys.argv = start['program']\n"
         "if sys.argv[0].endswith('.py'):\n"
         "    runpy.run_path(sys.argv[0], run_name='__main__')\n"
         "else:\n"
         "    runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True)\n")
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def command(python: str, paths: Sequence[str] = (), program: Sequence[str] = ()) -> list[str]:
    """The command line of a worker; ``program`` (a module or a script, with arguments) stands in for it in tests."""
    before, after = import_path(python, paths)
    start = {"before": before, "after": after, "program": list(program) or ["bridge.worker"]}
    return [python, "-I", "-B", "-X", "utf8", "-c", _BOOT, json.dumps(start)]


def import_path(python: str, paths: Sequence[str] = ()) -> tuple[list[str], list[str]]:
    """Folders that go before and after the interpreter's own.

    Blender's own Python gets this process's folder of ``bridge``, the extensions' wheels and Blender's numpy.
    Another one has its own packages, built for it, and only lacks ``bridge``.
    """
    engine = str(Path(bridge.__file__).parents[1])
    if not _same_file(python, sys.executable):
        return list(paths), [engine]
    packages = [folder for folder in sys.path if Path(folder).name in ("site-packages", "dist-packages")]
    return list(dict.fromkeys([*paths, engine, *packages, str(Path(numpy.__file__).parents[1])])), []


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Variables the worker gets besides Blender's: few threads for numpy too."""
    threads = extra.get("PERSONA_THREADS") or str(providers.default_threads())
    return dict.fromkeys(_THREADS, threads) | dict(extra)


def check_hello(hello: dict) -> None:
    """Raises ``Problem`` where the worker is of another Persona, or of an onnxruntime that was not tried."""
    versions = {name: str(version) for name, version in hello["versions"].items()}
    theirs = versions.get("persona", "an unknown version")
    if theirs != bridge.__version__:
        raise Problem("worker.foreign", path=hello["paths"].get("bridge", "?"), theirs=theirs, ours=bridge.__version__)
    found = versions.get("onnxruntime", "an unknown version")
    if not providers.is_tested(found):
        raise Problem("worker.untested", found=found, tested=providers.tested_range())


def seen_from_anywhere(request: Request) -> Request:
    """The same request with whole paths: the worker runs in a folder of its own."""
    transcript = os.path.abspath(request.transcript) if request.transcript else None
    return replace(request, audio=os.path.abspath(request.audio), transcript=transcript)


def remove(folder: Path) -> None:
    """Removes a job's folder; what cannot be removed now is swept at a later start."""
    shutil.rmtree(folder, ignore_errors=True)


def _same_file(one: str, other: str) -> bool:
    """Whether two interpreters are one and the same; not resolved, for a venv's python is a link to another."""
    return one == other or Path(one).absolute() == Path(other).absolute()
