"""Motions for the body's tests: a made one that is always there, and recorded ones where the data is."""

from pathlib import Path

import numpy as np
import pytest

from bridge.body import rotations as rot
from bridge.body.motion import Motion
from bridge.body.skeleton import CANONICAL

CLIPS = Path(__file__).parents[4] / "shared" / "data" / "motion" / "canonical"


def _motion_of(rotations, root, fps=30.0, contacts=None):
    contacts = np.zeros((len(root), 4)) if contacts is None else contacts
    return Motion(CANONICAL, rot.continuous(rotations).astype(np.float32), np.asarray(root, np.float32), fps,
                  np.asarray(contacts, np.float32))


def _turned(rotations, joint, vector):
    """Writes a rotation vector (3,) or (T, 3), degrees, into a joint of local rotations (T, J, 4)."""
    rotations[:, CANONICAL.index[joint]] = rot.from_rotation_vector(np.radians(vector))


def _standing(frames=120):
    """Local rotations (T, 52, 4) and root (T, 3) of a body that stands, arms hanging, knees a little bent."""
    rotations, root = rot.identity(frames, 52), np.zeros((frames, 3))
    for side, sign in (("left", 1), ("right", -1)):
        _turned(rotations, f"{side}UpperArm", (0, sign * 72, 0))
        _turned(rotations, f"{side}LowerArm", (0, 0, -sign * 15))
        _turned(rotations, f"{side}UpperLeg", (-8, 0, 0))
        _turned(rotations, f"{side}LowerLeg", (16, 0, 0))
        _turned(rotations, f"{side}Foot", (-8, 0, 0))
    sine, cosine = np.sin(np.radians(8)), np.cos(np.radians(8))
    root += (0, (0.42 - 0.415) * sine, 0.085 + (0.42 + 0.415) * cosine + 0.045)
    return rotations, root


def _read_clip(path):
    """Local rotations (T, 52, 4) float64 and root (T, 3) of a recorded clip."""
    with np.load(path) as file:
        return rot.continuous(rot.normalise(file["q"].astype(float))), file["root"].astype(float)


@pytest.fixture(scope="session")
def clips():
    """Paths of the recorded clips by set, those of good quality."""
    if not CLIPS.is_dir():
        pytest.skip("the motion clips (../shared/data/motion) are not here")
    return {folder.name: sorted(folder.glob("*.npz")) for folder in sorted(CLIPS.iterdir())
            if folder.name != "movebox"}  # arms and head only, feet afloat


@pytest.fixture(scope="session")
def motion_of():
    return _motion_of


@pytest.fixture(scope="session")
def turned():
    return _turned


@pytest.fixture(scope="session")
def standing():
    return _standing


@pytest.fixture(scope="session")
def read_clip():
    return _read_clip
