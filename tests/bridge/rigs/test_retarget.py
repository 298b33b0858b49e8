"""The canonical motion on rigs made for the test: other rests, rolls, units, facings, chains, locks."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from bridge.body.kinematics import globals_of
from bridge.body.motion import Motion
from bridge.body.rotations import angle_between, from_matrix, identity
from bridge.body.skeleton import CANONICAL
from bridge.messages import Tolerance
from bridge.problems import Problem
from bridge.rigs.matching import match
from bridge.rigs.retarget import body_tracks, cubic
from bridge.rigs.rig import Bone, Rig
from tests.bridge.rigs import bodies

Y_UP = np.array(((1.0, 0, 0), (0, 0, 1), (0, -1, 0)))
FACING_X = np.array(((0.0, -1, 0), (1, 0, 0), (0, 0, 1)))


def on(rig: Rig, motion: Motion, fps: float = 30.0, frames: int | None = None):
    """(rest, rotations, world positions (T, B, 3), remarks) after the tracks are put on the rig."""
    frames = frames or len(motion)
    tracks, remarks = body_tracks(motion, rig, match(rig), fps, 1, frames, Tolerance())
    rest, rotations, heads = bodies.pose(rig, tracks, frames)
    return rest, rotations, bodies.world(rest, heads), remarks


@pytest.mark.parametrize(("lowered", "seed", "size", "turn"), [
    (0.0, None, 1.0, None), (0.8, 1, 1.0, None), (0.6, 2, 100.0, Y_UP), (0.4, 3, 39.37, FACING_X),
])
def test_a_rig_of_the_same_size_stands_exactly_as_the_source(lowered, seed, size, turn):
    """Whatever its rest pose, rolls, units and axes are."""
    motion = bodies.wander()
    rig = bodies.rig_of_canonical(lowered=lowered, seed=seed, size=size, turn=turn)
    _, _, places, remarks = on(rig, motion)
    np.testing.assert_allclose(places, globals_of(motion)[1], atol=2e-5)
    assert remarks == []


@pytest.mark.parametrize("mode", ["QUATERNION", "XYZ", "ZYX", "YXZ", "AXIS_ANGLE"])
def test_each_bone_is_written_in_its_own_mode(mode):
    motion = bodies.wander()
    _, _, places, _ = on(bodies.rig_of_canonical(lowered=0.7, seed=5, mode=mode), motion)
    np.testing.assert_allclose(places, globals_of(motion)[1], atol=2e-5)


def test_the_tracks_say_whose_they_are():
    rig = bodies.rig_of_canonical(size=100.0)
    tracks, _ = body_tracks(bodies.wander(), rig, match(rig), 30.0, 7, 40, Tolerance(joint=1.0, root=0.01))
    assert {track.owner for track in tracks} == {"Body"}
    assert all(track.values.shape[0] == 40 and np.isfinite(track.values).all() for track in tracks)
    by_path = {track.data_path: track for track in tracks}
    arm = by_path['pose.bones["leftUpperArm"].rotation_quaternion']
    assert arm.tolerance == pytest.approx(np.radians(1.0)) and arm.group == "leftUpperArm"
    hips = by_path['pose.bones["hips"].location']
    assert hips.kind == "location" and 0 < hips.tolerance <= 0.01 * 100
    assert [track.group for track in tracks if track.kind == "location"] == ["hips"]


def test_bones_that_refuse_their_parents_turn():
    rig = bodies.change(bodies.rig_of_canonical(lowered=0.5, seed=4), "leftUpperArm", "neck", "rightUpperLeg",
                        inherit_rotation=False)
    motion = bodies.wander()
    _, _, places, _ = on(rig, motion)
    np.testing.assert_allclose(places, globals_of(motion)[1], atol=2e-5)


def test_location_along_the_armature_where_the_bone_says_so():
    rig = bodies.change(bodies.rig_of_canonical(seed=9), "hips", local_location=False)
    motion = bodies.wander()
    _, _, places, _ = on(rig, motion)
    np.testing.assert_allclose(places, globals_of(motion)[1], atol=2e-5)


def test_hips_connected_to_a_root_are_moved_by_the_root():
    rig = bodies.rig_of_canonical(seed=6)
    root = Bone("root", None, (0, 0, 0), rig.bones[0].head)
    rig = replace(rig, bones=(root, replace(rig.bones[0], parent="root", connect=True), *rig.bones[1:]))
    motion = bodies.wander()
    tracks, _ = body_tracks(motion, rig, match(rig), 30.0, 1, len(motion), Tolerance())
    assert [track.group for track in tracks if track.kind == "location"] == ["root"]
    rest, _, heads = bodies.pose(rig, tracks, len(motion))
    np.testing.assert_allclose(bodies.world(rest, heads)[:, 1:], globals_of(motion)[1], atol=2e-5)


def spread_spine(count: int, necks: int = 1) -> Rig:
    """The canonical body in Mixamo's manner with another number of spine and neck bones."""
    places, rig = bodies.rest_places(), bodies.rig_of_canonical()
    spine, neck = [f"Spine{i}" for i in range(count)], [f"neck{i}" for i in range(necks)]
    line = [*spine, *neck]
    ups = np.linspace(places["spine"], places["head"], len(line) + 1)[:-1]
    trunk = [Bone(bone, above, tuple(up), tuple(up + np.array((0, 0, 0.05))))
             for bone, above, up in zip(line, ["hips", *line[:-1]], ups, strict=True)]
    gone = {"spine", "chest", "upperChest", "neck"}
    parents = {"upperChest": spine[-1], "neck": neck[-1] if neck else spine[-1]}
    rest = [replace(bone, parent=parents.get(bone.parent, bone.parent)) for bone in rig.bones if bone.name not in gone]
    return Rig.from_json(Rig("Spread", (*rest[:1], *trunk, *rest[1:])).to_json())


