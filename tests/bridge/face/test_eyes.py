"""Blinks at a speaker's rate, saccades that jump, lids that follow."""

import numpy as np

from bridge.body.score import Score
from bridge.face import blinks, gaze
from bridge.face.track import ARKIT_INDEX


def test_blinks_come_as_often_as_speakers_blink():
    counts = [len(blinks.plan(60.0, [], [], {}, seed)) for seed in range(60)]
    assert 18 <= np.mean(counts) <= 28
    assert min(counts) >= 10 and max(counts) <= 45


def test_blinks_are_drawn_to_pauses_and_keep_out_of_phrase_onsets():
    pauses = list(np.arange(2.0, 60.0, 2.0))
    forbidden = [(t + 0.35, t + 0.5) for t in pauses]
    planned = [b.time for seed in range(20) for b in blinks.plan(60.0, pauses, forbidden, {}, seed)]
    near = np.mean([min(abs(t - p) for p in pauses) < 0.05 for t in planned])
    assert near > 0.2  # 0.05 by chance
    firsts = [t for t in planned if any(a < t < b for a, b in forbidden)]
    assert len(firsts) / len(planned) < 0.05  # the second of a double blink may


def test_a_longer_speech_begins_with_the_same_blinks():
    short, long = (blinks.plan(seconds, [], [], {}, 5) for seconds in (20.0, 60.0))
    assert long[:len(short)] == short


def test_lids_close_fast_and_open_slowly():
    lids = blinks.lids((blinks.Blink(1.0, 0.08, 0.02, 0.2, 1.0),), 200)
    assert lids[100] == 1.0 and lids[90] == 0.0 and lids[:90].max() == 0.0
    assert 0.0 < lids[115] < 0.5 and lids[150:].max() < 0.02


def test_the_eyes_jump_and_rest():
    track = gaze.angles([(0.0, 0.0, 0.0), (0.5, np.radians(10.0), 0.0)], 100)
    moving = np.abs(np.diff(track[:, 0])) > 1e-9
    assert moving.sum() <= 6 and moving[50:56].any()
    np.testing.assert_allclose(track[60:, 0], np.radians(10.0), atol=1e-9)


def test_far_targets_are_left_to_the_head():
    track = gaze.angles([(0.0, np.radians(40.0), 0.0)], 5)
    assert np.degrees(track[0, 0]) == np.degrees(track[0, 0]).clip(20.0, 28.0)


def test_looking_left_turns_both_eyes_left_and_looking_down_lowers_the_lids():
    shapes = gaze.shapes(np.array([[np.radians(17.0), np.radians(15.5)]]))[0]
    for name in ("eyeLookOutLeft", "eyeLookInRight", "eyeLookDownLeft", "eyeLookDownRight"):
        assert shapes[ARKIT_INDEX[name]] == 0.5
    assert shapes[ARKIT_INDEX["eyeBlinkLeft"]] > 0.1
    assert shapes[ARKIT_INDEX["eyeLookInLeft"]] == shapes[ARKIT_INDEX["eyeLookUpLeft"]] == 0.0


def test_a_speaker_mostly_looks_at_the_listener():
    score = Score(seconds=120.0, phrases=tuple((float(t), t + 2.2) for t in range(1, 118, 3)))
    shares = []
    for seed in range(10):
        track = gaze.angles(gaze.fixations(score, {}, seed), 12_000)
        shares.append(np.mean(np.linalg.norm(track, axis=1) < np.radians(4.0)))
    assert 0.7 < np.mean(shares) < 0.97


def test_the_gaze_of_a_score_is_followed():
    score = Score(seconds=2.0, gaze=((0.0, 0.0, 0.0), (1.0, np.radians(12.0), 0.0)))
    track = gaze.angles(gaze.fixations(score, {}, 0), 200)
    assert abs(np.degrees(track[150:, 0].mean()) - 12.0) < 3.0 and abs(np.degrees(track[:90, 0].mean())) < 3.0
