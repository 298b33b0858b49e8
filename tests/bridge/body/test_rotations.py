"""Rotations against scipy, and the properties that animation relies on."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.transform import Rotation, Slerp

from bridge.body import rotations as rot

ORDERS = ["".join(p) for p in permutations("XYZ")]


def random_rotations(seed, *shape):
    return rot.normalise(np.random.default_rng(seed).standard_normal((*shape, 4)))


def scipy_of(q):
    return Rotation.from_quat(np.asarray(q)[..., [1, 2, 3, 0]])


def same_rotation(a, b, tolerance=1e-9):
    return np.max(rot.angle_between(a, b)) < tolerance


quaternions = arrays(np.float64, (4,), elements=st.floats(-1, 1)).filter(
    lambda q: np.linalg.norm(q) > 1e-3).map(rot.normalise)
vectors = arrays(np.float64, (3,), elements=st.floats(-10, 10))


def test_multiply_and_rotate_agree_with_scipy():
    a, b = random_rotations(0, 50), random_rotations(1, 50)
    v = np.random.default_rng(2).standard_normal((50, 3))
    expected = (scipy_of(a) * scipy_of(b)).as_matrix()
    np.testing.assert_allclose(rot.to_matrix(rot.multiply(a, b)), expected, atol=1e-12)
    np.testing.assert_allclose(rot.rotate(a, v), scipy_of(a).apply(v), atol=1e-12)


def test_functions_broadcast_like_numpy():
    a, b = random_rotations(0, 7, 1), random_rotations(1, 1, 5)
    assert rot.multiply(a, b).shape == (7, 5, 4)
    assert rot.rotate(a, np.ones((5, 3))).shape == (7, 5, 3)
    assert rot.slerp(a, b, np.linspace(0, 1, 5)).shape == (7, 5, 4)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_float_kind_is_kept(dtype):
    q = random_rotations(3, 6).astype(dtype)
    v = np.ones((6, 3), dtype)
    results = [rot.multiply(q, q), rot.conjugate(q), rot.rotate(q, v), rot.normalise(q),
               rot.slerp(q, q[::-1], 0.3), rot.to_matrix(q), rot.from_matrix(rot.to_matrix(q)),
               rot.to_rotation_vector(q),
               rot.from_rotation_vector(v), rot.to_euler(q, "ZXY"), rot.from_euler(v, "ZXY"), rot.six_d(q),
               rot.from_six_d(rot.six_d(q)), *rot.swing_twist(q, v), rot.between(v, rot.rotate(q, v)),
               rot.continuous(q), rot.to_axis_angle(q), rot.from_axis_angle(rot.to_axis_angle(q)),
               rot.resample(q, np.array([0.5, 2.25])), rot.continuous_euler(v)]
    assert [r.dtype for r in results] == [np.dtype(dtype)] * len(results)


def test_normalise_of_nothing_is_the_identity():
    np.testing.assert_array_equal(rot.normalise(np.zeros((2, 4))), rot.identity(2))


def test_matrices_agree_with_scipy_and_return():
    q = random_rotations(4, 400)
    np.testing.assert_allclose(rot.to_matrix(q), scipy_of(q).as_matrix(), atol=1e-12)
    assert same_rotation(rot.from_matrix(rot.to_matrix(q)), q)


@given(quaternions)
def test_matrix_round_trip(q):
    assert same_rotation(rot.from_matrix(rot.to_matrix(q)), q, 1e-8)


@given(vectors.filter(lambda v: np.linalg.norm(v) < 3.14))
def test_rotation_vector_round_trip(v):
    np.testing.assert_allclose(rot.to_rotation_vector(rot.from_rotation_vector(v)), v, atol=1e-9)
    expected = Rotation.from_rotvec(v).as_matrix()
    np.testing.assert_allclose(rot.to_matrix(rot.from_rotation_vector(v)), expected, atol=1e-12)


def test_small_rotation_vectors_keep_their_digits():
    v = np.array([1e-10, -3e-10, 2e-10])
    np.testing.assert_allclose(rot.to_rotation_vector(rot.from_rotation_vector(v)), v, rtol=1e-12)


@pytest.mark.parametrize("order", ORDERS)
def test_euler_orders_mean_what_blender_means(order):
    # Blender's "XYZ" turns about the fixed axes x, then y, then z: scipy's lower-case, extrinsic order.
    angles = np.random.default_rng(5).uniform(-np.pi, np.pi, (200, 3))
    in_order = angles[:, ["XYZ".index(letter) for letter in order]]
    expected = Rotation.from_euler(order.lower(), in_order).as_matrix()
    np.testing.assert_allclose(rot.to_matrix(rot.from_euler(angles, order)), expected, atol=1e-12)


@pytest.mark.parametrize("order", ORDERS)
@given(q=quaternions)
@settings(max_examples=60)
def test_euler_round_trip(order, q):
    assert same_rotation(rot.from_euler(rot.to_euler(q, order), order), q, 1e-5)


@pytest.mark.parametrize("order", ORDERS)
def test_euler_round_trip_at_gimbal_lock(order):
    angles = np.random.default_rng(6).uniform(-3, 3, (40, 3))
    angles[:, "XYZ".index(order[1])] = np.where(np.arange(40) % 2, np.pi / 2, -np.pi / 2)
    q = rot.from_euler(angles, order)
    assert same_rotation(rot.from_euler(rot.to_euler(q, order), order), q, 1e-5)


@pytest.mark.parametrize("order", ORDERS)
def test_continuous_euler_has_no_jumps_where_the_motion_has_none(order):
    t = np.linspace(0, 1, 400)[:, None]
    q = rot.from_rotation_vector(np.concatenate((9 * t, 5 * np.sin(4 * t), 2 * np.cos(9 * t)), 1))
    angles = rot.continuous_euler(rot.to_euler(q, order), order)
    assert same_rotation(rot.from_euler(angles, order), q, 1e-6)
    # Near gimbal lock two angles may rush; never by half a turn within one frame.
    assert np.abs(np.diff(angles, axis=0)).max() < 2.5
    plain = np.abs(np.diff(rot.to_euler(q, order), axis=0)).max()
    assert plain > 3 or plain == pytest.approx(np.abs(np.diff(angles, axis=0)).max())


def test_continuous_euler_of_one_frame():
    angles = np.array([[[0.1, 2.0, -3.0]]])
    np.testing.assert_array_equal(rot.continuous_euler(angles), angles)


def test_continuous_euler_follows_several_turns():
    angles = np.zeros((300, 2, 3))
    angles[:, 0, 1] = np.linspace(0, 20, 300)
    angles[:, 1, 0] = np.linspace(0, -13, 300)
    seen = rot.to_euler(rot.from_euler(angles, "XYZ"), "XYZ")
    np.testing.assert_allclose(rot.continuous_euler(seen, "XYZ"), angles, atol=1e-6)


@given(quaternions)
def test_axis_angle_round_trip(q):
    values = rot.to_axis_angle(q)
    assert np.linalg.norm(values[1:]) == pytest.approx(1)
    assert same_rotation(rot.from_axis_angle(values), q)
    assert same_rotation(rot.from_axis_angle(values * [1, 3, 3, 3]), q)  # Blender normalises the axis


def test_axis_angle_without_an_axis_is_the_identity():
    np.testing.assert_array_equal(rot.from_axis_angle(np.array([1.0, 0, 0, 0])), rot.IDENTITY)
    np.testing.assert_array_equal(rot.to_axis_angle(np.array(rot.IDENTITY)), [0, 0, 1, 0])


@given(quaternions, quaternions, st.floats(0, 1))
def test_slerp_runs_the_shorter_arc_at_constant_speed(a, b, t):
    whole = rot.angle_between(a, b)
    if whole > 3.1:  # half a turn: either arc is right
        return
    middle = rot.slerp(a, b, t)
    assert rot.angle_between(a, middle) == pytest.approx(t * whole, abs=1e-7)
    assert rot.angle_between(middle, b) == pytest.approx((1 - t) * whole, abs=1e-7)


def test_slerp_agrees_with_scipy():
    q = rot.continuous(random_rotations(7, 12))
    times = np.linspace(0, 11, 97)
    expected = Slerp(np.arange(12), scipy_of(q))(times).as_matrix()
    np.testing.assert_allclose(rot.to_matrix(rot.resample(q, times)), expected, atol=1e-9)


def test_resample_holds_its_ends_and_is_continuous():
    q = random_rotations(8, 20, 3)
    read = rot.resample(q, np.linspace(-4, 25, 300))
    assert same_rotation(read[0], q[0]) and same_rotation(read[-1], q[-1])
    assert np.einsum("tji,tji->tj", read[1:], read[:-1]).min() >= 0
    assert rot.resample(q[:1], np.array([0.0, 3.0])).shape == (2, 3, 4)


def test_continuous_signs():
    q = rot.from_rotation_vector(np.linspace(0, 12, 200)[:, None] * np.array([0, 0.6, 0.8]))
    torn = q * np.where(np.random.default_rng(9).random(200) < 0.5, -1, 1)[:, None]
    np.testing.assert_allclose(np.abs(rot.continuous(torn) * np.sign(torn[0, 0])), np.abs(q), atol=1e-12)
    assert (np.einsum("ti,ti->t", rot.continuous(torn)[1:], rot.continuous(torn)[:-1]) > 0).all()


@given(quaternions, vectors.filter(lambda v: np.linalg.norm(v) > 1e-2))
def test_swing_twist_puts_the_rotation_back_together(q, axis):
    swing, twist = rot.swing_twist(q, axis)
    unit = axis / np.linalg.norm(axis)
    assert same_rotation(rot.multiply(swing, twist), q)
    np.testing.assert_allclose(rot.rotate(twist, unit), unit, atol=1e-9)
    assert abs(swing[1:] @ unit) < 1e-6


def test_twist_angle_about_any_length_of_axis():
    angles = np.linspace(-3.1, 3.1, 50)
    q = rot.from_rotation_vector(angles[:, None] * np.array([0, 0, 1.0]))
    np.testing.assert_allclose(rot.twist_angle(q, np.array([0, 0, 7.0])), angles, atol=1e-12)
    np.testing.assert_allclose(rot.twist_angle(-q, np.array([0, 0, 7.0])), angles, atol=1e-12)


@given(vectors.filter(lambda v: np.linalg.norm(v) > 1e-2), vectors.filter(lambda v: np.linalg.norm(v) > 1e-2))
def test_between_is_the_smallest_rotation(a, b):
    q = rot.between(a, b)
    ua, ub = a / np.linalg.norm(a), b / np.linalg.norm(b)
    np.testing.assert_allclose(rot.rotate(q, ua), ub, atol=1e-4)
    angle = np.arctan2(np.linalg.norm(np.cross(ua, ub)), ua @ ub)
    assert rot.angle_between(np.array(rot.IDENTITY), q) == pytest.approx(angle, abs=1e-4)


@pytest.mark.parametrize("direction", [(1, 0, 0), (0, -1, 0), (0, 0, 1), (0.6, 0, -0.8)])
def test_between_opposite_directions(direction):
    q = rot.between(np.array(direction), -np.array(direction))
    np.testing.assert_allclose(rot.rotate(q, np.array(direction)), -np.array(direction), atol=1e-9)


def test_six_d_round_trip_and_repair():
    q = random_rotations(10, 60)
    assert same_rotation(rot.from_six_d(rot.six_d(q)), q, 1e-7)
    columns = rot.six_d(q)
    columns[:, 3:] += 0.4 * columns[:, :3]  # not square any more
    assert same_rotation(rot.from_six_d(2.5 * columns), q, 1e-7)
