"""Channels of bones: rotation modes, locks, escaped names."""

import numpy as np
import pytest

from bridge.body.rotations import (
    angle_between,
    continuous,
    from_axis_angle,
    from_euler,
    from_rotation_vector,
    normalise,
    to_euler,
)
from bridge.rigs import channels
from bridge.rigs.rig import ROTATION_MODES, Bone


def bone(mode: str = "QUATERNION", **fields) -> Bone:
    return Bone("a", None, (0, 0, 0), (0, 0, 1), rotation_mode=mode, **fields)


def swinging(frames: int = 200, main: str = "X") -> np.ndarray:
    """(T, 4) turning past half a turn about an axis that wanders around a main one."""
    time = np.linspace(0, 1, frames)[:, None]
    axis = np.eye(3)["XYZ".index(main)] + 0.3 * np.sin(6 * time + np.arange(3))
    return continuous(from_rotation_vector(4 * time * axis / np.linalg.norm(axis, axis=1, keepdims=True)))


@pytest.mark.parametrize("mode", ROTATION_MODES)
def test_every_mode_holds_the_rotation(mode):
    turned = swinging()
    track = channels.rotation_track("Rig", bone(mode), turned, 0.01)
    read = {"QUATERNION": normalise, "AXIS_ANGLE": from_axis_angle}.get(mode, lambda v: from_euler(v, mode))
    assert angle_between(read(track.values), turned).max() < 1e-7
    assert track.owner == "Rig" and track.owner_type == "OBJECT" and track.group == "a"
    assert track.kind == {"QUATERNION": "quaternion", "AXIS_ANGLE": "axis_angle"}.get(mode, "euler")


@pytest.mark.parametrize("mode", ["XYZ", "ZXY", "YXZ"])
def test_euler_angles_do_not_jump(mode):
    values = channels.rotation_track("Rig", bone(mode), swinging(main=mode[0]), 0.01).values
    assert np.abs(np.diff(values, axis=0)).max() < 0.2
    assert np.ptp(values, axis=0).max() > np.pi


def test_quaternions_start_near_rest_and_do_not_flip():
    values = channels.rotation_track("Rig", bone(), -swinging(), 0.01).values
    assert values[0, 0] > 0
    assert (np.einsum("ti,ti->t", values[1:], values[:-1]) > 0).all()


def test_locked_axes_stay_at_rest():
    locked = bone("XYZ", locks=(False, False, False, True, False, True))
    angles = to_euler(channels.unlocked(locked, swinging(60)), "XYZ")
    np.testing.assert_allclose(angles[:, (0, 2)], 0, atol=1e-9)
    assert np.abs(angles[:, 1]).max() > 0.1


def test_locked_location_stays_at_rest():
    held = bone(locks=(True, False, False, False, False, False))
    values = channels.location_track("Rig", held, np.ones((5, 3)), 0.01).values
    np.testing.assert_array_equal(values, np.tile((0, 1, 1), (5, 1)))


def test_names_are_escaped_as_in_blender():
    assert channels.path('a"b\\c', "location") == 'pose.bones["a\\"b\\\\c"].location'
    assert channels.property_path("torso", "head_follow") == 'pose.bones["torso"]["head_follow"]'
