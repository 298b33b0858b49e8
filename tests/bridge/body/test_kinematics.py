"""Forward kinematics against a joint-by-joint product of matrices."""

import numpy as np
import pytest

from bridge.body import rotations as rot
from bridge.body.kinematics import globals_of, levels, locals_of, rest_of, tips_of
from bridge.body.motion import Motion
from bridge.body.skeleton import CANONICAL, Skeleton


def random_motion(skeleton, frames=6, seed=0):
    rng = np.random.default_rng(seed)
    q = rot.normalise(rng.standard_normal((frames, len(skeleton), 4)))
    return q, rng.standard_normal((frames, 3))


@pytest.fixture
def bent():
    """A small skeleton with a rest rotation in every joint."""
    rng = np.random.default_rng(1)
    rest = rot.normalise(rng.standard_normal((5, 4)))
    return Skeleton(("a", "b", "c", "d", "e"), np.array([-1, 0, 1, 1, 3]), rng.standard_normal((5, 3)), rest)


def by_matrices(skeleton, q, root):
    local = rot.to_matrix(rot.multiply(skeleton.rest_rotations, q))
    turns, places = np.empty_like(local), np.empty((*q.shape[:2], 3))
    for joint, parent in enumerate(skeleton.parents):
        if parent < 0:
            turns[:, joint], places[:, joint] = local[:, joint], root
        else:
            turns[:, joint] = turns[:, parent] @ local[:, joint]
            places[:, joint] = places[:, parent] + turns[:, parent] @ skeleton.offsets[joint]
    return turns, places


def test_agrees_with_matrices(bent):
    for skeleton in (CANONICAL, bent):
        q, root = random_motion(skeleton)
        turns, places = globals_of(q, root, skeleton)
        expected_turns, expected_places = by_matrices(skeleton, q, root)
        np.testing.assert_allclose(rot.to_matrix(turns), expected_turns, atol=1e-10)
        np.testing.assert_allclose(places, expected_places, atol=1e-10)


def test_a_motion_is_taken_whole(bent):
    q, root = random_motion(bent)
    motion = Motion(bent, q.astype(np.float32), root.astype(np.float32), 30.0, np.zeros((6, 4), np.float32))
    turns, places = globals_of(motion)
    assert turns.dtype == places.dtype == np.float32
    np.testing.assert_allclose(places, globals_of(q, root, bent)[1], atol=1e-5)


def test_locals_undo_globals(bent):
    for skeleton in (CANONICAL, bent):
        q, root = random_motion(skeleton)
        back = locals_of(globals_of(q, root, skeleton)[0], skeleton)
        assert rot.angle_between(back, q).max() < 1e-9


def test_rest_of_the_canonical_skeleton_stands_175_high():
    turns, places = rest_of()
    at = CANONICAL.index
    np.testing.assert_array_equal(turns, rot.identity(52))
    assert places[at["leftFoot"], 2] == pytest.approx(0.085)
    assert places[at["leftToes"], 2] == pytest.approx(0.020)
    assert places[at["head"], 2] + CANONICAL.tips["head"][2] == pytest.approx(1.75)
    assert places[at["leftHand"], 0] == pytest.approx(0.715)
    left = [place for name, place in at.items() if name.startswith("left")]
    right = [at[name.replace("left", "right")] for name in at if name.startswith("left")]
    np.testing.assert_allclose(places[right], places[left] * [-1, 1, 1], atol=1e-12)


def test_bones_end_at_tips_and_children():
    turns, places = rest_of()
    ends = tips_of(turns[None], places[None])[0]
    at = CANONICAL.index
    np.testing.assert_allclose(ends[at["leftUpperArm"]], places[at["leftLowerArm"]])
    np.testing.assert_allclose(ends[at["head"]], places[at["head"]] + (0, 0, 0.17))
    np.testing.assert_allclose(ends[at["leftToes"]], places[at["leftToes"]] + (0, -0.07, 0))


def test_levels_hold_every_joint_once_after_its_parent():
    order = np.concatenate(levels(CANONICAL))
    assert sorted(order) == list(range(52))
    place = np.argsort(order)
    assert all(place[parent] < place[joint] for joint, parent in enumerate(CANONICAL.parents) if parent >= 0)
