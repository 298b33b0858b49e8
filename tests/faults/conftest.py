"""A client with a player in the worker's place, watched the way Blender's timer does."""

import time

import pytest

from bridge.events import Done, Failed, Progress
from bridge.messages import Request
from bridge.rigs.rig import Bone, Rig
from persona_addon.client import Client, Limits, State
from tests.mock.workers import PLAYERS, load_players, runs

TICK = 0.005
# The limits of the product, shortened so that a test of 30 seconds takes a fraction of one.
SHORT = Limits(hello=20.0, ask=0.3, dead=1.2, cancel=0.5, stop=0.5, gap=0.2)


class Watched:
    """A client and all it has told. ``until`` polls like a timer and fails where the wanted never comes."""

    def __init__(self, client):
        self.client = client
        self.events = []
        self.slowest = 0.0
        self.processes = []

    def tick(self):
        began = time.thread_time()
        self.events += self.client.poll()
        self.slowest = max(self.slowest, time.thread_time() - began)
        process = self.client._process
        if process and process not in self.processes:
            self.processes.append(process)

    def until(self, wanted, seconds=15.0):
        """Polls until ``wanted`` is true; returns how many seconds that took."""
        began = time.monotonic()
        while not wanted():
            assert time.monotonic() - began < seconds, (
                f"waited in vain: {self.client.state}, {self.client.problem}, {self.events[-3:]}, {self.client.tail}")
            self.tick()
            time.sleep(TICK)
        return time.monotonic() - began

    def go_on(self, seconds):
        """Polls for so long, whatever happens."""
        end = time.monotonic() + seconds
        self.until(lambda: time.monotonic() >= end, seconds + 15.0)

    def reach(self, state, seconds=15.0):
        return self.until(lambda: self.client.state is state, seconds)

    def finish(self, job, seconds=15.0):
        """Polls until the job has ended; returns its event."""
        self.until(lambda: self.ended(job), seconds)
        return self.ended(job)

    def ended(self, job):
        return next((event for event in self.events if event.job == job and not isinstance(event, Progress)), None)

    def run(self, request, seconds=15.0):
        """The result of a request."""
        event = self.finish(self.client.submit(request), seconds)
        assert isinstance(event, Done), event.problem
        return event.result

    def fail(self, request, seconds=15.0):
        """The problem of a request."""
        event = self.finish(self.client.submit(request), seconds)
        assert isinstance(event, Failed)
        assert "?" not in event.problem.sentence, "a detail of the sentence is missing"
        return event.problem

    def alive(self):
        """Whether any process this client ever had still runs."""
        return [process.pid for process in self.processes if runs(process.pid)]


@pytest.fixture
def watch(tmp_path):
    """Makes watched clients: ``watch("player", "argument")``, options of ``Client`` by name."""
    made = []

    def make(*player, limits=SHORT, **options):
        options = {"folder": tmp_path / "user"} | options
        client = Client(program=[str(PLAYERS), *player] if player else (), limits=limits, **options)
        made.append(Watched(client))
        return made[-1]

    yield make
    for watched in made:
        watched.client.stop()
        assert not watched.alive(), "a worker was left behind"


@pytest.fixture
def rig():
    return Rig("Ada", (Bone("hips", None, (0, 0, 1), (0, 0, 1.2)), Bone("spine", "hips", (0, 0, 1.2), (0, 0, 1.5))))


@pytest.fixture
def request_of_all(rig):
    return Request("0", rig=rig, seed=3)


@pytest.fixture(scope="session")
def players():
    return load_players()


@pytest.fixture
def states():
    return State


@pytest.fixture
def left_over(tmp_path):
    """Names of what lies in the private folders, beside the lock and the empty folder."""
    def look():
        return sorted(path.name for folder in (tmp_path / "user").glob("persona-*") for path in folder.iterdir()
                      if path.name not in ("lock", "empty"))
    return look
