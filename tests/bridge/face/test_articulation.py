"""The mouth says what was heard: closures, contacts, rounding, timing, calm."""

import numpy as np
import pytest

from bridge.face import lips
from bridge.face.articulation import LEAD, articulate
from bridge.face.track import ARKIT_INDEX

JAW, PUCKER, FUNNEL = (ARKIT_INDEX[name] for name in ("jawOpen", "mouthPucker", "mouthFunnel"))


def mouth(heard, effort=1.0):
    return articulate(heard, np.full(len(heard.phones), effort))


def sealed(articulation):
    return lips.gap(lips.seal(articulation.weights, articulation.closure))


def test_every_bilabial_is_shut_before_it_sounds_and_parts_with_its_burst(mama):
    gap = sealed(mouth(mama))
    for start, stop in ((0.5, 0.6), (0.75, 0.85), (1.05, 1.15)):
        assert gap[round((start - 0.005) * 100)] <= lips.SEALED
        assert gap[round((start + stop) / 2 * 100) - 2] <= lips.SEALED
        assert gap[round((stop + 0.06) * 100)] > 3.0
    assert mouth(mama).closures == pytest.approx((0.55 - LEAD, 0.8 - LEAD, 1.1 - LEAD), abs=0.02)


def test_a_closure_of_one_frame_is_shown_long_enough_to_be_seen(ideal):
    gap = sealed(mouth(ideal([("AA", 0.3), ("B", 0.02), ("AA", 0.3)])))
    assert np.sum(gap <= lips.SEALED) >= 6


def test_the_lower_lip_goes_under_the_teeth_for_f_and_v(mama):
    spoken = mouth(mama)
    roll = spoken.weights[:, ARKIT_INDEX["mouthRollLower"]] - spoken.weights[:, ARKIT_INDEX["mouthRollUpper"]]
    for middle in (1.56, 1.92):
        frame = round((middle - LEAD) * 100)
        assert roll[frame] > 0.3
        assert spoken.weights[frame, JAW] < 0.2


def test_rounding_begins_before_the_rounded_vowel_sounds(ideal):
    spoken = mouth(ideal([("AA", 0.2), ("S", 0.1), ("T", 0.1), ("UW", 0.2), ("SIL", 0.3)]))
    pucker = spoken.weights[:, PUCKER]
    assert pucker[38] > 0.3 * pucker.max()
    assert pucker.argmax() in range(40, 62)
    assert pucker[5] < 0.1


def test_a_short_vowel_does_not_open_as_far_as_a_long_one(ideal):
    def widest(seconds):
        return mouth(ideal([("S", 0.15), ("AA", seconds), ("S", 0.15)])).weights[:, JAW].max()

    assert widest(0.05) < 0.75 * widest(0.2)


def test_sounds_of_the_tongue_take_the_lips_of_their_neighbours(ideal):
    spoken = mouth(ideal([("UW", 0.2), ("T", 0.08), ("UW", 0.2)]))
    assert spoken.weights[20:25, PUCKER].min() > 0.6 * spoken.weights[:, PUCKER].max()


def test_sibilants_nearly_shut_the_jaw(ideal):
    spoken = mouth(ideal([("AA", 0.2), ("S", 0.12), ("AA", 0.2)]))
    assert spoken.weights[22:26, JAW].min() < 0.4 * spoken.weights[:, JAW].max()


def test_silence_is_calm_and_shut(ideal):
    spoken = mouth(ideal([("AA", 0.3), ("SIL", 1.0)]))
    assert spoken.weights[round((0.3 + 0.15) * 100):, JAW].max() <= 0.06
    assert np.abs(np.diff(spoken.weights[60:], axis=0)).sum(0).max() <= 0.05


def test_a_short_pause_keeps_the_mouth_waiting_open(ideal):
    short = mouth(ideal([("AA", 0.3), ("SIL", 0.15), ("AA", 0.3)])).weights[30:45, JAW].min()
    long = mouth(ideal([("AA", 0.3), ("SIL", 0.8), ("AA", 0.3)])).weights[30:110, JAW].min()
    assert short > 0.05 > long


def test_effort_opens_the_jaw(mama):
    assert mouth(mama, 1.4).weights[:, JAW].max() > 1.25 * mouth(mama, 1.0).weights[:, JAW].max()


def test_no_speech_at_all_gives_a_still_face(ideal):
    assert mouth(ideal([("SIL", 0.5)])).weights.max() < 0.01
    assert len(mouth(ideal([("SIL", 0.01)])).weights) == 1