@pytest.mark.parametrize(("count", "necks"), [(1, 1), (2, 1), (5, 2), (7, 3), (3, 0)])
def test_spine_and_neck_are_spread_over_as_many_bones_as_there_are(count, necks):
    motion, rig = bodies.wander(), spread_spine(count, necks)
    found = match(rig)
    assert len(found.spine) == count and len(found.neck) == necks
    rest, rotations, _, _ = on(rig, motion)
    spins = from_matrix(rotations @ np.swapaxes(rest.axes, 1, 2))
    source = globals_of(motion)[0].astype(float)
    for bone, joint in ((found.spine[-1], "upperChest"), ("head", "head"), ("leftUpperArm", "leftUpperArm")):
        assert angle_between(spins[:, rest.index[bone]], source[:, CANONICAL.index[joint]]).max() < np.radians(8)
    # the trunk turns little by little: no bone more than its share of the whole, and half as much again
    line = [rest.index[bone] for bone in ("hips", *found.spine)]
    steps = np.stack([angle_between(spins[:, a], spins[:, b]) for a, b in pairwise(line)])
    whole = np.stack([angle_between(source[:, a], source[:, a + 1]) for a in range(3)]).sum(0)
    assert (steps <= 1.6 * whole / count + 1e-6).all()
    assert angle_between(spins[:, rest.index[found.spine[-1]]], source[:, 3]).max() < 1e-6


def stretched(rig: Rig, **parts: float) -> Rig:
    """The rig with the way to every bone whose name ends so made longer; all below moves along."""
    moved: dict[str, np.ndarray] = {}
    bones = []
    for bone in rig.bones:
        head, tail = np.array(bone.head), np.array(bone.tail)
        shift = moved.get(bone.parent, np.zeros(3))
        above = next((np.array(other.head) for other in rig.bones if other.name == bone.parent), head)
        grow = next((share for part, share in parts.items() if bone.name.endswith(part)), 1.0)
        moved[bone.name] = shift + (grow - 1) * (head - above)
        bones.append(replace(bone, head=tuple(head + moved[bone.name]), tail=tuple(tail + moved[bone.name])))
    return replace(rig, bones=tuple(bones))


ODD = {"LowerLeg": 1.25, "Foot": 0.8, "UpperLeg": 1.3, "LowerArm": 0.8, "Hand": 1.15, "UpperArm": 1.4}


def test_the_standing_body_of_these_tests_stands():
    places = globals_of(bodies.standing())[1]
    for joint in ("leftFoot", "rightToes"):
        path = places[:, CANONICAL.index[joint]]
        assert np.ptp(path, axis=0).max() < 1e-5


@pytest.mark.parametrize("size", [1.0, 100.0])
def test_planted_feet_do_not_slide_on_other_proportions(size):
    rig = stretched(bodies.rig_of_canonical(lowered=0.7, seed=8, size=size), **ODD)
    rest, _, places, _ = on(rig, bodies.standing())
    for joint in ("leftFoot", "leftToes", "rightFoot", "rightToes"):
        path = places[:, rest.index[joint]]
        assert np.ptp(path, axis=0).max() < 2e-4, joint
        assert abs(path[:, 2].mean() - bodies.world(rest, rest.heads)[rest.index[joint], 2]) < 1e-3


