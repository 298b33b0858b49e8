"""F17 to F27: what the world around does to a job, as far as the client can show it.

What happens to the scene in F17 (save, undo, load), F18 (the target deleted, renamed, linked), F19 (the panel's
buttons) and F27 (``blender -b``) is tried with Blender in tests/addon.
"""

import math
import os
import struct
import sys
import unicodedata
import wave
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from bridge.events import Done, Failed
from bridge.messages import Request
from bridge.problems import Problem
from persona_addon.client import Limits

pytestmark = pytest.mark.fault
LIMITS = Limits(hello=20.0, ask=5.0, dead=20.0, cancel=0.5, stop=0.5, gap=0.2)


# ---- F17, F18, F19 -----------------------------------------------------------------------------------------

def test_f17_the_extension_disabled_and_enabled_during_a_job(watch, tmp_path):
    """The job is cancelled, its folder goes, and a new client works; the scene's part is in tests/addon."""
    watched = watch("play", "quick")
    job = watched.client.submit(Request("5"))
    watched.reach(watched.client.state.BUSY)
    watched.client.stop()
    assert watched.client.state.name == "OFF" and not watched.alive()
    watched.tick()
    assert watched.ended(job).problem.code == "cancelled"
    assert not list((tmp_path / "user").glob("persona-*"))
    watch("play", "quick").run(Request("0"))
    watched.run(Request("0"))


def test_f18_a_result_knows_no_object(watch, request_of_all):
    """It names bones and shapes of the rig that was sent; finding the target again is tested in tests/addon."""
    result = watch("play", "quick").run(request_of_all)
    assert {channel.owner for channel in result.curves.channels} == {"Ada"}


def test_f19_ten_clicks_are_ten_jobs_in_order(watch):
    watched = watch("play", "quick")
    jobs = [watched.client.submit(Request("0", seed=seed)) for seed in range(10)]
    watched.until(lambda: all(watched.ended(job) for job in jobs))
    ended = [event for event in watched.events if isinstance(event, Done)]
    assert [event.job for event in ended] == jobs
    assert [event.result.report.chosen["seed"] for event in ended] == list(range(10))


def test_f19_two_blenders_have_a_worker_and_a_folder_each(watch, tmp_path):
    one, other = watch("play", "quick"), watch("play", "quick")
    first, second = one.client.submit(Request("0.2")), other.client.submit(Request("0.2"))
    assert isinstance(one.finish(first), Done) and isinstance(other.finish(second), Done)
    assert one.client.hello["pid"] != other.client.hello["pid"]
    assert one.client.log_path != other.client.log_path
    folders = list((tmp_path / "user").glob("persona-*"))
    assert len(folders) == 2
    if os.name == "posix":
        assert all(folder.stat().st_mode & 0o777 == 0o700 for folder in folders)


def test_cancel_while_starting_ends_the_jobs_and_keeps_the_worker(watch):
    watched = watch("play", "quick")
    job = watched.client.submit(Request("0"))
    watched.client.cancel()
    watched.tick()
    assert watched.ended(job).problem.code == "cancelled"
    watched.reach(watched.client.state.READY)
    watched.run(Request("0"))


def test_a_job_asked_for_while_another_is_cancelled_waits_for_it(watch):
    watched = watch("play", "quick")
    first = watched.client.submit(Request("2"))
    watched.until(lambda: any(event.job == first for event in watched.events))
    watched.client.cancel()
    second = watched.client.submit(Request("0"))
    assert isinstance(watched.finish(second), Done)
    assert watched.ended(first).problem.code == "cancelled"


# ---- F20 ---------------------------------------------------------------------------------------------------

