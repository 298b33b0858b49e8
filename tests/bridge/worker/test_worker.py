"""The worker's process, spoken to directly over its pipes."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bridge import packing, parcel, wire
from bridge.messages import Request

PLAYERS = Path(__file__).parents[2] / "faults" / "players.py"
ROOT = PLAYERS.parents[2]


class Talk:
    """A conversation with one worker."""

    def __init__(self, *command):
        environment = {name: value for name, value in os.environ.items() if name != "PERSONA_TEST"}
        self.child = subprocess.Popen([sys.executable, *command], cwd=ROOT, stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
                                      env=environment | {"PYTHONPATH": str(ROOT)})
        self._decoder = wire.Decoder()

    def say(self, kind, **fields):
        self.child.stdin.write(wire.encode(kind, **fields))

    def hear(self, *kinds):
        """The next message of one of the kinds; None at the end."""
        while True:
            while (message := self._decoder.next()) is not None:
                if message["type"] in kinds:
                    return message
            piece = self.child.stdout.read(65536)
            if not piece:
                return None
            self._decoder.feed(piece)

    def close(self):
        self.child.kill()
        self.child.wait()
        for pipe in (self.child.stdin, self.child.stdout, self.child.stderr):
            pipe.close()

    def ends(self, seconds=5.0):
        """The exit code, and after how many seconds it came."""
        began = time.monotonic()
        return self.child.wait(seconds), time.monotonic() - began


@pytest.fixture
def talk():
    talks = []

    def begin(*command):
        talks.append(Talk(*(command or (PLAYERS, "play", "quick"))))
        assert talks[-1].hear("hello")
        return talks[-1]

    yield begin
    for each in talks:
        each.close()


def generate(talk, folder, job=1, request=None):
    folder.mkdir(exist_ok=True)
    files = parcel.write(folder, (request or Request("0")).to_json(), {})
    talk.say("generate", job=job, folder=str(folder), files=files)


def test_a_request_goes_in_and_its_result_comes_out(talk, tmp_path, players):
    worker = talk()
    generate(worker, tmp_path / "job", job=7, request=Request("0", seed=5))
    message = worker.hear("result", "problem")
    assert message["job"] == 7
    result = packing.unpack(*parcel.complete(parcel.read(tmp_path / "job", message["files"])))
    assert result.report == players.sample_result(Request("0", seed=5)).report
    assert not list((tmp_path / "job").glob("*.part"))


def test_the_command_line_is_the_same_worker(talk):
    worker = talk("-m", "bridge", "worker")
    worker.say("ping")
    assert worker.hear("alive")
    worker.say("bye")
    assert worker.ends()[0] == 0


def test_it_answers_while_it_works(talk, tmp_path):
    worker = talk()
    generate(worker, tmp_path / "job", request=Request("2"))
    assert worker.hear("progress")["stage"] == "move"
    worker.say("ping")
    assert worker.hear("alive", "result")["type"] == "alive"


def test_progress_comes_twice_a_second(talk, tmp_path):
    worker = talk()
    generate(worker, tmp_path / "job", request=Request("1.5"))
    times = []
    while worker.hear("progress", "result")["type"] == "progress":
        times.append(time.monotonic())
    assert len(times) >= 3


@pytest.mark.parametrize("busy", [False, True])
def test_the_end_of_stdin_is_the_end(talk, tmp_path, busy):
    worker = talk()
    if busy:
        generate(worker, tmp_path / "job", request=Request("60"))
        worker.hear("progress")
    worker.child.stdin.close()
    code, seconds = worker.ends()
    assert code == 0 and seconds < 2.0


def test_bye_is_the_end(talk):
    worker = talk()
    worker.say("bye")
    assert worker.ends()[0] == 0


def test_a_cancelled_job_is_answered_and_an_unknown_one_forgotten(talk, tmp_path):
    worker = talk()
    worker.say("cancel", job=99)
    generate(worker, tmp_path / "one", job=1, request=Request("5"))
    generate(worker, tmp_path / "two", job=2)
    worker.hear("progress")
    worker.say("cancel", job=1)
    assert (message := worker.hear("problem", "result"))["code"] == "cancelled" and message["job"] == 1
    assert worker.hear("problem", "result")["type"] == "result"


@pytest.mark.parametrize(("fields", "code"), [
    ({"audio": ""}, "request.invalid"), ({"audio": "a", "energy": 7}, "request.invalid"),
    ({"audio": "a", "colour": "red"}, "request.invalid"), ({}, "request.invalid"),
    ({"audio": "a", "rig": {"bones": [{"name": 3}]}}, "request.invalid"), ({"audio": "a", "rig": 5}, "request.invalid"),
])
def test_a_request_that_is_none_is_answered(talk, tmp_path, fields, code):
    worker = talk()
    (tmp_path / "job").mkdir()
    worker.say("generate", job=1, folder=str(tmp_path / "job"), files=parcel.write(tmp_path / "job", fields, {}))
    message = worker.hear("problem")
    assert (message["job"], message["code"]) == (1, code)
    generate(worker, tmp_path / "next", job=2)
    assert worker.hear("problem", "result")["type"] == "result"


def test_files_that_are_not_there_are_answered(talk, tmp_path):
    worker = talk()
    for number, folder in enumerate((str(tmp_path / "nowhere"), "", "\0", "relative")):
        worker.say("generate", job=number, folder=folder,
                   files={"document": {"dtype": "uint8", "shape": [2], "bytes": 2, "crc": 0}})
        message = worker.hear("problem", "result")
        assert (message["job"], message["code"]) == (number, "wire.file")


@pytest.mark.parametrize(("noise", "code"), [
    (b"GET / HTTP/1.1\r\n\r\n", "wire.broken"), (b"PRSN\x63\x00\x02\x00\x00\x00{}", "wire.version"),
    (wire.encode("alive"), "wire.broken"),
])
def test_noise_is_told_and_ends_the_worker(talk, noise, code):
    worker = talk()
    worker.child.stdin.write(noise)
    message = worker.hear("problem")
    assert (message["job"], message["code"]) == (None, code)
    assert worker.ends()[0] == 1


def test_a_module_that_does_not_load_is_named(tmp_path):
    """The worker says which, instead of a traceback."""
    program = "import sys; sys.modules['soxr'] = None; from bridge import worker; sys.exit(worker.main())"
    worker = Talk("-c", program)
    message = worker.hear("hello", "problem")
    assert message["code"] == "worker.module" and message["details"]["module"] == "soxr"
    assert message["details"]["python"] == sys.executable
    assert worker.ends()[0] == 1
    worker.close()
