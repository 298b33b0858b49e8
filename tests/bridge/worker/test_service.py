"""Jobs: one after another, watched, cancelled at any moment, and every one of them answered."""

import queue
import threading
import time
from itertools import pairwise

import numpy as np
import pytest

from bridge import service, soundness
from bridge.events import Done, Failed
from bridge.messages import Request, Result
from bridge.parcel import complete
from bridge.problems import Problem


@pytest.fixture
def told():
    return queue.SimpleQueue()


@pytest.fixture
def serve(told):
    made = []

    def make(perform):
        made.append(service.Service(told.put, perform))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_jobs_are_done_in_the_order_they_came(told, serve, players):
    served = serve(players.quick)
    for number in range(1, 6):
        served.submit(number, Request("0", seed=number))
    events = [told.get(timeout=5) for _ in range(5)]
    assert [event.job for event in events] == [1, 2, 3, 4, 5]
    assert [event.result.report.chosen["seed"] for event in events] == [1, 2, 3, 4, 5]


def test_progress_tells_stage_steps_and_silence(told, serve):
    step = threading.Event()

    def perform(request, watch):
        watch.stage("move")
        watch.advance(3, 12)
        step.wait(5)
        raise Problem("cancelled")

    served = serve(perform)
    assert served.progress() is None
    served.submit(1, Request("0"))
    while (progress := served.progress()) is None or progress.done == 0:
        time.sleep(0.001)
    assert (progress.job, progress.stage, progress.done, progress.total) == (1, "move", 3, 12)
    assert progress.seconds_left is None, "nothing is known of the stages to come"
    time.sleep(0.05)
    assert served.progress().quiet >= 0.05 and served.progress().elapsed >= served.progress().quiet
    step.set()
    told.get(timeout=5)
    assert served.progress() is None


def test_the_second_job_knows_how_long_it_will_take(told, serve, players):
    """After a job whose second stage took three times the first, a quarter done of the first is 1/16 of all."""
    def perform(request, watch):
        for stage, seconds in (("listen", 0.04), ("move", 0.12)):
            watch.stage(stage)
            for quarter in range(1, 5):
                time.sleep(seconds / 4)
                watch.advance(quarter, 4)
        watch.stage("")
        return players.sample_result(request)

    served = serve(perform)
    served.submit(1, Request("0"))
    told.get(timeout=5)
    served.submit(2, Request("0"))
    guesses = []
    while told.empty():
        progress = served.progress()
        if progress and progress.seconds_left is not None:
            guesses.append(progress.elapsed + progress.seconds_left)
        time.sleep(0.004)
    assert guesses and 0.1 < np.median(guesses) < 0.3


@pytest.mark.parametrize("after", [0.0, 0.02, 0.05])
def test_cancel_ends_running_and_waiting_jobs(told, serve, players, after):
    served = serve(players.quick)
    served.submit(1, Request("4"))
    served.submit(2, Request("0"))
    time.sleep(after)
    for number in (1, 2, 99):
        served.cancel(number)
    began = time.monotonic()
    # the running one looks at its watch every 0.2 s of these 4
    first, second = told.get(timeout=5), told.get(timeout=5)
    assert [(event.job, event.problem.code) for event in (first, second)] == [(1, "cancelled"), (2, "cancelled")]
    assert time.monotonic() - began < 1


@pytest.mark.parametrize(("error", "code"), [
    (Problem("request.invalid", what="so"), "request.invalid"), (MemoryError(), "worker.memory"),
    (RuntimeError("std::bad_alloc"), "worker.memory"), (OSError(28, "No space left on device"), "worker.disk"),
    (ValueError("odd"), "internal"), (SystemExit(3), "internal"), (KeyboardInterrupt(), "internal"),
    (RecursionError("deep"), "internal"),
])
def test_whatever_happens_the_job_is_answered_and_the_next_one_done(told, serve, players, error, code, capfd):
    def perform(request, watch):
        if request.seed:
            raise error
        return players.sample_result(request)

    served = serve(perform)
    served.submit(1, Request("0", seed=1))
    served.submit(2, Request("0"))
    assert told.get(timeout=5).problem.code == code
    assert isinstance(told.get(timeout=5), Done)
    assert ("Traceback" in capfd.readouterr().err or isinstance(error, SystemExit | KeyboardInterrupt)) == (
        code == "internal")


def test_a_result_that_is_unsound_is_no_result(told, serve, players):
    def perform(request, watch):
        result = players.sample_result(request)
        result.face.weights[4, 4] = np.nan
        return result

    serve(perform).submit(1, Request("0"))
    event = told.get(timeout=5)
    assert isinstance(event, Failed) and event.problem.code == "result.unsound"


def test_run_gives_the_result_and_tells_of_progress(players):
    seen = []
    result = service.run(Request("0.6", seed=4), seen.append, players.quick)
    assert isinstance(result, Result) and result.report.chosen["seed"] == 4
    assert seen and seen[-1].stage == "move"
    assert all(later.elapsed - earlier.elapsed < 0.5
               for earlier, later in pairwise(seen)), "at least twice a second"


def test_run_raises_what_went_wrong():
    def perform(request, watch):
        raise Problem("request.invalid", what="so")

    with pytest.raises(Problem, match="so"):
        service.run(Request("0"), perform=perform)


def test_ctrl_c_cancels_a_run(players, monkeypatch):
    class Impatient(queue.SimpleQueue):
        pressed = False

        def get(self, *args, **named):
            if threading.current_thread() is threading.main_thread() and not self.pressed:
                self.pressed = True
                raise KeyboardInterrupt
            return super().get(*args, **named)

    monkeypatch.setattr(service.queue, "SimpleQueue", Impatient)
    with pytest.raises(Problem) as caught:
        service.run(Request("1"), perform=players.quick)
    assert caught.value.code == "cancelled"


def test_a_sound_result_passes_in_small_steps(players, request_of_all):
    complete(soundness.check(request_of_all, players.sample_result(request_of_all)))
    long = players.sample_result(Request("0", rig=request_of_all.rig), 600.0)
    slowest = 0.0
    steps = soundness.check(Request("0", rig=request_of_all.rig), long)
    while True:
        began = time.thread_time()
        if next(steps, "end") == "end":
            break
        slowest = max(slowest, time.thread_time() - began)
    assert slowest < 0.02, "a step must fit between two redraws"


def test_every_broken_rule_is_seen(players, request_of_all):
    """The same list that the client is tried with over the wire."""
    changes = {name: change for name, (change, entries) in players.BAD_RESULTS.items() if change is not players._same}
    assert len(changes) > 10
    for name, change in changes.items():
        with pytest.raises(Problem) as caught:
            complete(soundness.check(request_of_all, change(players.sample_result(request_of_all))))
        assert caught.value.code == "result.unsound", name


def test_a_result_longer_than_the_range_asked_for_is_refused(players):
    request = Request("0", start=1.0, end=2.5)
    with pytest.raises(Problem, match="longer than the range"):
        complete(soundness.check(request, players.sample_result(request)))
