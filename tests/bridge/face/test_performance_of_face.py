"""The whole face over ideal phones: emotion yields to closures, seeds decide, everything is in range."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.body.score import Accent, Score
from bridge.face import accents, lips, recipes
from bridge.face import emotion as feelings
from bridge.face.articulation import articulate
from bridge.face.speak import perform
from bridge.face.track import ARKIT_INDEX

FELT = tuple(name for name in recipes.emotions() if name != "neutral")
mixtures = st.dictionaries(st.sampled_from(FELT), st.floats(0.0, 1.0), max_size=4)


def face(heard, score, emotion, seed=0, effort=1.0, head=False):
    spoken = articulate(heard, np.full(len(heard.phones), effort))
    return perform(spoken, np.full(len(spoken.weights), 0.5), score, emotion, seed, head), spoken


@given(emotion=mixtures, seed=st.integers(0, 1000), effort=st.floats(0.6, 1.7))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_emotion_and_no_effort_opens_a_closure(mama, score, emotion, seed, effort):
    performed, spoken = face(mama, score, emotion, seed, effort)
    gap = lips.gap(performed.weights.astype(np.float64))
    assert len(performed.closures) == 3
    assert gap[spoken.closure >= 0.999].max() <= lips.SEALED
    for centre in performed.closures:
        assert gap[round(centre * 100)] <= lips.SEALED


@given(emotion=mixtures, seed=st.integers(0, 1000))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_weights_and_angles_stay_in_range(mama, score, emotion, seed):
    performed, _ = face(mama, score, emotion, seed, head=True)
    assert performed.weights.min() >= 0.0 and performed.weights.max() <= 1.0
    assert np.all(np.isfinite(performed.angles)) and np.abs(performed.angles).max() < np.radians(35)
    jaw, close = (performed.weights[:, ARKIT_INDEX[name]] for name in ("jawOpen", "mouthClose"))
    assert np.all(close <= jaw + 1e-6)


def test_the_same_seed_gives_the_same_face_and_another_does_not(mama, score):
    one, again, other = (face(mama, score, {"happy": 0.6}, seed, head=True)[0] for seed in (3, 3, 4))
    assert one.weights.tobytes() == again.weights.tobytes() and one.angles.tobytes() == again.angles.tobytes()
    assert one.weights.tobytes() != other.weights.tobytes()


@pytest.mark.parametrize("name", FELT)
def test_in_a_pause_the_face_shows_its_emotion(name, ideal, score):
    felt, _ = face(ideal([("SIL", 2.7)]), score, {name: 1.0})
    calm, _ = face(ideal([("SIL", 2.7)]), score, {})
    shown = (felt.weights[100:250] - calm.weights[100:250]).mean(0)
    eyes = [place for shape, place in ARKIT_INDEX.items() if shape.startswith("eyeLook")]
    wanted = recipes.emotion(name).copy()
    shown[eyes], wanted[eyes] = 0.0, 0.0
    assert shown @ wanted / np.linalg.norm(shown) / np.linalg.norm(wanted) > 0.95


@pytest.mark.parametrize("name", FELT)
def test_more_of_an_emotion_moves_its_main_shapes_further(name):
    main = np.argsort(-recipes.emotion(name))[:4]
    poses = np.stack([feelings.pose({name: weight})[main] for weight in (0.0, 0.3, 0.6, 1.0)])
    assert np.all(np.diff(poses, axis=0) > 0.0)


def test_a_smile_leaves_a_rounded_vowel_its_rounding(ideal, score):
    said = ideal([("SIL", 0.3), ("UW", 0.4), ("SIL", 2.0)])
    pucker = ARKIT_INDEX["mouthPucker"]
    calm, happy = face(said, score, {})[0], face(said, score, {"happy": 1.0})[0]
    assert happy.weights[30:70, pucker].max() >= 0.6 * calm.weights[30:70, pucker].max()
    assert happy.weights[45:60, ARKIT_INDEX["mouthSmileLeft"]].max() < 0.45


def test_an_emotion_of_the_body_alone_leaves_the_face_neutral(mama, score):
    assert face(mama, score, {"old": 1.0})[0].weights.tobytes() == face(mama, score, {})[0].weights.tobytes()


def test_the_head_is_still_unless_asked(mama, score):
    assert not face(mama, score, {})[0].angles[:, :3].any()
    assert np.ptp(face(mama, score, {}, head=True)[0].angles[:, 1]) > np.radians(1.0)


@pytest.mark.parametrize("time", [-5.0, -1.5, 99.0])
def test_what_a_score_says_of_before_and_after_the_speech_moves_nothing(mama, time):
    beside = Score(2.77, accents=(Accent(time, 2.0),), phrases=((time - 1.0, time - 0.9),))
    calm = face(mama, Score(2.77), {}, head=True)[0]
    assert face(mama, beside, {}, head=True)[0].angles[:, :3].tobytes() == calm.angles[:, :3].tobytes()
    assert (accents.stress(beside.accents, 277) == 0.95).all()
