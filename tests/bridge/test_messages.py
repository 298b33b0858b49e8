"""Requests: what they refuse, and that they survive JSON."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.body.score import GestureEvent, Score
from bridge.messages import EMOTIONS, Request, Tolerance
from bridge.problems import Problem
from bridge.rigs.rig import Bone, Rig

weights = st.dictionaries(st.sampled_from(EMOTIONS), st.floats(0, 1), max_size=len(EMOTIONS))


@given(weights, st.floats(0, 1), st.integers(0, 2**31 - 1))
def test_json_keeps_a_request(emotion, energy, seed):
    rig = Rig("Ann", (Bone("hips", None, (0, 0, 1), (0, 0, 1.1)),))
    score = Score(2.0, (GestureEvent(0.5, "beat", "both", 0.3, 0.1, 0.2, position=(0.1, -0.2, 0.3)),))
    asked = Request("voice.wav", emotion=emotion, energy=energy, seed=seed, rig=rig, score=score,
                    tolerance=Tolerance(joint=1.0))
    back = Request.from_json(json.loads(json.dumps(asked.to_json())))
    assert back == asked
    assert back.digest() == asked.digest()


@given(weights)
def test_emotion_weights_sum_to_one(emotion):
    mixed = Request("voice.wav", emotion=emotion).emotion_weights()
    assert sum(mixed.values()) == pytest.approx(1.0)
    assert min(mixed.values()) >= 0.0


@pytest.mark.parametrize("change", [
    {"emotion": {"happy": 1.5}}, {"emotion": {"bored": 0.5}}, {"energy": float("nan")}, {"guidance": -1.0},
    {"start": 3.0, "end": 2.0}, {"body": False, "face": False}, {"fps": 0.0}, {"seed": -1}, {"audio": ""},
    {"tolerance": Tolerance(joint=0.0)},
])
def test_out_of_range_is_refused_with_a_sentence(change):
    with pytest.raises(Problem) as caught:
        Request(**{"audio": "voice.wav", **change})
    assert caught.value.code == "request.invalid"
    assert str(caught.value).endswith(".")


def test_unknown_fields_are_refused():
    with pytest.raises(Problem):
        Request.from_json({"audio": "voice.wav", "colour": "red"})


def test_the_digest_tells_requests_apart():
    assert Request("a.wav", seed=1).digest() != Request("a.wav", seed=2).digest()


def test_a_circle_of_parents_is_no_rig():
    bones = [{"name": "a", "parent": "b", "head": [0, 0, 0], "tail": [0, 0, 1]},
             {"name": "b", "parent": "a", "head": [0, 0, 0], "tail": [0, 0, 1]}]
    with pytest.raises(ValueError, match="circle"):
        Rig.from_json({"name": "x", "bones": bones})
