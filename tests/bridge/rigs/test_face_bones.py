"""Head, neck and eyes turned by a face alone."""

from dataclasses import replace

import numpy as np
import pytest

from bridge.face.track import ARKIT, HEAD_AND_EYES, FaceTrack
from bridge.messages import Tolerance
from bridge.rigs.face_bones import eye_tracks, head_tracks
from bridge.rigs.matching import match
from bridge.rigs.rig import Bone, Mesh, Rig
from tests.bridge.rigs import bodies

AHEAD, UP = np.array((0, -1.0, 0)), np.array((0, 0, 1.0))


def face(**angles: float) -> FaceTrack:
    values = np.zeros((200, len(HEAD_AND_EYES)), np.float32)
    for name, angle in angles.items():
        values[:, HEAD_AND_EYES.index(name)] = angle
    return FaceTrack(np.zeros((200, len(ARKIT)), np.float32), values, 100.0)


def turned(rig: Rig, tracks: list, bone: str, way: np.ndarray, frames: int = 24) -> np.ndarray:
    """Where a direction of the rest points after the bone has turned, in the middle of the range."""
    rest, rotations, _ = bodies.pose(rig, tracks, frames)
    b = rest.index[bone]
    return rotations[frames // 2, b] @ rest.axes[b].T @ way


@pytest.mark.parametrize(("angle", "way", "towards"), [
    ("headYaw", AHEAD, (1, 0, 0)), ("headPitch", AHEAD, (0, 0, -1)), ("headRoll", UP, (1, 0, 0))])
def test_the_head_turns_as_the_face_says(angle, way, towards):
    """Yaw to the left, pitch down, roll to the left: 0.4 rad of it in the head, part of that already in the neck."""
    rig = bodies.rig_of_canonical(seed=6)
    tracks, remarks = head_tracks(face(**{angle: 0.4}), rig, match(rig), 24.0, 1, 24, Tolerance())
    assert {track.group for track in tracks} == {"neck", "head"} and remarks == []
    assert turned(rig, tracks, "head", way) @ towards == pytest.approx(np.sin(0.4), abs=1e-5)
    assert 0.1 < turned(rig, tracks, "neck", way) @ towards < 0.3
    assert len(tracks[0].values) == 24


def test_a_rig_without_a_head_is_told():
    rig = bodies.rig_of_canonical()
    found = match(rig)
    headless = replace(found, joints={joint: bone for joint, bone in found.joints.items() if joint != "head"})
    tracks, remarks = head_tracks(face(headYaw=0.4), rig, headless, 24.0, 1, 24, Tolerance())
    assert tracks == [] and "no head" in remarks[0]


def with_eyes() -> Rig:
    rig = bodies.rig_of_canonical(seed=6)
    eyes = tuple(Bone(f"{side}Eye", "head", (x, -0.1, 1.7), (x, -0.13, 1.7))
                 for side, x in (("left", 0.03), ("right", -0.03)))
    return replace(rig, bones=rig.bones + eyes)


def test_eye_bones_look_where_the_face_looks():
    rig = with_eyes()
    tracks, _ = eye_tracks(face(leftEyeYaw=0.2, rightEyePitch=0.1), rig, match(rig), 24.0, 1, 24, Tolerance())
    assert {track.group for track in tracks} == {"leftEye", "rightEye"}
    np.testing.assert_allclose(turned(rig, tracks, "leftEye", AHEAD), (np.sin(0.2), -np.cos(0.2), 0), atol=1e-6)
    np.testing.assert_allclose(turned(rig, tracks, "rightEye", AHEAD), (0, -np.cos(0.1), -np.sin(0.1)), atol=1e-6)


def test_eyes_with_shapes_are_not_turned_twice():
    rig = replace(with_eyes(), meshes=(Mesh("Head", ("jawOpen", "eyeLookInLeft")),))
    assert eye_tracks(face(leftEyeYaw=0.2), rig, match(rig), 24.0, 1, 24, Tolerance()) == ([], [])
