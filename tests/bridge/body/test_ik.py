"""Two-bone inverse kinematics."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bridge.body.ik import bend_side, two_bone

ROOT = np.zeros((1, 3))
FORWARD = np.array([[0.0, -1.0, 0.0]])
metres = st.floats(-0.7, 0.7)


def leg(bend):
    """Knee and ankle (1, 3) of a leg of 0.42 and 0.415 m bent forward by some radians."""
    knee = np.array([[0, -0.42 * np.sin(bend / 2), -0.42 * np.cos(bend / 2)]])
    return knee, knee + np.array([[0, 0.415 * np.sin(bend / 2), -0.415 * np.cos(bend / 2)]])


@given(metres, metres, st.floats(-0.8, -0.2), st.floats(0.1, 2))
def test_lengths_are_kept_and_the_target_is_reached(x, y, z, bend):
    knee, ankle = leg(bend)
    target = np.array([[x, y, z]])
    new_knee, new_ankle = two_bone(ROOT, knee, ankle, target, FORWARD)
    np.testing.assert_allclose(np.linalg.norm(new_knee), 0.42, rtol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(new_ankle - new_knee), 0.415, rtol=1e-6)
    if 0.05 < np.linalg.norm(target) < 0.83:
        np.testing.assert_allclose(new_ankle, target, atol=1e-9)
    else:  # as near as the leg is long
        np.testing.assert_allclose(np.cross(new_ankle, target), 0, atol=1e-9)


def test_what_is_right_stays_as_it_is():
    for bend in (0.02, 0.1, 1.0):
        knee, ankle = leg(bend)
        new_knee, new_ankle = two_bone(ROOT, knee, ankle, ankle, FORWARD)
        np.testing.assert_allclose(new_knee, knee, atol=1e-9)
        np.testing.assert_allclose(new_ankle, ankle, atol=1e-9)


def test_the_knee_keeps_its_side():
    knee, ankle = leg(0.5)
    for spin in np.linspace(0, 2 * np.pi, 9):
        turn = np.array([[np.cos(spin), -np.sin(spin), 0], [np.sin(spin), np.cos(spin), 0], [0, 0, 1]])
        new_knee, _ = two_bone(ROOT, knee @ turn.T, ankle @ turn.T, ankle @ turn.T + np.array([[0, 0, 0.1]]), FORWARD)
        side = knee[0, :2] @ turn[:2, :2].T
        assert new_knee[0, :2] @ side > 0.999 * np.linalg.norm(new_knee[0, :2]) * np.linalg.norm(side)


def test_a_straight_leg_bends_forward():
    knee, ankle = leg(0.0)
    new_knee, _ = two_bone(ROOT, knee, ankle, ankle + np.array([[0, 0, 0.2]]), FORWARD)
    assert new_knee[0, 1] < -0.1


def test_bend_side_does_not_jump_as_a_leg_straightens():
    bends = np.linspace(0.3, -0.3, 400)
    sides = np.concatenate([bend_side(ROOT, *leg(bend), FORWARD) for bend in bends[:200]])
    assert np.linalg.norm(np.diff(sides, axis=0), axis=1).max() < 0.05