def test_f20_a_user_folder_that_cannot_be_written_is_named(watch, tmp_path):
    (tmp_path / "file").write_text("no folder")
    watched = watch("play", "quick", folder=tmp_path / "file" / "user")
    problem = watched.fail(Request("0"))
    assert problem.code == "worker.disk" and str(tmp_path / "file") in str(problem)


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a file's size are POSIX's")
def test_f20_no_space_for_the_result_leaves_no_part_of_it(watch, left_over):
    watched = watch("small_disk", limits=LIMITS)
    problem = watched.fail(Request("0"))
    assert problem.code == "worker.disk"
    assert watched.client.state.name == "READY" and left_over() == []


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a file's size are POSIX's")
def test_f20_no_space_for_the_request_fails_the_job_and_nothing_else(watch, left_over):
    import resource

    watched = watch("play", "quick")
    watched.run(Request("0"))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    try:
        job = watched.client.submit(Request("0"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert watched.finish(job).problem.code == "worker.disk" and left_over() == []
    watched.run(Request("0"))


def test_f20_a_full_disk_in_the_middle_of_the_work_is_named(watch):
    watched = watch("play", "quick", env={"PERSONA_TEST": "1", "PERSONA_FAULT": "full"})
    problem = watched.fail(Request("0"))
    assert problem.code == "worker.disk" and "No space left" in problem.sentence


# ---- F21 ---------------------------------------------------------------------------------------------------

GRAPH_WITH_DATA_OUTSIDE = bytes([0x08, 8, 0x3A, 6, 0x2A, 4, 0x6A, 0, 0x70, 1])  # ir 8, graph, tensor, location 1
WEIGHTS = {
    "missing": (None, b"", "model.missing"),
    "one byte flipped": (b"\x08\x07\x3a\x00", b"\x08\x08\x3a\x00", "model.changed"),
    "pointer": (b"version https://git-lfs.github.com/spec/v1\noid sha256:12\n", b"\x08\x08", "model.kind"),
    "data outside": (GRAPH_WITH_DATA_OUTSIDE, GRAPH_WITH_DATA_OUTSIDE, "model.kind"),
    "pickle": (b"\x80\x04}.", b"\x80\x04}.", "model.kind"),
}


@pytest.mark.parametrize("name", WEIGHTS)
def test_f21_weights_that_are_not_what_they_should_be(watch, tmp_path, name):
    found, expected, code = WEIGHTS[name]
    if found is not None:
        (tmp_path / "bad.onnx").write_bytes(found)
    (tmp_path / "bad.toml").write_text(
        f'name = "bad"\ntask = "gesture"\nversion = "1.0"\nfile = "bad.onnx"\nlicence = "CC0-1.0"\n'
        f'bytes = {len(expected)}\nsha256 = "{sha256(expected).hexdigest()}"\n')
    watched = watch("play", "bad_model")
    problem = watched.fail(Request(str(tmp_path)))
    assert problem.code == code and "bad.onnx" in problem.sentence
    if code == "model.changed":
        assert sha256(expected).hexdigest()[:12] in problem.sentence
        assert sha256(found).hexdigest()[:12] in problem.sentence
    assert watched.client.state.name == "READY" and watched.alive()


# ---- F22 ---------------------------------------------------------------------------------------------------

def sound(path, seconds=1.0, rate=16000, channels=1, wanted=lambda t: math.sin(2 * math.pi * 150 * t)):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        samples = [round(12000 * wanted(i / rate)) for i in range(round(seconds * rate))]
        file.writeframes(b"".join(struct.pack("<h", sample) * channels for sample in samples))
    return path


def floats(path, value):
    """A WAV of 32-bit floats, one of which is ``value``."""
    samples = struct.pack("<f", 0.1) * 8000 + struct.pack("<f", value) + struct.pack("<f", 0.1) * 8000
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(samples), b"WAVE", b"fmt ", 16, 3, 1, 16000, 64000, 4,
                       32, b"data", len(samples))
    path.write_bytes(head + samples)
    return path


def adpcm(path):
    """IMA ADPCM with a block size that older decoders trust blindly."""
    path.write_bytes(struct.pack("<4sI4s4sIHHIIHHHH4sI", b"RIFF", 60, b"WAVE", b"fmt ", 20, 0x11, 1, 16000, 8000,
                                 65535, 4, 2, 65535, b"data", 400) + bytes(400))
    return path


def written(path, content):
    path.write_bytes(content)
    return path


SOUNDS = {
    "0 samples": (lambda at: sound(at / "a.wav", 0.0), "refused"),
    "50 ms": (lambda at: sound(at / "a.wav", 0.05), "refused"),
    "8 kHz": (lambda at: sound(at / "a.wav", rate=8000), "heard"),
    "192 kHz": (lambda at: sound(at / "a.wav", 0.5, rate=192_000), "heard"),
    "8 channels": (lambda at: sound(at / "a.wav", channels=8), "heard"),
    "65 channels": (lambda at: sound(at / "a.wav", channels=65), "refused"),
    "NaN": (lambda at: floats(at / "a.wav", math.nan), "refused"),
    "infinity": (lambda at: floats(at / "a.wav", math.inf), "refused"),
    "direct current": (lambda at: sound(at / "a.wav", wanted=lambda t: 0.5), "either"),
    "silence": (lambda at: sound(at / "a.wav", wanted=lambda t: 0.0), "refused"),
    "truncated header": (lambda at: written(at / "a.wav", sound(at / "b.wav").read_bytes()[:30]), "refused"),
    "ADPCM": (lambda at: adpcm(at / "a.wav"), "refused"),
    "a text": (lambda at: written(at / "a.wav", b"It was a dark and stormy night. " * 400), "refused"),
    "a folder": (lambda at: at, "refused"),
    "nothing": (lambda at: at / "gone.wav", "refused"),
}


@pytest.fixture(scope="module")
def listener(tmp_path_factory):
    """One worker for all sounds: it must survive every one of them."""
    pytest.importorskip("bridge.audio", reason="the reader of sounds is not there yet")
    from persona_addon.client import Client

    client = Client(program=[str(Path(__file__).with_name("players.py")), "play", "listening", "real"],
                    folder=tmp_path_factory.mktemp("user"))
    yield client
    client.stop()


@pytest.mark.parametrize("name", SOUNDS)
def test_f22_odd_sounds_are_heard_or_refused_and_the_worker_survives(listener, tmp_path, name):
    make, expected = SOUNDS[name]
    path = make(tmp_path)
    try:
        result = listener.wait(listener.submit(Request(str(path))))
        outcome = "heard"
        assert 0.4 < float(result.report.remarks[0]) < 1.1
    except Problem as problem:
        outcome = "refused"
        assert problem.code.startswith("audio."), problem
        assert path.name in str(problem) or str(path) in str(problem)
    assert expected in (outcome, "either")
    assert listener.state.name == "READY" and listener.hello["pid"] == listener._process.pid


@pytest.mark.slow
def test_f22_an_hour_of_sound_is_heard(listener, tmp_path):
    path = tmp_path / "hour.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        minute = b"".join(struct.pack("<h", round(9000 * math.sin(i / 8))) for i in range(8000 * 60))
        for _ in range(60):
            file.writeframes(minute)
    assert abs(float(listener.wait(listener.submit(Request(str(path)))).report.remarks[0]) - 3600) < 0.1


# ---- F23 ---------------------------------------------------------------------------------------------------

NAMES = {
    "space": "two words.wav", "hash": "take #3.wav", "percent": "100%20.wav", "CJK": "演説.wav", "emoji": "🎭🗣.wav",
    "composed": unicodedata.normalize("NFC", "Grüße é.wav"),
    "decomposed": unicodedata.normalize("NFD", "Grüße é.wav"),
    "quotes": "it's \"so\".wav" if os.name == "posix" else "it's.wav",
    "newline": "two\nlines.wav" if os.name == "posix" else "one line.wav",
    "300 characters": "/".join(["a folder of fifty characters, which is not few ..."[:48]] * 6 + ["end.wav"]),
}


@pytest.mark.parametrize("name", NAMES)
def test_f23_odd_paths_arrive_as_they_are(watch, tmp_path, name):
    """The sound's path, and the user's folder of the same odd name."""
    path = tmp_path / NAMES[name]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("0.25")
    folder = tmp_path / ("of " + Path(NAMES[name]).stem)
    result = watch("play", "reading", folder=folder).run(Request(str(path)))
    assert result.report.remarks == ("0.25",)


def test_f23_a_relative_path_means_the_one_who_asks(watch, tmp_path, monkeypatch):
    """The worker runs in an empty folder of its own."""
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "take.wav").write_text("0.75")
    monkeypatch.chdir(tmp_path / "here")
    assert watch("play", "reading").run(Request("take.wav")).report.remarks == ("0.75",)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a name be no text at all")
