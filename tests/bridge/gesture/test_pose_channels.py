import numpy as np
import pytest

from bridge.body import pose_channels, rotations
from bridge.body.kinematics import globals_of
from bridge.body.pose_channels import WIDTH, PoseBasis
from bridge.body.skeleton import CANONICAL


@pytest.fixture(scope="module")
def motion():
    """A body whose joints wander along a few common directions, as a captured one does."""
    draw = np.random.default_rng(0)
    hidden = np.cumsum(draw.standard_normal((400, 5)), 0) * .02
    vectors = (hidden @ draw.standard_normal((5, len(CANONICAL) * 3)) * .3).reshape(400, -1, 3)
    q = rotations.from_rotation_vector(vectors)
    return q.astype(np.float32), (np.array((0, 0, .96)) + hidden[:, :3] * .1).astype(np.float32)


def test_poses_come_back(motion):
    basis = pose_channels.learn(pose_channels.pose_vectors(*motion))
    channels = basis.encode(*motion)
    assert channels.shape == (400, WIDTH)
    turns, root = basis.decode(channels)
    places, expected = globals_of(turns, root)[1], globals_of(*motion)[1]
    assert np.abs(places - expected).max() < .02
    assert np.linalg.norm(turns, axis=-1) == pytest.approx(1, abs=1e-5)


def test_channels_have_unit_spread_at_most(motion):
    basis = pose_channels.learn(pose_channels.pose_vectors(*motion))
    assert basis.encode(*motion).std(0).max() < 1.01


def test_a_part_does_not_move_another(motion):
    basis = pose_channels.learn(pose_channels.pose_vectors(*motion))
    channels = basis.encode(*motion)
    changed = channels.copy()
    changed[:, pose_channels.part_slices()["left arm"]] += .5
    turns, other = basis.decode(channels)[0], basis.decode(changed)[0]
    moved = rotations.angle_between(turns, other).max(0) > 1e-3
    assert {CANONICAL.names[joint] for joint in np.flatnonzero(moved)} <= set(pose_channels.PARTS["left arm"])


def test_the_basis_travels_as_text(motion):
    basis = pose_channels.learn(pose_channels.pose_vectors(*motion))
    again = PoseBasis.from_text(basis.to_text())
    assert all(np.array_equal(getattr(basis, name), getattr(again, name)) for name in ("mean", "basis", "scale"))
    with pytest.raises(ValueError, match="numbers"):
        PoseBasis.from_text("AAAA" * 4)


def test_every_joint_belongs_to_one_part():
    joints = [name for part in pose_channels.PARTS.values() for name in part]
    assert sorted(joints) == sorted(CANONICAL.names)
