"""The players of the fault tests, loaded from their file: it is a script, not part of any package."""


import pytest

from bridge.messages import Request
from bridge.rigs.rig import Bone, Rig
from tests.mock.workers import load_players


@pytest.fixture(scope="session")
def players():
    return load_players()


@pytest.fixture
def rig():
    return Rig("Ada", (Bone("hips", None, (0, 0, 1), (0, 0, 1.2)), Bone("spine", "hips", (0, 0, 1.2), (0, 0, 1.5))))


@pytest.fixture
def request_of_all(rig):
    return Request("0.1", rig=rig, seed=3)


@pytest.fixture
def sample_result(players, request_of_all):
    return players.sample_result(request_of_all)
