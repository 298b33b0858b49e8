"""The worker's life as Blender sees it: started, sent to, read, cancelled, restarted, stopped. Imports no bpy.

No threads and no waiting: whoever owns a ``Client`` calls ``poll`` ten to twenty times a second while a job runs.
Nothing a worker says is believed before it is checked, and nothing it does can do more than fail the job.
"""

from __future__ import annotations

import atexit
import enum
import itertools
import os
import sys
import tempfile
import time
import traceback
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridge import parcel, soundness, wire
from bridge.events import Done, Event, Failed, Progress
from bridge.messages import Request, Result
from bridge.parcel import Steps
from bridge.problems import Cancelled, Problem
from bridge.watch import Watch

from . import launch
from .patience import PATIENT, Limits, Patience
from .private_folder import PrivateFolder
from .process import Process, how_it_ended
from .worker_log import WorkerLog, make_room

TICK = 0.002  # seconds a poll may read while a job runs
ARRIVING = 0.006  # seconds it may take while a result is read and checked
PAUSE = 0.02  # seconds between two polls where nothing else is to be done
_FOR_THE_CODE = 0.2  # seconds after the end of its stdout in which a worker's exit code is awaited


class State(enum.Enum):
    """What the worker is doing; the panel draws from it and from nothing else."""

    OFF = "off"
    STARTING = "starting"
    READY = "ready"
    BUSY = "busy"
    CANCELLING = "cancelling"
    FAILED = "failed"


_MOVES = {
    (State.OFF, "start"): State.STARTING,
    (State.FAILED, "start"): State.STARTING,
    (State.STARTING, "hello"): State.READY,
    (State.READY, "send"): State.BUSY,
    (State.BUSY, "send"): State.BUSY,
    (State.BUSY, "cancel"): State.CANCELLING,
    (State.BUSY, "finish"): State.READY,
    (State.CANCELLING, "finish"): State.READY,
    (State.STARTING, "lose"): State.FAILED,
    (State.READY, "lose"): State.FAILED,
    (State.BUSY, "lose"): State.FAILED,
    (State.CANCELLING, "lose"): State.OFF,  # what was wanted has happened
} | {(state, "stop"): State.OFF for state in State}


@dataclass
class _Job:
    request: Request
    folder: Path | None = None  # set when it was sent


