"""Pronation spread over forearms: with twist bones beside or in the chain, and without any."""

from dataclasses import replace

import numpy as np
import pytest

from bridge.body.kinematics import globals_of
from bridge.body.motion import Motion
from bridge.body.rotations import (
    angle_between,
    conjugate,
    from_matrix,
    from_rotation_vector,
    identity,
    multiply,
    twist_angle,
)
from bridge.body.skeleton import CANONICAL
from bridge.messages import Tolerance
from bridge.rigs.matching import match
from bridge.rigs.retarget import body_tracks
from bridge.rigs.rig import Bone, Rig
from tests.bridge.rigs import bodies

ALONG = np.array((1.0, 0, 0))


def pronating(frames: int = 9, most: float = 1.4) -> Motion:
    """The left elbow bent by 60 degrees, the palm turned over more and more."""
    turns = identity(frames, len(CANONICAL))
    arm = CANONICAL.index["leftLowerArm"]
    bend, twist = np.zeros((frames, 3)), np.linspace(0, most, frames)[:, None] * ALONG
    bend[:, 2] = -np.pi / 3
    turns[:, arm] = multiply(from_rotation_vector(bend), from_rotation_vector(twist))
    root = np.tile(CANONICAL.offsets[0], (frames, 1))
    return Motion(CANONICAL, turns.astype(np.float32), root.astype(np.float32), 30.0, np.ones((frames, 4), np.float32))


def with_twist(share: float, chained: bool, **fields) -> Rig:
    """The canonical rig with a twist bone at that share of the left forearm."""
    rig = bodies.rig_of_canonical(seed=3)
    fore = next(bone for bone in rig.bones if bone.name == "leftLowerArm")
    head, tail = np.array(fore.head), np.array(fore.tail)
    twist = Bone("leftLowerArmTwist", "leftLowerArm", tuple(head + share * (tail - head)), fore.tail, 0.4, **fields)
    rig = replace(rig, bones=(*rig.bones, twist))
    if chained:
        rig = bodies.change(rig, "leftHand", parent="leftLowerArmTwist")
    return Rig.from_json(rig.to_json())


def spins(rig: Rig, motion: Motion) -> dict[str, np.ndarray]:
    """Turns of the left arm's bones from rest, and that of the source's hand."""
    tracks, _ = body_tracks(motion, rig, match(rig), 30.0, 1, len(motion), Tolerance())
    rest, rotations, _ = bodies.pose(rig, tracks, len(motion))
    turned = from_matrix(rotations @ np.swapaxes(rest.axes, 1, 2))
    found = {name: turned[:, rest.index[name]] for name in rest.names if name.startswith("left")}
    source = globals_of(motion)[0][:, CANONICAL.index["leftHand"]].astype(float)
    assert angle_between(found["leftHand"], source).max() < 1e-5
    return found


def twist_of(found: dict[str, np.ndarray], bone: str) -> np.ndarray:
    """Radians a bone is turned about the forearm against the upper arm, beyond the bend."""
    return twist_angle(multiply(conjugate(found["leftUpperArm"]), found[bone]), ALONG)


@pytest.mark.parametrize(("share", "chained", "expected"), [(0.5, False, 0.5), (0.8, False, 0.8), (0.5, True, 1.0)])
def test_twist_bones_take_the_pronation(share, chained, expected):
    motion = pronating()
    found = spins(with_twist(share, chained), motion)
    np.testing.assert_allclose(twist_of(found, "leftLowerArm"), 0, atol=1e-5)
    np.testing.assert_allclose(twist_of(found, "leftLowerArmTwist"), expected * np.linspace(0, 1.4, 9), atol=1e-5)


def test_without_twist_bones_elbow_and_wrist_share():
    found = spins(bodies.rig_of_canonical(seed=3), pronating())
    np.testing.assert_allclose(twist_of(found, "leftLowerArm"), 0.5 * np.linspace(0, 1.4, 9), atol=1e-5)


def test_twist_bones_that_the_rig_drives_are_left_alone():
    rig = with_twist(0.5, chained=False, constraints=("COPY_ROTATION",))
    tracks, _ = body_tracks(pronating(), rig, match(rig), 30.0, 1, 9, Tolerance())
    assert "leftLowerArmTwist" not in {track.group for track in tracks}
    np.testing.assert_allclose(twist_of(spins(rig, pronating()), "leftLowerArm"), 0, atol=1e-5)
