"""F5 and F11 to F14: workers of another version, noise on the wire, bad results, floods."""

from dataclasses import replace

import pytest

from bridge.events import Done, Progress
from bridge.messages import Request
from persona_addon.client import Limits

pytestmark = pytest.mark.fault
LIMITS = Limits(hello=20.0, ask=5.0, dead=20.0, cancel=0.5, stop=0.1, gap=0.2)


# ---- F5 ----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("player", "code", "words"), [
    (("other_version",), "worker.foreign", ("0.0.1",)),
    (("other_onnxruntime", "1.22.1"), "worker.untested", ("1.22.1", "1.23.2 to 1.31")),
    (("other_onnxruntime", "1.32.0"), "worker.untested", ("1.32.0",)),
    (("other_onnxruntime", "nonsense"), "worker.untested", ("nonsense",)),
    (("other_protocol",), "wire.version", ("version 99", "version 1")),
])
def test_f5_another_version_is_refused_and_named(watch, player, code, words):
    watched = watch(*player, limits=LIMITS)
    problem = watched.fail(Request("0"))
    assert problem.code == code and all(word in problem.sentence for word in words)
    watched.until(lambda: not watched.alive(), 2.0)


@pytest.mark.parametrize("version", ["1.23.2", "1.24.0", "1.31.1"])
def test_f5_the_tested_versions_are_taken(watch, version, states):
    watched = watch("other_onnxruntime", version, limits=LIMITS)
    watched.client.start()
    watched.reach(states.READY)
    assert watched.client.hello["versions"]["onnxruntime"] == version


# ---- F11 ---------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("player", ["talkative", "garbled"])
def test_f11_noise_on_the_wire_ends_the_worker(watch, player):
    watched = watch(player, limits=LIMITS)
    assert watched.fail(Request("0")).code == "wire.broken"
    assert watched.client.state.name == "FAILED"
    watched.until(lambda: not watched.alive(), 2.0)


def test_f11_what_a_library_prints_goes_to_the_log_and_not_to_the_wire(watch):
    watched = watch("play", "quick", limits=LIMITS, env={"PERSONA_TEST": "1", "PERSONA_FAULT": "print"})
    watched.run(Request("0"))
    log = watched.client.log_path
    watched.until(lambda: "a library prints to stdout" in log.read_text() and "native code" in log.read_text())


# ---- F12 ---------------------------------------------------------------------------------------------------

def test_f12_a_message_cut_short_is_no_message(watch):
    watched = watch("cut", limits=LIMITS)
    problem = watched.fail(Request("0"))
    assert problem.code == "worker.died"


def test_f12_a_message_of_four_gigabytes_is_refused_at_its_header(watch):
    watched = watch("endless", limits=LIMITS)
    problem = watched.fail(Request("0"))
    assert problem.code == "wire.broken" and "4294967295" in problem.sentence


@pytest.mark.parametrize("count", [20_000, pytest.param(1_000_000, marks=[pytest.mark.slow, pytest.mark.timeout(300)])])
def test_f12_a_flood_of_tiny_messages_takes_no_more_than_its_share_of_a_tick(watch, count):
    watched = watch("chatty", str(count), limits=LIMITS)
    assert isinstance(watched.finish(watched.client.submit(Request("0")), 250.0), Done)
    assert watched.slowest < 0.010
    told = [event for event in watched.events if isinstance(event, Progress)]
    assert len(told) < count / 10, "one progress a tick is enough"


def bad_results(parts):
    return [(name, code) for names, code in parts for name in names]


@pytest.mark.parametrize(("name", "code"), bad_results([
    # F12: files
    (("missing file", "short file", "wrong hash", "outside", "wrong shape"), "wire.file"),
    # F13: content
    (("nan rotation", "infinite root", "long quaternion", "too few frames", "too many frames", "weight of two",
      "nan angle", "nan key", "keys out of order", "keys far away", "starts beyond", "no face"), "result.unsound"),
]))
def test_f12_f13_a_bad_result_is_refused_and_the_worker_kept(watch, request_of_all, name, code, left_over):
    watched = watch("bad_result", name, limits=LIMITS)
    problem = watched.fail(request_of_all)
    assert problem.code == code, problem
    assert watched.client.state.name == "READY" and watched.alive()
    assert [name for name in left_over() if name != "secret"] == []
    assert watched.fail(replace(request_of_all, seed=9)).code == code


def test_the_list_of_bad_results_is_all_tried(players):
    tried = next(mark.args[1] for mark in test_f12_f13_a_bad_result_is_refused_and_the_worker_kept.pytestmark
                 if mark.name == "parametrize")
    assert {name for name, _code in tried} == players.BAD_RESULTS.keys()


# ---- F14 ---------------------------------------------------------------------------------------------------

def test_f14_a_flood_of_stderr_stops_nothing_and_fills_no_disk(watch):
    """100 MB while a job runs, with a small limit so that the log has to turn over."""
    watched = watch("play", "quick", limits=replace(LIMITS, log=200_000),
                    env={"PERSONA_TEST": "1", "PERSONA_FAULT": "flood:100"})
    watched.run(Request("0.1"), 30.0)
    logs = list(watched.client.log_path.parent.iterdir())
    assert len(logs) == 2, "it has turned over"
    assert 100_000 < sum(path.stat().st_size for path in logs) <= 200_000
    assert watched.slowest < 0.010


def test_f14_a_worker_nobody_reads_is_not_stopped_by_its_own_stderr(watch):
    """Blender renders for a while: nobody polls, and the job gets done all the same."""
    watched = watch("play", "quick", limits=LIMITS, env={"PERSONA_TEST": "1", "PERSONA_FAULT": "flood:20"})
    watched.client.start()
    watched.reach(watched.client.state.READY)
    job = watched.client.submit(Request("0"))
    folder = watched.client._jobs[job].folder
    began = watched.client._clock()
    while not (folder / "body.contacts").exists():
        assert watched.client._clock() - began < 15, "the worker waits for a reader"
    assert isinstance(watched.finish(job), Done)


def test_the_product_s_log_is_capped_at_5_mb():
    assert Limits().log == 5_000_000