class Client:
    """One worker and the jobs it is given.

    python: the worker's interpreter, None for this one (``PERSONA_WORKER_PYTHON`` goes before it). paths: folders
    that come first on its import path, such as one with a GPU build of onnxruntime. folder: where logs and
    private folders lie, None for the system's temporary folder. env: further environment variables. program:
    what to run instead of the worker, for tests. problem: why the worker is not there, in the state FAILED.
    hello: what the worker said of itself.
    """

    def __init__(self, python: str | None = None, paths: Sequence[str] | None = None, folder: Path | None = None,
                 env: Mapping[str, str] | None = None, *, program: Sequence[str] = (), limits: Limits = PATIENT,
                 clock: Callable[[], float] = time.monotonic) -> None:
        self.python = str(python or os.environ.get("PERSONA_WORKER_PYTHON") or sys.executable)
        self.state = State.OFF
        self.problem: Problem | None = None
        self.hello: dict | None = None
        self._paths, self._program = tuple(paths or ()), tuple(program)
        self._root = Path(folder) if folder else None
        self._environment = launch.environment(env or {})
        self._limits, self._clock = limits, clock
        self._numbers = itertools.count(1)
        self._jobs: dict[int, _Job] = {}
        self._events: list[Event] = []
        self._latest: dict[int, Progress] = {}
        self._deaths: deque[float] = deque(maxlen=limits.deaths)
        self._leaving: list[Process] = []
        self._process: Process | None = None
        self._private: PrivateFolder | None = None
        self._log: WorkerLog | None = None
        self._decoder = wire.Decoder()
        self._arrival: tuple[int, Steps[Result]] | None = None
        self._patience = Patience(limits.gap, clock)
        self._ended = False

    # ---- what its owner calls ------------------------------------------------------------------------------

    @property
    def log_path(self) -> Path | None:
        """The worker's log; None before the first start."""
        return self._log.path if self._log else None

    @property
    def pid(self) -> int | None:
        """Of the worker's process, None where there is none."""
        return self._process.pid if self._process else None

    @property
    def tail(self) -> list[str]:
        """The last lines of the log."""
        return self._log.tail if self._log else []

    @property
    def given_up(self) -> bool:
        """Whether the worker has died so often lately that it is not started again."""
        return len(self._deaths) == self._deaths.maxlen and self._clock() - self._deaths[0] < self._limits.window

    def forgive(self) -> None:
        """Forgets earlier deaths, so that Self-Check may try again."""
        self._deaths.clear()

    def start(self) -> None:
        """Starts the worker if there is none. Never raises: what goes wrong shows as state and ``problem``."""
        self._look_for_quiet_death()
        if self.state not in (State.OFF, State.FAILED):
            return
        self._move("start")
        self._patience.begin()
        self._ended, self.problem, self.hello = False, None, None
        if self.given_up:
            self._lose(Problem("worker.given_up", deaths=self._limits.deaths, minutes=f"{self._limits.window / 60:g}"))
            return
        try:
            self._make_folders()
        except OSError as error:
            self._lose(Problem("worker.disk", path=self._root or tempfile.gettempdir(), why=error.strerror or error))
            return
        try:
            command = launch.command(self.python, self._paths, self._program)
            self._process = Process(command, self._environment, self._private.path / "empty")
        except OSError as error:
            self._lose(Problem("worker.start", path=self.python, why=error.strerror or error))

    def submit(self, request: Request) -> int:
        """Asks for a performance and returns the job's number; starts the worker if need be."""
        job = next(self._numbers)
        self._look_for_quiet_death()
        self._jobs[job] = _Job(request)
        if self.state in (State.OFF, State.FAILED):
            self.start()
        elif self.state in (State.READY, State.BUSY):
            self._send(job)
        return job

    def poll(self, budget: float = TICK) -> list[Event]:
        """What has happened since: the latest ``Progress`` of each job, ``Done`` and ``Failed`` for those that ended.

        Reads for at most ``budget`` seconds, ``ARRIVING`` while a result comes in.
        """
        began = time.perf_counter()
        self._patience.look()
        if self._process:
            self._process.write()
            self._read_log()
        while self._process and time.perf_counter() - began < (max(budget, ARRIVING) if self._arrival else budget):
            if not self._step():
                break
        if self._process:
            self._judge()
        self._leaving = [process for process in self._leaving if not self._has_left(process)]
        events = [*self._latest.values(), *self._events]
        self._latest, self._events = {}, []
        return events

    def cancel(self) -> None:
        """Ends every job; the worker is killed if it does not obey within ``Limits.cancel``."""
        for number, job in list(self._jobs.items()):
            if job.folder is None or (self._arrival and self._arrival[0] == number):
                self._end(Failed(number, Cancelled()))
        if self._jobs and self.state is State.BUSY:
            self._move("cancel")
            self._patience.begin()
            for number in self._jobs:
                self._process.write(wire.encode("cancel", job=number))

    def wait(self, job: int, watch: Watch | None = None) -> Result:
        """Polls until ``job`` has ended, where no event loop does: in background mode and scripts.

        ``watch`` hears of progress and can cancel, and so can Ctrl-C. Raises ``Problem``. Events of other jobs
        stay for the next ``poll``.
        """
        watch, stage = watch or Watch(), ""
        while True:
            try:
                events = self.poll(ARRIVING)
                self._events += [event for event in events if event.job != job]
                ended = next((event for event in events if event.job == job and not isinstance(event, Progress)), None)
                if isinstance(ended, Done):
                    return ended.result
                if ended:
                    break
                for event in events:
                    if event.job == job:
                        stage = _tell(watch, stage, event)
                if watch.cancelled:
                    self.cancel()
                time.sleep(PAUSE)
            except KeyboardInterrupt:
                self.cancel()
        raise ended.problem

    def stop(self) -> None:
        """Ends the worker and removes its private folder; waits ``Limits.stop`` for it at most, then kills."""
        process, self._process = self._process, None
        if process:
            process.write(wire.encode("bye"))
            process.close_input()
            if not process.wait(self._limits.stop):
                process.kill()
            self._leaving.append(process)
        self._move("stop")
        for number in list(self._jobs):
            self._end(Failed(number, Cancelled()))
        for process in self._leaving:
            process.wait(1.0)
            process.close()
        self._leaving, self._arrival, self._decoder = [], None, wire.Decoder()
        if self._private:
            self._private.remove()
            self._private = None
        atexit.unregister(self.stop)

    # ---- one thing at a time -------------------------------------------------------------------------------

    def _move(self, event: str) -> None:
        """The one place where the state changes."""
        self.state = _MOVES[self.state, event]

    def _make_folders(self) -> None:
        if self._private is None:
            self._private = PrivateFolder(self._root or Path(tempfile.gettempdir()))
            self._private.make("empty")
            logs = (self._root or self._private.path) / "logs"
            name = self._private.path.name.removeprefix("persona-")
            self._log = WorkerLog(logs / f"worker-{name}.log", self._limits.log)
            make_room(logs)
            atexit.register(self.stop)

    def _send(self, number: int) -> None:
        job = self._jobs[number]
        try:
            job.folder = self._private.make(f"job-{number}")
            files = parcel.write(job.folder, launch.seen_from_anywhere(job.request).to_json(), {})
            frame = wire.encode("generate", job=number, folder=str(job.folder), files=files)
        except OSError as error:
            self._end(Failed(number, Problem("worker.disk", path=self._private.path, why=error.strerror or error)))
            return
        except Problem as problem:
            self._end(Failed(number, problem))
            return
        self._process.write(frame)
        self._patience.hear()
        self._move("send")

    def _step(self) -> bool:
        """Does one small thing; whether there may be more to do now."""
        try:
            if self._arrival:
                self._go_on_with_arrival()
                return True
            message = self._decoder.next()
            if message is not None:
                self._receive(message)
                return True
            return self._read()
        except Problem as problem:
            self._lose(problem)
        except Exception as error:  # nothing a worker says may break Blender's timer
            traceback.print_exc()
            self._lose(Problem("internal", what=error, log=self.log_path))
        return False

    def _read(self) -> bool:
        piece = self._process.read()
        if piece:
            self._decoder.feed(piece)
            self._patience.hear()
        ended = piece is None or (piece == b"" and self._process.exit_code() is not None)
        if ended and not self._ended:
            self._ended = True
            self._patience.begin()
        return bool(piece)

    def _read_log(self) -> None:
        for _ in range(4):
            content = self._process.read_errors()
            if not content:
                return
            self._log.write(content)

    def _receive(self, message: dict) -> None:
        kind, number = message["type"], message.get("job")
        job = self._jobs.get(number)
        if kind == "hello":
            self._greet(message)
        elif kind == "problem" and number is None:
            raise _problem(message, self.log_path)
        elif kind not in ("progress", "result", "problem", "alive"):
            raise Problem("wire.broken", why=f"a message {kind} came from the worker")
        elif job is None or job.folder is None:
            return  # it has ended here already
        elif kind == "progress":
            self._latest[number] = Progress(**{name: value for name, value in message.items() if name != "type"})
        elif self.state is State.CANCELLING:
            self._end(Failed(number, Cancelled()))
        elif kind == "result":
            self._arrival = (number, soundness.receive(job.request, job.folder, message["files"]))
        else:
            self._end(Failed(number, _problem(message, self.log_path)))

    def _greet(self, hello: dict) -> None:
        if self.state is not State.STARTING:
            raise Problem("wire.broken", why="the worker said hello twice")
        launch.check_hello(hello)
        self.hello = {name: value for name, value in hello.items() if name != "type"}
        self._move("hello")
        self._send_waiting()

    def _send_waiting(self) -> None:
        for number in [number for number, job in self._jobs.items() if job.folder is None]:
            self._send(number)

    def _go_on_with_arrival(self) -> None:
        number, steps = self._arrival
        try:
            next(steps)
        except StopIteration as end:
            self._end(Done(number, end.value))
        except Problem as problem:
            self._end(Failed(number, problem))

    def _end(self, event: Done | Failed) -> None:
        """A job is over, well or not."""
        job = self._jobs.pop(event.job)
        if self._arrival and self._arrival[0] == event.job:
            self._arrival = None
        self._latest.pop(event.job, None)
        self._events.append(event)
        if job.folder:
            launch.remove(job.folder)
        busy = self.state in (State.BUSY, State.CANCELLING)
        if busy and not any(other.folder for other in self._jobs.values()):
            self._move("finish")
            self._send_waiting()

    def _judge(self) -> None:
        """Whether the worker has ended or is over a limit of time."""
        waited, silence, limits = self._patience.waited, self._patience.silence, self._limits
        if self._ended:
            if self._process.exit_code() is not None or waited > _FOR_THE_CODE:
                self._lose(self._death())
        elif self.state is State.STARTING and waited > limits.hello:
            self._lose(Problem("worker.silent", seconds=f"{limits.hello:g}", log=self.log_path))
        elif self.state is State.CANCELLING and waited > limits.cancel:
            self._lose(Cancelled())
        elif self.state is State.BUSY and silence > limits.dead:
            self._lose(Problem("worker.hung", seconds=f"{limits.dead:g}"))
        elif self.state is State.BUSY and silence > limits.ask and not self._patience.asked:
            self._patience.asked = True
            self._process.write(wire.encode("ping"))

    def _death(self) -> Problem:
        self._read_log()
        last = next((line for line in reversed(self.tail) if line.strip()), "its log is empty")
        return Problem("worker.died", how=how_it_ended(self._process.exit_code()), last=last.strip()[:300],
                       log=self.log_path)

    def _lose(self, problem: Problem) -> None:
        """There is no worker any more, or there must not be: its jobs fail, or are cancelled if that was wanted."""
        cancelled = self.state is State.CANCELLING
        if self._process:
            if not isinstance(problem, Cancelled):
                self._deaths.append(self._clock())
            self._process.kill()
            self._leaving.append(self._process)
            self._process = None
        self._decoder, self._arrival = wire.Decoder(), None
        self._move("lose")
        self.problem = None if cancelled else problem
        waiting = [number for number, job in self._jobs.items() if job.folder is None] if cancelled else []
        for number in [number for number in self._jobs if number not in waiting]:
            self._end(Failed(number, Cancelled() if cancelled else problem))
        if waiting:
            self.start()

    def _look_for_quiet_death(self) -> None:
        """A worker that died while nobody looked is no news to anybody: the next job gets a new one."""
        if self.state is State.READY and self._process.exit_code() is not None:
            self._lose(self._death())

    @staticmethod
    def _has_left(process: Process) -> bool:
        if process.exit_code() is None:
            return False
        process.close()
        return True


def perform(request: Request, watch: Watch, client: Client | None = None) -> Result:
    """A performance by the worker, waited for; ``watch`` hears of it and can cancel it.

    client: None for the one that all calls share. Raises ``Problem``.
    """
    client = client or _shared()
    result = client.wait(client.submit(request), watch)
    watch.stage("")
    for name in result.report.seconds:
        watch.seconds.pop(name, None)  # the worker's own times are finer
    return result


def _tell(watch: Watch, stage: str, progress: Progress) -> str:
    """Passes progress on to a watch that is in ``stage``, and may be cancelled at any moment; its stage now."""
    try:
        if progress.stage != stage:
            watch.stage(progress.stage)
        watch.advance(progress.done, progress.total)
    except Cancelled:
        pass  # who waits asks the watch itself
    return progress.stage


def _problem(message: dict, log: Any) -> Problem:
    if message["code"] == "cancelled":
        return Cancelled()
    try:
        return Problem.from_json({"code": message["code"], "details": {"log": log} | message["details"]})
    except TypeError as error:
        raise Problem("wire.broken", why=f"a problem cannot be read: {error}") from error


_clients: list[Client] = []


def _shared() -> Client:
    if not _clients:
        _clients.append(Client())
    return _clients[0]