def test_limbs_keep_the_directions_of_the_source():
    rig = stretched(bodies.rig_of_canonical(lowered=0.7, seed=8), **ODD)
    motion = bodies.standing()
    rest, _, places, _ = on(rig, motion)
    source = globals_of(motion)[1]
    for side in ("left", "right"):
        for upper, lower, most in (("UpperLeg", "LowerLeg", 4), ("LowerLeg", "Foot", 4), ("UpperArm", "LowerArm", 9),
                                   ("LowerArm", "Hand", 9), ("IndexProximal", "IndexIntermediate", 0.01),
                                   ("ThumbProximal", "ThumbDistal", 0.01), ("Hand", "MiddleProximal", 0.01)):
            ways = [at[:, index[side + lower]] - at[:, index[side + upper]]
                    for at, index in ((source, CANONICAL.index), (places, rest.index))]
            assert np.percentile(bodies.angles(*ways), 95) < most, side + upper


def test_hands_stand_to_the_chest_as_the_source_in_lengths_of_the_arm():
    rig = stretched(bodies.rig_of_canonical(lowered=0.7), **ODD)
    motion = bodies.standing()
    rest, _, places, _ = on(rig, motion)
    errors = {}
    for at, index in ((globals_of(motion)[1], CANONICAL.index), (places, rest.index)):
        chest = (at[:, index["leftUpperArm"]] + at[:, index["rightUpperArm"]]) / 2
        arm = sum(np.linalg.norm(at[0, index[f"left{b}"]] - at[0, index[f"left{a}"]])
                  for a, b in (("UpperArm", "LowerArm"), ("LowerArm", "Hand")))
        errors[len(errors)] = (at[:, index["leftHand"]] - chest) / arm
    off = np.linalg.norm(errors[0] - errors[1], axis=1)
    assert off.mean() < 0.08  # shoulders 1.4 times as wide on arms 0.96 as long would leave 0.14


def test_travel_is_scaled_by_the_legs():
    motion = bodies.standing()
    drifting = replace(motion, root=motion.root + np.linspace(0, 1, len(motion))[:, None] * np.array((0.5, -0.8, 0)),
                       contacts=np.zeros_like(motion.contacts))
    drifting = replace(drifting, root=drifting.root.astype(np.float32))
    rig = stretched(bodies.rig_of_canonical(), LowerLeg=1.3, Foot=1.3)
    rest, _, places, _ = on(rig, drifting)
    middle = (places[:, rest.index["leftUpperLeg"]] + places[:, rest.index["rightUpperLeg"]]) / 2
    np.testing.assert_allclose((middle[-1] - middle[0])[:2], (0.65, -1.04), atol=1e-3)


