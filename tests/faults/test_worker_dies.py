"""F1 to F10, F15 and F16: workers that do not start, die, hang or go quiet."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from random import Random

import pytest

from bridge.events import Failed, Progress
from bridge.messages import Request
from tests.mock.workers import PLAYERS, runs

pytestmark = pytest.mark.fault


def short(**changed):
    from persona_addon.client import Limits

    return replace(Limits(hello=20.0, ask=0.3, dead=1.2, cancel=0.5, stop=0.5, gap=0.2), **changed)


# ---- F1 ----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("kind", ["missing", "not executable", "a folder", "no program"])
def test_f1_an_interpreter_that_cannot_be_started_is_named_within_a_second(watch, tmp_path, kind):
    path = tmp_path / "pythön #1"
    if kind == "a folder":
        path.mkdir()
    elif kind != "missing":
        path.write_bytes(b"no program at all")
        path.chmod(0o755 if kind == "no program" else 0o644)
    watched = watch("play", "quick", python=str(path))
    began = time.monotonic()
    problem = watched.fail(Request("0"))
    assert problem.code == "worker.start" and str(path) in str(problem)
    assert time.monotonic() - began < 1.0
    assert watched.client.state.name == "FAILED" and watched.client.problem is problem


def test_f1_a_python_without_the_modules_is_named(watch, tmp_path):
    """Another interpreter, isolated from this one's packages: a venv with nothing in it."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    python = next((tmp_path / "bare").glob("*/python.exe" if sys.platform == "win32" else "bin/python"))
    watched = watch(python=str(python))
    problem = watched.fail(Request("0"))
    assert problem.code == "worker.died" and "No module named" in str(problem)


# ---- F2, F3, F4 --------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("player", "how"), [(("gone", "1"), "with code 1"), (("killed",), "with SIGKILL")])
def test_f2_a_worker_that_ends_before_hello_is_told_with_its_last_lines(watch, player, how):
    if player == ("killed",) and sys.platform == "win32":
        pytest.skip("signals end processes on POSIX only")
    watched = watch(*player)
    problem = watched.fail(Request("0"))
    assert problem.code == "worker.died" and how in problem.sentence
    if player[0] == "gone":
        assert "DLL load failed" in problem.sentence
        assert len(watched.client.tail) == 20 and watched.client.tail[-2] == "line 29"
        assert "DLL load failed" in watched.client.log_path.read_text()


def test_f2_the_end_is_told_within_a_second(watch):
    watched = watch("gone", "1")
    watched.client.start()
    watched.until(lambda: not watched.client._process or watched.client._process.exit_code() is not None)
    assert watched.reach(watched.client.state.FAILED) < 1.0


def test_f2_f3_the_real_worker_ends_or_is_slow_at_the_start(watch):
    told_to = {"PERSONA_TEST": "1"}
    problem = watch("play", "quick", env=told_to | {"PERSONA_FAULT": "exit:3"}).fail(Request("0"))
    assert problem.sentence == "The worker stopped with code 3: this worker was told to stop."
    watch("play", "quick", env=told_to | {"PERSONA_FAULT": "slow:0.5"}).run(Request("0"))


def test_faults_happen_in_tests_only(watch):
    watch("play", "quick", env={"PERSONA_FAULT": "exit:3"}).run(Request("0"))


def test_f3_a_slow_start_is_waited_for(watch, states):
    watched = watch("late", "0.8")
    job = watched.client.submit(Request("0"))
    watched.tick()
    assert watched.client.state is states.STARTING
    assert watched.finish(job).result.body is not None
    assert watched.slowest < 0.1, "the window stays alive"


def test_f4_a_worker_that_never_says_hello_is_killed(watch):
    watched = watch("mute", limits=short(hello=0.4))
    problem = watched.fail(Request("0"))
    assert problem.code == "worker.silent" and str(watched.client.log_path) in str(problem)
    watched.until(lambda: not watched.alive(), 1.0)


# ---- F6, F7, F8 --------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("fault", "how"), [("crash", "with SIGSEGV"), ("die:7", "with code 7"), ("die:0", "code 0")])
def test_f6_a_worker_that_dies_in_a_job_is_told_within_a_second_and_the_next_click_works(watch, fault, how, left_over):
    if fault == "crash" and sys.platform == "win32":
        pytest.skip("Windows names an access violation by a number")
    watched = watch("play", "quick", env={"PERSONA_TEST": "1", "PERSONA_FAULT": fault})
    problem = watched.fail(Request("0"))
    assert problem.code == "worker.died" and how in problem.sentence
    assert watched.client.state.name == "FAILED" and not left_over()
    watched.client._environment.pop("PERSONA_FAULT")
    watched.run(Request("0"))


