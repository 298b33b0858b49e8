"""The worker's process: requests in over stdin, results out over stdout, until stdin ends.

Three threads: this one alone writes to the pipe, one reads from it, one does the jobs. Nothing else may
write to stdout: its descriptor is taken for the wire at the start, and what libraries print goes to stderr.
"""

from __future__ import annotations

import faulthandler
import importlib
import io
import os
import platform
import queue
import signal
import stat
import sys
import threading
from pathlib import Path
from typing import Any

from . import __version__, cards, faults, packing, parcel, pipes, providers, wire
from .events import Done, Failed, Progress
from .messages import Request, Result
from .problems import Problem
from .service import BEAT, Perform, Service, pipeline, problem_of
from .watch import Watch

MODULES = ("numpy", "onnxruntime", "soundfile", "soxr")
_PR_SET_PDEATHSIG = 1
_NICER = 5


def main(perform: Perform | None = None) -> int:
    """Serves until stdin ends; returns the exit code. Tests give another ``perform``."""
    reading, writing = _take_the_pipes()
    faulthandler.enable()
    _end_with_parent()
    _give_way()
    return _Worker(reading, writing, perform).serve()


class _Worker:
    def __init__(self, reading: int, writing: int, perform: Perform | None) -> None:
        self._reading, self._writing = reading, writing
        self._outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._folders: dict[int, Path] = {}
        self._perform = perform or pipeline
        self._service = Service(self._ended, self._carry_out)

    def serve(self) -> int:
        threading.Thread(target=self._read, name="reader", daemon=True).start()
        try:
            faults.happen("start")
            self._outbox.put(wire.encode("hello", **_hello()))
        except Problem as problem:
            self._say_problem(None, problem)
            self._outbox.put(None)
        while True:
            try:
                frame = self._outbox.get(timeout=BEAT)
            except queue.Empty:
                frame = _progress_frame(self._service.progress())
            if frame is None:
                return 1
            _write_all(self._writing, frame)

    def _read(self) -> None:
        """The reader's thread. The end of stdin ends the process at once, whatever native code is doing."""
        decoder = wire.Decoder()
        try:
            while piece := _read(self._reading):
                decoder.feed(piece)
                while (message := decoder.next()) is not None:
                    self._receive(message)
        except Exception as error:  # a worker that hears nothing must not stay
            self._say_problem(None, problem_of(error))
            self._outbox.put(None)
        else:
            os._exit(0)

    def _receive(self, message: dict) -> None:
        kind = message["type"]
        if kind == "generate":
            self._generate(message)
        elif kind == "cancel":
            faults.happen("cancel")
            self._service.cancel(message["job"])
        elif kind == "ping":
            self._outbox.put(wire.encode("alive"))
        elif kind == "bye":
            os._exit(0)
        else:
            raise Problem("wire.broken", why=f"a message {kind} came to the worker")

    def _generate(self, message: dict) -> None:
        job = message["job"]
        try:
            folder = Path(message["folder"])
            document, _arrays = parcel.complete(parcel.read(folder, message["files"]))
            request = Request.from_json(document)
        except Exception as error:  # whatever the request holds, its sender gets an answer
            self._say_problem(job, problem_of(error))
            return
        self._folders[job] = folder
        self._service.submit(job, request)

    def _carry_out(self, request: Request, watch: Watch) -> Result:
        faults.happen("job")
        return self._perform(request, watch)

    def _ended(self, event: Done | Failed) -> None:
        """Called on the job's thread."""
        folder = self._folders.pop(event.job)
        if isinstance(event, Failed):
            self._say_problem(event.job, event.problem)
            return
        try:
            files = parcel.write(folder, *packing.pack(event.result))
            self._outbox.put(wire.encode("result", job=event.job, files=files))
        except Exception as error:  # the client waits for an answer
            self._say_problem(event.job, problem_of(error))

    def _say_problem(self, job: int | None, problem: Problem) -> None:
        details = {name: value[:2000] for name, value in problem.details.items()}
        self._outbox.put(wire.encode("problem", job=job, code=problem.code, details=details))


def _hello() -> dict:
    """What this worker is made of. Raises ``Problem`` where a module it needs does not load."""
    found = {name: _module(name) for name in MODULES}
    versions = {name: str(getattr(module, "__version__", "?")) for name, module in found.items()}
    versions |= {"persona": __version__, "python": platform.python_version()}
    paths = {name: str(module.__file__) for name, module in found.items()}
    paths |= {"bridge": str(Path(__file__).parent), "python": sys.executable}
    models = [{"name": card.name, "task": card.task, "version": card.version, "licence": card.licence,
               "emotions": list(card.emotions), "fps": card.fps} for card in cards.all_cards()]
    return {"pid": os.getpid(), "versions": versions, "paths": paths, "providers": providers.available(),
            "models": models}


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except (ImportError, OSError) as error:
        raise Problem("worker.module", module=name, python=sys.executable, why=error) from error


def _progress_frame(progress: Progress | None) -> bytes:
    """The message of a running job's progress, nothing where none runs."""
    if progress is None:
        return b""
    return wire.encode("progress", **vars(progress))


def _take_the_pipes() -> tuple[int, int]:
    """Descriptors of stdin and stdout for the wire alone: whatever reads or prints elsewhere does not meet it."""
    reading, writing = os.dup(0), os.dup(1)
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(reading, os.O_BINARY)
        msvcrt.setmode(writing, os.O_BINARY)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    if stat.S_ISFIFO(os.fstat(2).st_mode):
        _let_stderr_overflow()
    return reading, writing


def _let_stderr_overflow() -> None:
    """What does not fit into the pipe of stderr while nobody reads it is lost, rather than stopping the work."""
    pipes.unblock_writing(2)
    sys.stdout = sys.stderr = io.TextIOWrapper(io.BufferedWriter(_Overflowing(), 1), "utf-8", "backslashreplace",
                                               line_buffering=True, write_through=True)


class _Overflowing(io.RawIOBase):
    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return 2

    def write(self, content: Any) -> int:
        try:
            pipes.write_some(2, bytes(content))
        except BrokenPipeError:
            pass  # the reader is gone, and the end of stdin will end this process
        return len(content)


def _read(descriptor: int) -> bytes:
    """What has come, waited for; empty at the end, as which Windows reports a broken pipe."""
    try:
        return os.read(descriptor, pipes.MOST)
    except OSError:
        return b""


def _write_all(descriptor: int, frame: bytes) -> None:
    view = memoryview(frame)
    try:
        while view:
            view = view[os.write(descriptor, view):]
    except OSError:
        os._exit(0)  # Blender is gone


def _end_with_parent() -> None:
    """On Linux the kernel ends this process with its parent, even while a native call holds everything."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _give_way() -> None:
    """Lower priority than Blender; on Windows the client starts the process with one."""
    if hasattr(os, "nice"):
        os.nice(_NICER)


if __name__ == "__main__":
    sys.exit(main())