def test_f23_a_name_that_is_no_text_arrives_as_it_is(watch, tmp_path):
    path = os.fsencode(tmp_path) + b"/\xff\xfe.wav"
    with open(path, "w") as file:
        file.write("0.5")
    assert watch("play", "reading").run(Request(os.fsdecode(path))).report.remarks == ("0.5",)


@pytest.mark.skipif(sys.platform != "win32", reason="UNC paths are Windows's")
def test_f23_a_path_on_a_server_arrives_as_it_is(watch, tmp_path):
    path = tmp_path / "a.wav"
    path.write_text("0.5")
    drive, rest = os.path.splitdrive(path)
    result = watch("play", "reading").run(Request(rf"\\localhost\{drive[0]}${rest}"))
    assert result.report.remarks == ("0.5",)


def test_f23_a_path_relative_to_an_unsaved_file_is_refused_by_name(watch):
    """``//take.wav`` is Blender's form; the add-on resolves it or refuses it, the worker never guesses."""
    problem = watch("play", "listening", "real").fail(Request("//take.wav"))
    assert problem.code.startswith("audio.") and "take.wav" in str(problem)


# ---- F24 ---------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("jump", [3600.0, -3600.0])
def test_f24_an_hour_of_sleep_and_a_jumping_clock_make_nobody_late(watch, jump):
    import time

    offset = [0.0]
    limits = replace(LIMITS, hello=1.5, ask=0.5, dead=1.5, gap=0.2)
    watched = watch("play", "quick", limits=limits, clock=lambda: time.monotonic() + offset[0])
    job = watched.client.submit(Request("0.6"))
    watched.tick()
    offset[0] += jump
    watched.reach(watched.client.state.BUSY)
    offset[0] += jump
    assert isinstance(watched.finish(job), Done)


