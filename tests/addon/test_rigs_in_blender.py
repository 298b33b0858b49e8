"""What the retargeter computes is what Blender shows: rest matrices, every rotation mode, Rigify's controls."""

import addon_utils
import bpy
import numpy as np
import pytest
from mathutils import Matrix

from bridge.body.kinematics import globals_of
from bridge.body.rotations import to_matrix
from bridge.body.skeleton import CANONICAL
from bridge.messages import Tolerance
from bridge.rigs.face_bones import head_tracks
from bridge.rigs.matching import landmarks, match
from bridge.rigs.rest import axes, rest_of
from bridge.rigs.retarget import body_tracks
from bridge.rigs.rig import ROTATION_MODES, Rig
from persona_addon import character
from tests.bridge.rigs import bodies

LIMBS = (("UpperArm", "LowerArm"), ("LowerArm", "Hand"), ("UpperLeg", "LowerLeg"), ("LowerLeg", "Foot"),
         ("IndexProximal", "IndexIntermediate"), ("ThumbProximal", "ThumbDistal"))


def add(rig: Rig) -> bpy.types.Object:
    """The rig as an armature."""
    data = bpy.data.armatures.new(rig.name)
    made = bpy.data.objects.new(rig.name, data)
    bpy.context.scene.collection.objects.link(made)
    bpy.context.view_layer.objects.active = made
    bpy.ops.object.mode_set(mode="EDIT")
    for bone in rig.bones:
        edit = data.edit_bones.new(bone.name)
        edit.head, edit.tail, edit.roll = bone.head, bone.tail, bone.roll
        edit.parent = data.edit_bones[bone.parent] if bone.parent else None
        edit.use_inherit_rotation, edit.use_local_location = bone.inherit_rotation, bone.local_location
    bpy.ops.object.mode_set(mode="OBJECT")
    for bone in rig.bones:
        made.pose.bones[bone.name].rotation_mode = bone.rotation_mode
    made.matrix_world = Matrix(rig.object_matrix)
    bpy.context.view_layer.update()
    return made


def show(armature: bpy.types.Object, tracks: list, frame: int) -> None:
    """Puts one sample of the tracks on the pose."""
    for track in tracks:
        bone = armature.pose.bones[track.group]
        if track.kind == "property":
            bone[track.data_path.split('["')[2][:-2]] = float(track.values[frame, 0])
        else:
            setattr(bone, track.data_path.rsplit(".", 1)[1], track.values[frame])
    armature.update_tag()
    bpy.context.view_layer.update()


def heads(armature: bpy.types.Object, names: list[str]) -> np.ndarray:
    """World places of bones as evaluated, constraints and drivers included."""
    shown = armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return np.array([shown.matrix_world @ shown.pose.bones[name].head for name in names])


def test_rest_matrices_are_blenders():
    rng = np.random.default_rng(1)
    ways = rng.normal(size=(300, 3))
    small = 10.0 ** rng.uniform(-7, -1, 120)
    ways[:120] = np.stack((rng.normal(size=120) * small, -np.ones(120), rng.normal(size=120) * small), -1)
    ways[0], ways[1] = (0, -1, 0), (0, 1, 0)
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    rolls = rng.uniform(-3.1, 3.1, len(ways))
    data = bpy.data.armatures.new("Rolls")
    made = bpy.data.objects.new("Rolls", data)
    bpy.context.scene.collection.objects.link(made)
    bpy.context.view_layer.objects.active = made
    bpy.ops.object.mode_set(mode="EDIT")
    for i, (way, roll) in enumerate(zip(ways, rolls, strict=True)):
        edit = data.edit_bones.new(f"b{i}")
        edit.tail, edit.roll = way, roll
    bpy.ops.object.mode_set(mode="OBJECT")
    theirs = np.array([np.array(data.bones[f"b{i}"].matrix_local)[:3, :3] for i in range(len(ways))])
    np.testing.assert_allclose(axes(ways, rolls), theirs, atol=2e-5)