@pytest.mark.parametrize("moment", [0.0, 0.03, 0.3])
def test_f6_killed_at_any_moment(watch, moment):
    watched = watch("play", "quick")
    watched.run(Request("0"))
    job = watched.client.submit(Request("0.2"))
    watched.go_on(moment)
    watched.client._process._child.kill()
    watched.client._process.wait(5)
    event = watched.finish(job, 2.0)
    assert moment == 0.3 or event.problem.code == "worker.died"
    watched.run(Request("0"))


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("blow", ["kill", "cancel"])
def test_f6_f8_a_hundred_blows_at_random_moments(watch, states, left_over, record_property, blow):
    """From before hello to after the result; the seed is told, so that a moment can be found again."""
    seed = int.from_bytes(os.urandom(4), "little")
    record_property("seed", seed)
    print(f"seed {seed}")
    random = Random(seed)
    watched = watch("play", "quick", limits=short(deaths=1000))
    for _ in range(100):
        job = watched.client.submit(Request("0.2"))
        watched.go_on(random.choice((0.01, 0.1, 0.5)) * random.random())
        if blow == "cancel":
            watched.client.cancel()
        elif watched.client._process:
            watched.client._process._child.kill()
        event = watched.finish(job, 5.0)
        if isinstance(event, Failed):
            assert event.problem.code == ("cancelled" if blow == "cancel" else "worker.died")
        watched.until(lambda: watched.client.state in (states.OFF, states.READY, states.FAILED), 5.0)
        assert left_over() == []
    watched.until(lambda: watched.alive() in ([], [watched.client.pid]), 2.0)


def test_a_worker_that_died_while_nobody_looked_is_no_news(watch):
    watched = watch("play", "quick")
    watched.run(Request("0"))
    watched.client._process._child.kill()
    watched.client._process.wait(5)
    watched.run(Request("0"))


def test_f7_death_during_cancel_is_the_same_as_cancelled(watch, states):
    watched = watch("play", "quick", env={"PERSONA_TEST": "1", "PERSONA_FAULT": "die_in_cancel"})
    job = watched.client.submit(Request("3"))
    watched.until(lambda: any(isinstance(event, Progress) for event in watched.events))
    watched.client.cancel()
    assert watched.finish(job).problem.code == "cancelled"
    assert watched.client.state is states.OFF and watched.client.problem is None


@pytest.mark.parametrize("player", [("deaf",), ("play", "quick")])
def test_f8_a_worker_that_ignores_cancel_is_killed_in_time(watch, states, player):
    watched = watch(*player, env={"PERSONA_TEST": "1", "PERSONA_FAULT": "hang"})
    job = watched.client.submit(Request("0"))
    watched.until(lambda: any(isinstance(event, Progress) for event in watched.events))
    watched.client.cancel()
    assert watched.client.state is states.CANCELLING
    assert 0.4 < watched.until(lambda: watched.ended(job)) < 1.0
    assert watched.ended(job).problem.code == "cancelled" and watched.client.state is states.OFF
    watched.until(lambda: not watched.alive(), 1.0)


def test_f8_a_worker_killed_for_not_obeying_does_not_count_as_dying(watch):
    watched = watch("deaf", limits=short(deaths=1, cancel=0.05))
    for _ in range(2):
        job = watched.client.submit(Request("0"))
        watched.until(lambda: watched.client.state.name == "BUSY")
        watched.until(lambda: watched.events and isinstance(watched.events[-1], Progress))
        watched.client.cancel()
        watched.finish(job)
    assert not watched.client.given_up


# ---- F9, F10 -----------------------------------------------------------------------------------------------

def test_f9_a_worker_that_lives_is_never_killed_for_being_slow(watch):
    watched = watch("quiet", "1.2", limits=short(ask=0.1, dead=0.3))
    job = watched.client.submit(Request("0"))
    assert watched.finish(job).result is not None
    silences = [event.quiet for event in watched.events if isinstance(event, Progress)]
    assert max(silences) > 1.0, "the panel can tell that nothing moves"


