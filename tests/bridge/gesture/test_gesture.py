"""The shipped model on speech without sound: it follows its plan, keeps its promises and can be stopped."""

from dataclasses import replace

import numpy as np
import pytest

from bridge import cards
from bridge.body import gesture
from bridge.body.kinematics import globals_of
from bridge.body.planner import plan
from bridge.body.pose_channels import PARTS
from bridge.body.score import GestureEvent, Score
from bridge.body.skeleton import CANONICAL
from bridge.problems import Cancelled, Problem
from bridge.watch import Watch

NEUTRAL = {"neutral": 1.0}


@pytest.fixture(scope="module")
def card():
    if not any(found.task == "gesture" for found in cards.all_cards()):
        pytest.skip("no gesture weights are in bridge/weights")
    return cards.find("gesture")


def move(speech, score, card, watch=None, seed=1, guidance=2.0, emotion=NEUTRAL):
    return gesture.move(speech, score, card=card, emotion=emotion, energy=.5, guidance=guidance, seed=seed,
                        watch=watch or Watch())


def wrist(motion, side):
    """(T, 3) relative to the hips."""
    places = globals_of(motion)[1]
    return places[:, CANONICAL.index[f"{side}Hand"]] - places[:, 0]


@pytest.mark.parametrize("seconds", [.3, 2.01, 4.0, 7.77])
def test_a_frame_for_each_thirtieth_of_a_second(card, make_speech, seconds):
    speech = replace(make_speech(8), samples=np.zeros(round(seconds * 16_000), np.float32))
    motion = move(speech, Score(seconds), card)
    assert len(motion) == int(np.ceil(seconds * 30 - 1e-6))
    assert np.isfinite(motion.rotations).all() and np.isfinite(motion.root).all()
    assert np.abs(np.linalg.norm(motion.rotations, axis=-1) - 1).max() < 1e-4
    assert motion.skeleton is CANONICAL and motion.fps == 30


def test_the_same_seed_moves_the_same(card, make_speech):
    speech = make_speech(6)
    score = plan(speech, NEUTRAL, .5, 1)
    once, again, other = (move(speech, score, card, seed=seed) for seed in (4, 4, 5))
    assert once.rotations.tobytes() == again.rotations.tobytes()
    assert np.abs(once.rotations - other.rotations).max() > .02


def test_the_ordered_hand_goes_up_and_comes_back(card, make_speech):
    speech = make_speech(8)
    event = GestureEvent(apex=3.5, kind="beat", hand="right", size=.5, height=.3, hold=.3, unit=1,
                         position=(.3, -.3, .3))
    motion = move(speech, Score(8.0, (event,), phrases=((1, 6),)), card)
    right, left = wrist(motion, "right")[:, 2], wrist(motion, "left")[:, 2]
    apex = int(3.5 * 30)
    assert right[apex - 3:apex + 10].max() > .15, "the right hand does not reach its stroke"
    assert right[:45].max() < .1 and right[-45:].max() < .12, "the right hand does not rest"
    assert left[30:].max() < .1, "the left hand was not asked to move"


def test_feet_stay_on_the_ground(card, make_speech):
    speech = make_speech(10)
    motion = move(speech, plan(speech, NEUTRAL, .8, 2), card)
    ankles = globals_of(motion)[1][:, [CANONICAL.index["leftFoot"], CANONICAL.index["rightFoot"]]]
    assert np.abs(ankles[..., 2] - .085).max() < .03
    assert np.ptp(ankles[..., :2], axis=0).max() < .05


def test_sadness_hangs_its_head(card, make_speech):
    from bridge.body import rotations
    speech = make_speech(8)
    score = Score(8.0, phrases=((1, 6),))

    def pitch(emotion):
        turned = globals_of(move(speech, score, card, emotion={emotion: 1.0}))[0][:, CANONICAL.index["head"]]
        return float(np.mean(rotations.rotate(turned, np.array((0, -1.0, 0)))[:, 2]))
    assert pitch("sad") < pitch("happy") - .1


def test_cancelling_stops_it(card, make_speech):
    watch = Watch(lambda stage, done, total: watch.cancel() if done >= 2 else None)
    speech = make_speech(6)
    with pytest.raises(Cancelled):
        move(speech, plan(speech, NEUTRAL, .5, 1), card, watch)


def test_other_features_are_refused(card, make_speech):
    with pytest.raises(Problem) as caught:
        move(make_speech(3), Score(3.0), replace(card, features="gesture-0"))
    assert caught.value.code == "model.features"


def test_guidance_one_needs_no_second_pass():
    score = Score(3.0, (GestureEvent(1.5, "beat", "left", .3, .2, .2),))
    grid = (983, 956, 828, 518, 202, 66, 24, 3)
    assert gesture.guidance_over(score, 90, 30.0, 1.0, 1.0, grid) is None
    strength = gesture.guidance_over(score, 90, 30.0, 2.0, 1.0, grid)
    parts = {name: place for place, name in enumerate(PARTS)}
    late = strength[-1]
    led = late[45, parts["left arm"]]
    assert led == pytest.approx(1 + gesture.ENGAGED_ARM[1], abs=.05), "an arm in its stroke is led throughout"
    assert late[0].max() == late[45, parts["right arm"]] == late[:, parts["legs"]].max() == 1.0
    assert strength[1, 0, parts["trunk"]] == pytest.approx(1 + gesture.BODY)
