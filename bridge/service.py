"""Jobs, one after another on a thread of their own, watched from outside. Worker and command line use it alike."""

from __future__ import annotations

import errno
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field

from . import soundness
from .events import Done, Failed, Progress
from .messages import Request, Result
from .parcel import complete
from .problems import Problem
from .watch import Watch

Perform = Callable[[Request, Watch], Result]
BEAT = 0.2  # seconds between two looks at a running job
_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EROFS)
_NO_MEMORY = ("bad_alloc", "bad allocation", "Failed to allocate memory")


class Service:
    """Carries out requests in the order they came.

    ``tell`` is called on the job's thread with ``Done`` or ``Failed``, once for each job. ``perform`` stands in
    for the pipeline in tests.
    """

    def __init__(self, tell: Callable[[Done | Failed], None], perform: Perform | None = None) -> None:
        self._tell = tell
        self._perform = perform or pipeline
        self._waiting: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._jobs: dict[int, _Job] = {}
        self._running: _Job | None = None
        self._last: dict[str, float] = {}  # seconds of each stage of the last job that ended well
        self._thread = threading.Thread(target=self._work, name="job", daemon=True)
        self._thread.start()

    def submit(self, job: int, request: Request) -> None:
        self._jobs[job] = _Job(job, request)
        self._waiting.put(self._jobs[job])

    def cancel(self, job: int) -> None:
        """Stops a job that runs or waits; nothing happens to one that has ended."""
        found = self._jobs.get(job)
        if found is not None:
            found.watch.cancel()

    def progress(self) -> Progress | None:
        """Where the running job is now; None when none runs."""
        job = self._running
        return job.progress(self._last) if job else None

    def close(self) -> None:
        """Cancels every job and ends the thread when the running one has stopped."""
        for job in list(self._jobs):
            self.cancel(job)
        self._waiting.put(None)

    def _work(self) -> None:
        while (job := self._waiting.get()) is not None:
            job.start()
            self._running = job
            event = self._carry_out(job)
            self._running = None
            self._jobs.pop(job.number, None)
            if isinstance(event, Done):
                self._last = dict(job.watch.seconds)
            self._tell(event)

    def _carry_out(self, job: _Job) -> Done | Failed:
        try:
            job.watch.check()
            result = self._perform(job.request, job.watch)
            job.watch.check()
            complete(soundness.check(job.request, result))
            return Done(job.number, result)
        except BaseException as error:  # whatever happened, whoever waits for the job must hear of it
            return Failed(job.number, problem_of(error))


def run(request: Request, on_progress: Callable[[Progress], None] | None = None,
        perform: Perform | None = None) -> Result:
    """Carries out one request here and now; ``on_progress`` is called at least twice a second.

    Ctrl-C cancels the job. Raises ``Problem``, which is ``Cancelled`` then; a second Ctrl-C is not waited for.
    """
    ended: queue.SimpleQueue[Done | Failed] = queue.SimpleQueue()
    service = Service(ended.put, perform)
    service.submit(1, request)
    interrupted = False
    while True:
        try:
            event = ended.get(timeout=BEAT)
            break
        except queue.Empty:
            progress = service.progress()
            if progress and on_progress:
                on_progress(progress)
        except KeyboardInterrupt:
            if interrupted:
                raise
            interrupted = True
            service.cancel(1)
    service.close()
    if isinstance(event, Failed):
        raise event.problem
    return event.result


def problem_of(error: BaseException) -> Problem:
    """The problem to tell a person; what only a programmer understands goes to stderr with its traceback."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, MemoryError) or any(sign in str(error) for sign in _NO_MEMORY):
        return Problem("worker.memory")
    if isinstance(error, OSError) and error.errno in _FULL:
        return Problem("worker.disk", path=error.filename or "the disk", why=error.strerror)
    traceback.print_exception(error, file=sys.stderr)
    first_line = (str(error).splitlines() or [""])[0]
    return Problem("internal", what=f"{type(error).__name__}: {first_line}")


@dataclass
class _Job:
    """A request with its watch and the last step it reported."""

    number: int
    request: Request
    watch: Watch = field(init=False)
    began: float = 0.0
    stage_began: float = 0.0
    moved: float = 0.0
    step: tuple[str, int, int] = ("", 0, 0)

    def __post_init__(self) -> None:
        self.watch = Watch(self._moved)

    def start(self) -> None:
        self.began = self.stage_began = self.moved = time.monotonic()

    def _moved(self, stage: str, done: int, total: int) -> None:
        self.moved = time.monotonic()
        if stage != self.step[0]:
            self.stage_began = self.moved
        self.step = (stage, done, total)

    def progress(self, last: dict[str, float]) -> Progress:
        now = time.monotonic()
        stage, done, total = self.step
        seconds_left = _seconds_left(last, stage, done / total if total else 0.0, self.stage_began - self.began,
                                     now - self.stage_began)
        return Progress(self.number, stage, done, total, now - self.began, seconds_left, now - self.moved)


def _seconds_left(last: dict[str, float], stage: str, part: float, before: float, spent: float) -> float | None:
    """Seconds until the job ends, if its stages keep the proportions they had in the last one.

    last: seconds of each stage then. part: how much of this stage is done, 0..1. before, spent: seconds of the
    stages before it and in it now. None where nothing can be said yet.
    """
    if stage not in last:
        return None
    stages = list(last)
    place = stages.index(stage)
    earlier = sum(last[name] for name in stages[:place])
    if earlier and before:
        pace = before / earlier
    elif part and last[stage]:
        pace = spent / part / last[stage]
    else:
        return None
    return pace * (last[stage] * (1 - part) + sum(last[name] for name in stages[place + 1:]))


def pipeline(request: Request, watch: Watch) -> Result:
    """What makes a result of a request, imported when it is first needed."""
    from .performance import perform

    return perform(request, watch)


