"""Real clips on every character of the data folder, judged by directions, feet and hands in the world."""

from itertools import pairwise

import numpy as np
import pytest

from bridge.body.kinematics import globals_of
from bridge.body.skeleton import CANONICAL
from bridge.messages import Tolerance
from bridge.rigs.matching import match
from bridge.rigs.retarget import body_tracks
from tests.bridge.rigs import bodies

CLIPS = ("brad2/brad_Idle01_ChopBoth01", "garza/garza_IdleStand01_NegateForwardLowRt01")
# limbs much unlike the canonical body's: a child, long and short arms, wide shoulders
ODD = {"synth_unity": 10, "vrm_addon_example": 13, "readyplayerme_bones": 10, "mesh2motion_sintel": 10,
       "mesh2motion_zombie": 10}  # degrees
LIMBS = (("UpperArm", "LowerArm"), ("LowerArm", "Hand"), ("UpperLeg", "LowerLeg"), ("LowerLeg", "Foot"))
pytestmark = pytest.mark.skipif(not (bodies.characters() and bodies.CLIPS.is_dir()),
                                reason="characters and clips (../shared/data) are not here")


@pytest.fixture(scope="module")
def clips():
    return {name: bodies.clip(name) for name in CLIPS}


@pytest.mark.parametrize("name", CLIPS, ids=lambda name: name.split("/")[0])
@pytest.mark.parametrize("path", bodies.characters(), ids=lambda path: path.stem)
def test_a_character_moves_as_the_clip(path, name, clips):
    motion = clips[name]
    rig, _ = bodies.read(path)
    found = match(rig)
    tracks, _ = body_tracks(motion, rig, found, motion.fps, 1, len(motion), Tolerance())
    rest, _, heads = bodies.pose(rig, tracks, len(motion))
    at = bodies.world(rest, heads)
    facing = _upright(rest, found)
    place = {joint: at[:, rest.index[bone]] @ facing.T for joint, bone in found.joints.items()}
    source = dict(zip(CANONICAL.names, np.swapaxes(globals_of(motion)[1], 0, 1), strict=True))

    errors = np.concatenate([bodies.angles(place[side + b] - place[side + a], source[side + b] - source[side + a])
                             for side in ("left", "right") for a, b in LIMBS])
    assert np.percentile(errors, 95) < ODD.get(path.stem, 5)

    legs, scale = _length(place, "Leg"), _length(place, "Leg") / _length(source, "Leg")
    for side, heel in (("left", 0), ("right", 2)):
        ankle, theirs = place[f"{side}Foot"], source[f"{side}Foot"]
        slide = bodies.speeds(ankle, motion.contacts[:, heel] > bodies.PLANTED, motion.fps)
        own = bodies.speeds(scale * theirs, motion.contacts[:, heel] > bodies.PLANTED, motion.fps)
        assert np.percentile(slide, 95) < min(0.010, np.percentile(own, 95) + 0.001)
        rested = (bodies.world(rest, rest.heads)[rest.index[found.joints[f"{side}Foot"]]] @ facing.T)[2]
        lift = scale * (theirs[:, 2] - bodies.rest_places()[f"{side}Foot"][2])
        np.testing.assert_allclose(ankle[:, 2] - rested, lift, atol=0.002 * legs)

    wrists = [_wrist(where) for where in (place, source)]
    off = np.linalg.norm(wrists[0] - wrists[1], axis=-1)
    assert off.mean() < (0.09 if path.stem in ODD else 0.05)


def _upright(rest, found) -> np.ndarray:
    """(3, 3) turn about the world's up that makes the resting character face -Y."""
    heads = bodies.world(rest, rest.heads)
    left = sum(heads[rest.index[found.joints[f"left{part}"]]] - heads[rest.index[found.joints[f"right{part}"]]]
               for part in ("UpperLeg", "UpperArm"))
    x = left * (1, 1, 0) / np.linalg.norm(left[:2])
    return np.array((x, (-x[1], x[0], 0), (0, 0, 1)))


def _length(where: dict[str, np.ndarray], part: str) -> float:
    joints = ("UpperLeg", "LowerLeg", "Foot") if part == "Leg" else ("UpperArm", "LowerArm", "Hand")
    return float(np.mean([np.linalg.norm(where[side + b][0] - where[side + a][0]) for side in ("left", "right")
                          for a, b in pairwise(joints)]) * 2)


def _wrist(where: dict[str, np.ndarray]) -> np.ndarray:
    """(2, T, 3) of both wrists from the middle of the shoulders, in lengths of the arm."""
    middle = (where["leftUpperArm"] + where["rightUpperArm"]) / 2
    return np.stack([where[f"{side}Hand"] - middle for side in ("left", "right")]) / _length(where, "Arm")