@pytest.mark.parametrize(("mode", "seed", "size", "turn"), [
    *((mode, 3, 1.0, None) for mode in ROTATION_MODES),
    ("QUATERNION", 4, 100.0, np.array(((1.0, 0, 0), (0, 0, 1), (0, -1, 0)))),
])
def test_blender_shows_the_source_on_a_rig_of_its_size(mode, seed, size, turn):
    motion = bodies.wander(12)
    rig = bodies.rig_of_canonical(lowered=0.7, seed=seed, size=size, turn=turn, mode=mode)
    rig = bodies.change(rig, "rightLowerArm", "neck", inherit_rotation=False)
    rig = bodies.change(rig, "hips", local_location=False)
    armature = add(rig)
    tracks, remarks = body_tracks(motion, rig, match(rig), 30.0, 1, len(motion), Tolerance())
    source = globals_of(motion)[1]
    for frame in (0, 5, 11):
        show(armature, tracks, frame)
        np.testing.assert_allclose(heads(armature, list(CANONICAL.names)), source[frame], atol=1e-4)
    assert remarks == []


def test_the_tests_own_poses_are_blenders():
    motion = bodies.wander(6)
    rig = bodies.change(bodies.rig_of_canonical(lowered=0.4, seed=7, mode="YXZ"), "head", inherit_rotation=False)
    armature = add(rig)
    tracks, _ = body_tracks(motion, rig, match(rig), 30.0, 1, len(motion), Tolerance())
    rest, rotations, places = bodies.pose(rig, tracks, len(motion))
    show(armature, tracks, 3)
    np.testing.assert_allclose(heads(armature, list(rest.names)), bodies.world(rest, places)[3], atol=1e-5)
    theirs = [np.array(armature.pose.bones[name].matrix)[:3, :3] for name in rest.names]
    np.testing.assert_allclose(rotations[3], theirs, atol=1e-5)


def test_a_rig_described_by_the_add_on_moves_alike():
    motion = bodies.standing(8)
    armature = add(bodies.rig_of_canonical(lowered=0.6, seed=11, size=10.0, mode="XZY"))
    described = character.describe(armature)
    blenders = [np.array(bone.matrix_local)[:3, :3] for bone in armature.data.bones]
    np.testing.assert_allclose(rest_of(described).axes, blenders, atol=2e-5)
    tracks, _ = body_tracks(motion, described, match(described), 30.0, 1, len(motion), Tolerance())
    show(armature, tracks, 4)
    np.testing.assert_allclose(heads(armature, list(CANONICAL.names)), globals_of(motion)[1][4], atol=1e-4)


# ---- Rigify ------------------------------------------------------------------------------------------------

@pytest.fixture
def rigify():
    addon_utils.enable("rigify", default_set=True)
    yield
    addon_utils.disable("rigify", default_set=True)


def fingerprint(armature: bpy.types.Object) -> list:
    """All of an armature that must not be changed."""
    bones = [(bone.name, bone.parent.name if bone.parent else None, bone.use_connect, bone.use_deform,
              bone.inherit_scale, [round(x, 6) for row in bone.matrix_local for x in row])
             for bone in armature.data.bones]
    poses = [(bone.name, bone.rotation_mode, [(c.type, c.name, c.mute) for c in bone.constraints])
             for bone in armature.pose.bones]
    drivers = armature.animation_data.drivers if armature.animation_data else ()
    return [bones, poses, [(driver.data_path, driver.driver.expression) for driver in drivers]]


def moves_as(armature: bpy.types.Object, motion, rig: Rig) -> None:
    """Limbs point as the source's, feet stand still, the head turns with it: at the bones that deform."""
    found = match(rig)
    tracks, remarks = body_tracks(motion, rig, found, 30.0, 1, len(motion), Tolerance())
    assert remarks == []
    joints = [joint for joint in CANONICAL.names if joint in found.joints]
    names = [found.place(joint) for joint in joints]
    frames = range(0, len(motion), 6)
    shown = []
    for frame in frames:
        show(armature, tracks, frame)
        shown.append(heads(armature, names))
    place = dict(zip(joints, np.swapaxes(np.array(shown), 0, 1), strict=True))
    source = dict(zip(CANONICAL.names, np.swapaxes(globals_of(motion)[1][list(frames)], 0, 1), strict=True))
    for side in ("left", "right"):
        for a, b in LIMBS:
            off = bodies.angles(place[side + b] - place[side + a], source[side + b] - source[side + a])
            assert off.max() < (8 if "Arm" in a else 3 if "Leg" in a else 0.2), side + a
        for joint in ("Foot", "Toes"):
            assert np.ptp(place[side + joint], axis=0).max() < 5e-4
    wanted = to_matrix(globals_of(motion)[0][frames[-1], CANONICAL.index["head"]])
    np.testing.assert_allclose(turned(armature, found.place("head")), wanted, atol=1e-3)


