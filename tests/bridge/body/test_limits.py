"""Joints stay within human ranges, and are left alone inside them."""

import numpy as np
import pytest

from bridge.body import limits
from bridge.body import rotations as rot
from bridge.body.skeleton import CANONICAL

SWAPPED = {"left": "right", "righ": "left"}
MIRROR = [CANONICAL.index[SWAPPED.get(name[:4], name[:4]) + name[4 + name.startswith("right"):]]
          for name in CANONICAL.names]


def one_joint(joint, vectors):
    q = rot.identity(len(vectors), 52)
    q[:, CANONICAL.index[joint]] = rot.from_rotation_vector(np.radians(vectors))
    return q


def held(joint, vectors):
    return limits.within(one_joint(joint, vectors), CANONICAL)[:, CANONICAL.index[joint]]


def test_inside_the_ranges_nothing_changes_by_a_bit():
    q = one_joint("leftLowerArm", [[-90, 0, 0], [75, 0, 0], [10, 0, -100], [0, 0, 2]])
    np.testing.assert_array_equal(limits.within(q, CANONICAL), q)


@pytest.mark.parametrize(("joint", "low", "high"), [("leftLowerArm", -95, 80), ("rightLowerArm", -95, 80)])
def test_the_forearm_turns_no_further_than_an_arm_can(joint, low, high):
    degrees = np.linspace(-175, 170, 200)
    angle = np.degrees(rot.twist_angle(held(joint, degrees[:, None] * [1.0, 0, 0]), np.array([1.0, 0, 0])))
    assert low - 9 < angle.min() < low and high < angle.max() < high + 9
    assert (np.diff(angle) >= -1e-9).all()  # gives way, and never turns back
    inside = (degrees > low) & (degrees < high)
    np.testing.assert_allclose(angle[inside], degrees[inside], atol=1e-9)


def test_a_twist_beyond_half_a_turn_does_not_flip():
    degrees = np.linspace(0, 260, 100)
    q = held("leftLowerArm", degrees[:, None] * [1.0, 0, 0])
    assert np.degrees(rot.angle_between(q[1:], q[:-1])).max() < 4


def test_elbows_and_knees_do_not_bend_backwards():
    elbow = rot.to_rotation_vector(held("leftLowerArm", [[0, 0, 60]]))
    knee = rot.to_rotation_vector(held("rightLowerLeg", [[-50, 0, 0]]))
    assert np.degrees(elbow[0, 2]) < 4 and np.degrees(knee[0, 0]) > -4


def test_an_elbow_that_goes_sideways_stays_bent():
    bent = np.degrees(rot.to_rotation_vector(held("leftLowerArm", [[0, 60, -110], [0, 30, -110]])))
    np.testing.assert_allclose(bent[:, 2], -110, atol=1e-6)
    assert (bent[:, 1] < 28).all()


def test_fingers_curl_but_do_not_fold_back():
    assert np.degrees(rot.to_rotation_vector(held("leftIndexIntermediate", [[0, -80, 0]]))[0, 1]) > -23
    assert np.degrees(rot.to_rotation_vector(held("rightIndexIntermediate", [[0, 80, 0]]))[0, 1]) < 23
    np.testing.assert_allclose(np.degrees(rot.to_rotation_vector(held("leftRingProximal", [[0, 85, 0]]))), [[0, 85, 0]],
                               atol=1e-9)


def test_right_is_the_mirror_of_left():
    q = rot.from_rotation_vector(np.random.default_rng(0).uniform(-2, 2, (60, 52, 3)))
    mirrored = q[:, MIRROR] * [1, 1, -1, -1]
    expected = limits.within(q, CANONICAL)[:, MIRROR] * [1, 1, -1, -1]
    assert rot.angle_between(limits.within(mirrored, CANONICAL), expected).max() < 1e-6


def test_held_joints_are_hardly_held_again():
    q = rot.from_rotation_vector(np.random.default_rng(1).uniform(-1.5, 1.5, (60, 52, 3)))
    once = limits.within(q, CANONICAL)
    change = np.degrees(rot.angle_between(limits.within(once, CANONICAL), once))
    assert change.max() < 3 and np.median(change) < 1  # of excesses of 50 degrees and more


def test_recorded_talk_lies_within_the_ranges(clips, read_clip):
    changed = []
    for name in ("brad2", "garza", "connor", "rachel", "rocketbox"):
        for path in clips[name][::4]:
            q, _ = read_clip(path)
            changed.append(np.degrees(rot.angle_between(limits.within(q, CANONICAL), q)) > 0.5)
    assert np.concatenate(changed).mean() < 0.002
