import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.body import score_curves
from bridge.body.phases import SIDES, hand_phases
from bridge.body.planner import plan
from bridge.body.score import CLASSES, GestureEvent, Score


def event(apex, unit=1, hand="right", kind="beat", hold=.2, **more):
    return GestureEvent(apex=apex, kind=kind, hand=hand, size=.3, height=.2, hold=hold, unit=unit, **more)


def test_every_class_has_a_family():
    assert sorted(kind for family in score_curves.FAMILIES for kind in family) == sorted(CLASSES)


@pytest.mark.parametrize("seed", range(5))
def test_phases_are_in_order_and_do_not_overlap(make_speech, seed):
    score = plan(make_speech(40, seed), {"neutral": 1.0}, .2 * seed, seed)
    for side in SIDES:
        phases = hand_phases(score.events, side)
        for phase in phases:
            assert phase.start <= phase.stroke <= phase.apex <= phase.release <= phase.end
        for before, after in itertools.pairwise(phases):
            assert before.apex <= after.start + 1e-9 and before.end <= after.start + 1e-9
            assert after.from_rest == before.to_rest


def test_hands_rest_between_units_and_stay_up_inside_one():
    phases = hand_phases([event(2.0), event(2.8), event(6.0, unit=2)], "right")
    assert [phase.to_rest for phase in phases] == [False, True, True]
    assert phases[0].release == pytest.approx(phases[1].start, abs=1e-6)
    assert hand_phases([event(2.0)], "left") == ()


def test_a_retraction_gives_way_to_the_next_unit():
    phases = hand_phases([event(2.0), event(3.3, unit=2)], "right")
    assert phases[0].end <= phases[1].start


def test_curves_say_what_the_score_says():
    score = Score(6.0, (event(2.0, position=(.3, -.3, .2)), event(4.5, unit=2, hand="left", kind="offer")))
    curves = score_curves.curves(score, 180, 30.0)
    assert curves.shape == (180, len(score_curves.CHANNELS)) and np.isfinite(curves).all()
    of = {name: curves[:, place] for place, name in enumerate(score_curves.CHANNELS)}
    assert np.argmax(of["right_apex"]) == 60 and np.argmax(of["left_apex"]) == 135
    assert of["right_engaged"][60] == pytest.approx(1.0) and of["right_engaged"][[0, 170]] == pytest.approx(0)
    assert of["right_height"][60] == pytest.approx(.2 / .3) and of["right_forward"][60] == pytest.approx(1.0)
    assert of["left_has_position"][135] == 0 and of["left_family_4"][135] == 1 and of["left_family_0"].max() == 0
    assert of["has_score"].min() == 1 and of["rest_sides"].min() == 1


def test_gaze_turns_smoothly_to_its_targets():
    track = score_curves.gaze(Score(5.0, gaze=((0.0, 0.0, 0.0), (1.0, .3, .1), (3.0, 0.0, 0.0))), np.arange(150) / 30)
    assert track[60] == pytest.approx([.3, .1]) and track[-1] == pytest.approx([0, 0])
    assert np.abs(np.diff(track, 2, axis=0)).max() < .03


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.floats(-1, 20), st.integers(0, 3), st.sampled_from(("left", "right", "both")),
                          st.sampled_from(CLASSES), st.floats(0, 3), st.floats(0, 2)), max_size=12),
       st.floats(.3, 2))
def test_any_score_has_phases_in_order(rows, speed):
    """Also one that an animator wrote: strokes at once, before the start, without units."""
    events = [GestureEvent(apex, kind, hand, size, .2, hold, unit=unit) for apex, unit, hand, kind, hold, size in rows]
    for side in SIDES:
        phases = hand_phases(events, side, speed)
        for phase in phases:
            assert phase.stroke <= max(phase.apex, 0) and phase.start <= phase.stroke + 1e-9
            assert phase.apex <= phase.release + 1e-9 <= phase.end + 2e-9
        for before, after in itertools.pairwise(phases):
            assert before.apex <= after.apex and before.release <= max(after.start, before.apex) + 1e-9
    assert np.isfinite(score_curves.curves(Score(8.0, tuple(events)), 240, 30.0, speed)).all()


def test_a_score_without_units_lets_hands_rest():
    phases = hand_phases([event(2.0), event(12.0)], "right")
    assert phases[0].to_rest and phases[1].from_rest