@pytest.mark.parametrize("fps", [24.0, 25.0, 29.97, 60.0])
def test_scene_frames_are_met_at_their_times(fps):
    """Every source frame that falls on a scene frame is met exactly; others lie between their neighbours."""
    motion = bodies.wander(61)
    frames = int(np.ceil(2 * fps)) + 1
    rest, _, places, _ = on(bodies.rig_of_canonical(), motion, fps=fps, frames=frames)
    source = globals_of(motion)[1]
    np.testing.assert_allclose(places[0], source[0], atol=2e-5)
    for frame in (frames // 3, frames // 2):
        time = frame / fps * 30
        low = int(time)
        between = source[low] + (time - low) * (source[low + 1] - source[low])
        np.testing.assert_allclose(places[frame], between, atol=2e-3)
    assert rest.names[0] == "hips"


def test_the_end_is_held():
    motion = bodies.wander(20)
    _, _, places, _ = on(bodies.rig_of_canonical(), motion, frames=30)
    np.testing.assert_allclose(places[19:], np.broadcast_to(places[19], places[19:].shape), atol=1e-9)


def test_a_single_frame_is_enough():
    motion = bodies.wander(20)
    still = Motion(CANONICAL, motion.rotations[:1], motion.root[:1], 30.0, motion.contacts[:1])
    _, _, places, _ = on(bodies.rig_of_canonical(seed=3), still, frames=4)
    np.testing.assert_allclose(places, np.broadcast_to(globals_of(still)[1], places.shape), atol=2e-5)


def test_cubic_runs_through_samples_and_lines():
    line = np.arange(6.0)[:, None] * (1, 2, 3)
    np.testing.assert_allclose(cubic(line, np.array((0, 0.25, 2.5, 4.9, 5, 7))),
                               np.array((0, 0.25, 2.5, 4.9, 5, 5))[:, None] * (1, 2, 3), atol=1e-12)


def test_locks_are_left_alone_and_told():
    rig = bodies.change(bodies.rig_of_canonical(seed=1, mode="XYZ"), "leftUpperArm", "chest",
                        locks=(False, False, False, False, True, False))
    rig = bodies.change(rig, "head", locks=(False, False, False, True, True, True))
    motion = bodies.wander()
    tracks, remarks = body_tracks(motion, rig, match(rig), 30.0, 1, len(motion), Tolerance())
    by_bone = {track.group: track for track in tracks if track.kind == "euler"}
    assert "head" not in by_bone
    for bone in ("leftUpperArm", "chest"):
        np.testing.assert_allclose(by_bone[bone].values[:, 1], 0, atol=1e-9)
        assert np.abs(by_bone[bone].values).max() > 0.05
    assert any("head" in remark and "leftUpperArm" in remark for remark in remarks)
    # what hangs on a locked bone makes up for it
    rest, rotations, _ = bodies.pose(rig, tracks, len(motion))
    spin = from_matrix(rotations[:, rest.index["upperChest"]] @ rest.axes[rest.index["upperChest"]].T)
    assert angle_between(spin, globals_of(motion)[0][:, 3].astype(float)).max() < 1e-5


def test_a_locked_location_is_told():
    rig = bodies.change(bodies.rig_of_canonical(), "hips", locks=(True, True, True, False, False, False))
    tracks, remarks = body_tracks(bodies.wander(), rig, match(rig), 30.0, 1, 40, Tolerance())
    assert not [track for track in tracks if track.kind == "location"]
    assert any("hips" in remark and "slide" in remark for remark in remarks)


def test_a_rig_all_locked_is_refused():
    rig = bodies.rig_of_canonical()
    rig = bodies.change(rig, *(bone.name for bone in rig.bones), locks=(True,) * 6)
    with pytest.raises(Problem) as error:
        body_tracks(bodies.wander(), rig, match(rig), 30.0, 1, 40, Tolerance())
    assert error.value.code == "rig.locked"


def without(rig: Rig, *parts: str) -> Rig:
    return replace(rig, bones=tuple(bone for bone in rig.bones if not any(part in bone.name for part in parts)))


def test_a_rig_without_arms_is_refused():
    rig = without(bodies.rig_of_canonical(), "Arm", "Hand", "Thumb", "Index", "Middle", "Ring", "Little")
    with pytest.raises(Problem) as error:
        body_tracks(bodies.wander(), rig, match(rig), 30.0, 1, 40, Tolerance())
    assert error.value.code == "rig.no_arms"


def test_a_half_body_moves_without_legs():
    rig = without(bodies.rig_of_canonical(lowered=0.5, seed=2), "Leg", "Foot", "Toes")
    motion = bodies.wander(legs=False)
    rest, _, places, _ = on(rig, motion)
    rows = [CANONICAL.index[name] for name in rest.names]
    np.testing.assert_allclose(places, globals_of(motion)[1][:, rows], atol=2e-5)


def test_a_flat_object_is_refused():
    flat = replace(bodies.rig_of_canonical(), object_matrix=tuple(map(tuple, np.diag((0.0, 0, 0, 1)).tolist())))
    with pytest.raises(Problem) as error:
        body_tracks(bodies.wander(), flat, match(bodies.rig_of_canonical()), 30.0, 1, 40, Tolerance())
    assert error.value.code == "rig.flat"


def test_rest_gives_rest():
    """A source that stands in its T-pose puts a T-posed rig into its own rest (limbs quite straight to a quarter
    of a degree)."""
    count = 5
    still = Motion(CANONICAL, identity(count, len(CANONICAL)).astype(np.float32),
                   np.tile(CANONICAL.offsets[0], (count, 1)).astype(np.float32), 30.0, np.ones((count, 4), np.float32))
    rig = bodies.rig_of_canonical(seed=12)
    tracks, _ = body_tracks(still, rig, match(rig), 30.0, 1, count, Tolerance())
    for track in tracks:
        at_rest = (1, 0, 0, 0) if track.kind == "quaternion" else (0, 0, 0)
        np.testing.assert_allclose(track.values, np.broadcast_to(at_rest, track.values.shape), atol=5e-3)