def turned(armature: bpy.types.Object, name: str) -> np.ndarray:
    """(3, 3) turn of a bone from its rest, armature axes."""
    shown = armature.evaluated_get(bpy.context.evaluated_depsgraph_get()).pose.bones[name]
    return np.array(shown.matrix)[:3, :3] @ np.array(shown.bone.matrix_local)[:3, :3].T


@pytest.mark.slow
def test_rigify_metarig_and_generated_rig(rigify):
    motion = bodies.standing(25)
    bpy.ops.object.armature_human_metarig_add()
    metarig = bpy.context.object
    before = fingerprint(metarig)
    described = character.describe(metarig)
    assert match(described).family == "rigify_metarig"
    moves_as(metarig, motion, described)
    assert fingerprint(metarig) == before
    for bone in metarig.pose.bones:
        bone.matrix_basis.identity()

    bpy.context.view_layer.objects.active = metarig
    assert bpy.ops.pose.rigify_generate() == {"FINISHED"}
    rig = next(thing for thing in bpy.data.objects if thing.type == "ARMATURE" and thing != metarig)
    before = fingerprint(rig)
    described = character.describe(rig)
    found = match(described)
    assert found.family == "rigify_generated" and found.certainty > 0.9
    assert landmarks(described)["head"] == "DEF-spine.006"
    moves_as(rig, motion, described)
    controls_stand_where_computed(rig, motion, described)
    head_alone_turns(rig, described)
    assert fingerprint(rig) == before


def controls_stand_where_computed(armature: bpy.types.Object, motion, rig: Rig) -> None:
    """The switches are keyed, and hands, feet and head of the deforming bones are where their controls are."""
    tracks, _ = body_tracks(motion, rig, match(rig), 30.0, 1, len(motion), Tolerance())
    switches = {track.data_path: track.values[0, 0] for track in tracks if track.kind == "property"}
    assert switches['pose.bones["upper_arm_parent.L"]["IK_FK"]'] == 1
    assert switches['pose.bones["thigh_parent.R"]["IK_FK"]'] == 1
    assert switches['pose.bones["torso"]["head_follow"]'] == switches['pose.bones["torso"]["neck_follow"]'] == 1
    keyed = {track.group for track in tracks if track.kind != "property"}
    assert keyed >= {"torso", "spine_fk", "spine_fk.001", "spine_fk.003", "neck", "head", "hand_fk.L", "toe_fk.R"}
    assert not [bone for bone in keyed if bone.startswith(("DEF-", "ORG-", "MCH-"))]
    show(armature, tracks, 12)
    pairs = {"DEF-hand.L": "hand_fk.L", "DEF-foot.R": "foot_fk.R", "DEF-f_ring.02.L": "f_ring.02.L"}
    np.testing.assert_allclose(heads(armature, list(pairs)), heads(armature, list(pairs.values())), atol=1e-4)


def head_alone_turns(armature: bpy.types.Object, rig: Rig) -> None:
    from bridge.face.track import ARKIT, HEAD_AND_EYES, FaceTrack

    for bone in armature.pose.bones:
        bone.matrix_basis.identity()
    angles = np.zeros((50, len(HEAD_AND_EYES)), np.float32)
    angles[:, HEAD_AND_EYES.index("headYaw")] = 0.5
    face = FaceTrack(np.zeros((50, len(ARKIT)), np.float32), angles, 100.0)
    tracks, _ = head_tracks(face, rig, match(rig), 24.0, 1, 12, Tolerance())
    assert {track.group for track in tracks} == {"neck", "head", "torso"}
    show(armature, tracks, 6)
    cosine, sine = np.cos(0.5), np.sin(0.5)
    yawed = ((cosine, -sine, 0), (sine, cosine, 0), (0, 0, 1))
    np.testing.assert_allclose(turned(armature, "DEF-spine.006"), yawed, atol=2e-3)