def test_f9_the_real_worker_gives_signs_of_life_while_its_job_is_silent(watch):
    watched = watch("play", "quick", env={"PERSONA_TEST": "1", "PERSONA_FAULT": "hang:1.2"},
                    limits=short(ask=0.6, dead=0.9))
    assert watched.run(Request("0"))
    beats = [event for event in watched.events if isinstance(event, Progress)]
    assert len(beats) >= 3, "twice a second"


def test_f10_silence_is_first_asked_about_and_then_ended(watch):
    watched = watch("asleep")
    asked = []
    watched.client.start()
    watched.reach(watched.client.state.READY)
    send = watched.client._process.write
    watched.client._process.write = lambda content=b"": (asked.append(content), send(content))
    began = time.monotonic()
    problem = watched.fail(Request("0"))
    assert problem.code == "worker.hung"
    assert sum(b'"ping"' in content for content in asked) == 2, "the first question was answered"
    assert 1.2 < time.monotonic() - began < 3.0


@pytest.mark.skipif(sys.platform == "win32", reason="how long a native call holds Python is tried on POSIX")
def test_f10_native_code_that_holds_everything_is_ended(watch):
    watched = watch("play", "quick", env={"PERSONA_TEST": "1", "PERSONA_FAULT": "freeze:60"})
    assert watched.fail(Request("0")).code == "worker.hung"
    watched.until(lambda: not watched.alive(), 1.0)


# ---- F15, F16 ----------------------------------------------------------------------------------------------

OWNER = """
import sys, time
from pathlib import Path
from bridge.messages import Request
from persona_addon.client import Client
client = Client(program=sys.argv[2:], folder=Path(sys.argv[1]))
job = client.submit(Request("60"))
while client.state.name != "BUSY":
    client.poll()
    time.sleep(0.005)
time.sleep(0.05)
print(client._process.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("fault", ["", "freeze:60", "hang"])
def test_f15_and_p5_no_worker_outlives_its_blender_by_two_seconds(tmp_path, fault):
    """Blender is killed in the middle of a job, once while native code holds the whole worker."""
    if fault == "freeze:60" and sys.platform != "linux":
        pytest.skip("the signal of the parent's death is Linux's; elsewhere the end of stdin and the job object serve")
    root = PLAYERS.parents[2]
    owner = subprocess.Popen([sys.executable, "-c", OWNER, tmp_path / "user", PLAYERS, "play", "quick"],
                             stdout=subprocess.PIPE, cwd=root, env=os.environ | {
                                 "PERSONA_TEST": "1", "PERSONA_FAULT": fault, "PYTHONPATH": str(root)})
    worker = int(owner.stdout.readline())
    assert runs(worker)
    owner.kill()
    owner.wait()
    owner.stdout.close()
    began = time.monotonic()
    while runs(worker):
        assert time.monotonic() - began < 2.0
        time.sleep(0.002)



@pytest.mark.skipif(sys.platform != "win32", reason="only Windows has job objects; POSIX uses a group of processes")
def test_f15_windows_ends_the_worker_with_the_job_object(tmp_path):
    test_f15_and_p5_no_worker_outlives_its_blender_by_two_seconds(tmp_path, "hang")


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="processes have groups on POSIX only")
def test_what_a_worker_started_goes_with_it(watch, tmp_path):
    watched = watch("parent", str(tmp_path / "pid"))
    watched.client.start()
    watched.reach(watched.client.state.READY)
    child = int((tmp_path / "pid").read_text())
    assert runs(child)
    watched.client.stop()
    deadline = time.monotonic() + 2
    while runs(child):
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_f16_and_p4_five_deaths_are_enough(watch, states):
    now = [0.0]
    watched = watch("gone", "1", clock=lambda: now[0], limits=short(deaths=5, window=180.0))
    for _ in range(5):
        assert watched.fail(Request("0")).code == "worker.died"
        now[0] += 30
    began = time.monotonic()
    problem = watched.fail(Request("0"))
    assert problem.code == "worker.given_up" and "Self-Check" in problem.hint
    assert "5 times within 3 minutes" in problem.sentence
    assert time.monotonic() - began < 0.1 and watched.client.state is states.FAILED
    now[0] += 100
    assert watched.fail(Request("0")).code == "worker.died", "the first of the five is three minutes ago"
    watched.client.forgive()
    assert watched.fail(Request("0")).code == "worker.died"
