"""Rest matrices from head, tail and roll, and how a rig lies in the world."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from bridge.rigs.rest import axes, rest_of
from bridge.rigs.rig import Bone, Rig

numbers = st.floats(-1, 1, width=32)
directions = arrays.arrays(np.float64, 3, elements=numbers).filter(lambda v: np.linalg.norm(v) > 1e-3)


@given(directions, st.floats(-np.pi, np.pi))
def test_axes_are_a_rotation_along_the_bone(direction, roll):
    matrix = axes(direction[None], np.array([roll]))[0]
    np.testing.assert_allclose(matrix.T @ matrix, np.eye(3), atol=1e-4)
    assert np.linalg.det(matrix) > 0
    np.testing.assert_allclose(matrix[:, 1], direction / np.linalg.norm(direction), atol=4e-4)


@given(directions, st.floats(-3, 3))
def test_roll_turns_about_the_bone(direction, roll):
    flat, rolled = axes(np.stack((direction, direction)), np.array([0.0, roll]))
    x = flat.T @ rolled[:, 0]
    np.testing.assert_allclose(x, (np.cos(roll), 0, -np.sin(roll)), atol=1e-4)


def test_bones_along_the_axes():
    found = axes(np.array([(0, 1, 0), (0, 0, 1), (0, 0, -1), (1, 0, 0), (0, -1, 0)], float), np.zeros(5))
    np.testing.assert_allclose(found[:, :, 0], [(1, 0, 0), (1, 0, 0), (1, 0, 0), (0, -1, 0), (-1, 0, 0)], atol=1e-12)
    np.testing.assert_allclose(found[:, :, 2], [(0, 0, 1), (0, -1, 0), (0, 1, 0), (0, 0, 1), (0, 0, 1)], atol=1e-12)


def test_near_the_singular_direction_the_axes_stay_a_rotation():
    away = 10.0 ** np.linspace(-8, -1, 60)
    ways = np.stack((away, -np.ones(60), 0.5 * away), -1)
    found = axes(ways, np.zeros(60))
    np.testing.assert_allclose(np.swapaxes(found, 1, 2) @ found, np.broadcast_to(np.eye(3), (60, 3, 3)), atol=2e-4)


def test_a_bone_without_length_does_not_break():
    assert np.isfinite(axes(np.zeros((1, 3)), np.zeros(1))).all()


def rig_with(matrix: np.ndarray) -> Rig:
    return Rig("R", (Bone("a", None, (0, 0, 0), (0, 0, 1)),), tuple(map(tuple, matrix.tolist())))


def test_uneven_scale_is_seen():
    assert rest_of(rig_with(np.diag((0.01, 0.01, 0.01, 1.0)))).even
    assert not rest_of(rig_with(np.diag((1.0, 1.2, 1.0, 1.0)))).even
    np.testing.assert_allclose(rest_of(rig_with(np.diag((0.01, 0.01, 0.01, 1.0)))).unit, 0.01)