def test_f24_a_blender_that_was_busy_makes_no_worker_late(watch):
    """Nobody polls for longer than the limit of silence: what lies in the pipe is read before anybody is judged."""
    import time

    watched = watch("play", "quick", limits=replace(LIMITS, ask=0.1, dead=0.3, gap=10.0))
    watched.run(Request("0"))
    job = watched.client.submit(Request("1"))
    time.sleep(0.8)
    assert isinstance(watched.finish(job), Done)


# ---- F25 ---------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("player", [("play", "out_of_memory"), ("limited",)])
def test_f25_too_little_memory_is_told_and_the_worker_lives(watch, player):
    if player == ("limited",) and sys.platform != "linux":
        pytest.skip("limits of the address space are Linux's")
    watched = watch(*player)
    assert watched.fail(Request("0")).code == "worker.memory"
    assert watched.client.state.name == "READY"


# ---- F26 ---------------------------------------------------------------------------------------------------

def handles():
    return len(os.listdir("/proc/self/fd"))


def resident(pid):
    """Megabytes of a process's own memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 1e6


def zombies():
    """Children of this process that have ended and were never asked for their code."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, _, rest = path.read_text().rpartition(")")
        except OSError:
            continue
        if rest.split()[:2] == ["Z", str(os.getpid())]:
            found.append(pid)
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="memory and handles are read from /proc")
@pytest.mark.timeout(300)
def test_f26_and_p9_two_hundred_jobs_leave_memory_and_handles_as_they_were(watch, request_of_all, left_over,
                                                                          record_property):
    watched = watch("play", "quick", limits=LIMITS)
    for _ in range(10):
        watched.run(request_of_all)
    before, open_before = resident(watched.client.pid), handles()
    worker_before = len(os.listdir(f"/proc/{watched.client.pid}/fd"))
    for _ in range(190):
        watched.run(request_of_all)
    after = resident(watched.client.pid)
    record_property("megabytes after 10 and 200 jobs", (before, after))
    assert after <= 1.05 * before
    assert handles() == open_before and len(os.listdir(f"/proc/{watched.client.pid}/fd")) == worker_before
    assert left_over() == []


@pytest.mark.skipif(sys.platform != "linux", reason="handles are read from /proc")
@pytest.mark.parametrize("cycles", [10, pytest.param(1000, marks=[pytest.mark.slow, pytest.mark.timeout(900)])])
def test_f26_starts_and_stops_leave_nothing(tmp_path, cycles):
    from persona_addon.client import Client

    tiny = Path(__file__).with_name("tiny_worker.py")
    client = Client(program=[str(tiny)], folder=tmp_path / "user", limits=LIMITS)
    counts = []
    for _ in range(cycles):
        client.start()
        while client.state.name == "STARTING":
            client.poll()
        assert client.state.name == "READY", client.problem
        client.stop()
        counts.append(handles())
    assert counts[-1] == counts[1]
    assert not list((tmp_path / "user").glob("persona-*"))
    assert len(list((tmp_path / "user" / "logs").iterdir())) <= 10
    assert zombies() == []


# ---- F27 ---------------------------------------------------------------------------------------------------

def test_f27_without_an_event_loop_the_same_result_comes(watch, request_of_all):
    """``wait`` is what background mode uses; ``blender -b`` itself is tried in tests/addon."""
    import numpy as np

    from bridge.watch import Watch
    from persona_addon.client import perform

    by_timer = watch("play", "quick").run(request_of_all)
    stages = []
    waiting = watch("play", "quick").client
    by_waiting = perform(replace(request_of_all, audio="0.7"), Watch(lambda *step: stages.append(step)), waiting)
    assert np.array_equal(by_timer.body.rotations, by_waiting.body.rotations)
    assert np.array_equal(by_timer.curves.keys, by_waiting.curves.keys)
    assert ("move", 0, 0) in stages and any(done for _stage, done, _total in stages)


def test_f27_a_watch_cancels_while_waiting(watch):
    from bridge.watch import Watch
    from persona_addon.client import perform

    wanted = Watch(lambda stage, done, total: done and wanted.cancel())
    with pytest.raises(Problem) as caught:
        perform(Request("2"), wanted, watch("play", "quick").client)
    assert caught.value.code == "cancelled"


def test_f27_ctrl_c_cancels_while_waiting(watch, monkeypatch):
    watched = watch("play", "quick")
    job = watched.client.submit(Request("2"))
    watched.reach(watched.client.state.BUSY)
    poll, calls = watched.client.poll, []

    def interrupted(*args):
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return poll(*args)

    monkeypatch.setattr(watched.client, "poll", interrupted)
    with pytest.raises(Problem) as caught:
        watched.client.wait(job)
    assert caught.value.code == "cancelled" and isinstance(caught.value, Problem)
    assert not [event for event in poll() if isinstance(event, Failed)]
