"""From the selection to the description of a character."""

import json
import math

import bpy
import pytest
from mathutils import Matrix, Quaternion

from bridge.problems import Problem
from bridge.rigs.rig import Rig
from persona_addon import character
from tests.mock import stage


def test_bones_are_described_as_blender_has_them(armature):
    """The description alone rebuilds the same rest pose, rolls included."""
    rolls = {"leftUpperArm": 0.7, "rightUpperArm": -2.5, "head": math.pi, "hips": 0.1, "leftFoot": -1.2}
    bpy.ops.object.mode_set(mode="EDIT")
    for name, roll in rolls.items():
        armature.data.edit_bones[name].roll = roll
    armature.data.edit_bones["spine"].use_connect = True
    bpy.ops.object.mode_set(mode="OBJECT")
    described = character.describe(armature)
    copy = stage.add_armature("Copy", [(b.name, b.parent, b.head, b.tail) for b in described.bones])
    bpy.ops.object.mode_set(mode="EDIT")
    for bone in described.bones:
        copy.data.edit_bones[bone.name].roll = bone.roll
    bpy.ops.object.mode_set(mode="OBJECT")
    for bone in armature.data.bones:
        difference = bone.matrix_local.inverted() @ copy.data.bones[bone.name].matrix_local
        assert (difference - Matrix.Identity(4)).median_scale < 1e-5
        assert all(abs(a - b) < 1e-5 for row, one in zip(difference, Matrix.Identity(4), strict=True)
                   for a, b in zip(row, one, strict=True))
    assert {bone.name for bone in described.bones if bone.connect} == {"spine"}


def test_pose_settings_that_matter(armature):
    head = armature.pose.bones["head"]
    head.rotation_mode = "ZXY"
    head.lock_rotation[2] = head.lock_location[0] = True
    head.constraints.new("LIMIT_ROTATION")
    head.constraints.new("IK").mute = True
    armature.data.bones["head"].use_inherit_rotation = False
    armature.data.bones["neck"].use_deform = False
    armature.pose.bones["hips"]["IK_FK"] = 0.25
    armature.pose.bones["hips"]["steps"] = 3
    armature.pose.bones["hips"]["note"] = "left alone"
    described = character.describe(armature)
    bones = {bone.name: bone for bone in described.bones}
    assert bones["head"].rotation_mode == "ZXY" and bones["neck"].rotation_mode == "QUATERNION"
    assert bones["head"].locks == (True, False, False, False, False, True)
    assert bones["head"].constraints == ("LIMIT_ROTATION",)
    assert not bones["head"].inherit_rotation and not bones["neck"].deform
    assert described.properties == {"hips": {"IK_FK": 0.25, "steps": 3.0}}


def test_placement_is_in_metres(armature):
    armature.location, armature.scale = (1, 2, 3), (0.01, 0.01, 0.01)
    bpy.context.scene.unit_settings.scale_length = 0.1
    bpy.context.view_layer.update()
    matrix = character.describe(armature).object_matrix
    assert [row[3] for row in matrix] == pytest.approx([0.1, 0.2, 0.3, 1.0])
    assert matrix[0][0] == pytest.approx(0.001)


def test_a_description_survives_json(armature, face):
    described = character.describe(armature)
    again = Rig.from_json(json.loads(json.dumps(described.to_json())))
    assert set(again.bones) == set(described.bones) and again.meshes == described.meshes
    assert again.object_matrix == described.object_matrix


def test_a_parent_is_described_before_its_children(armature):
    """Also where it was made after them."""
    bpy.ops.object.mode_set(mode="EDIT")
    root = armature.data.edit_bones.new("root")
    root.head, root.tail = (0, 0, 0), (0, 1, 0)
    armature.data.edit_bones["hips"].parent = root
    bpy.ops.object.mode_set(mode="OBJECT")
    seen = {None}
    for bone in character.describe(armature).bones:
        assert bone.parent in seen
        seen.add(bone.name)


def test_edit_mode_shows_the_bones_as_they_are_now(armature):
    bpy.ops.object.mode_set(mode="EDIT")
    armature.data.edit_bones["head"].tail = (0, 0, 2.5)
    described = character.describe(armature)
    assert next(bone for bone in described.bones if bone.name == "head").tail[2] == pytest.approx(2.5)
    bpy.ops.object.mode_set(mode="OBJECT")


# ---- faces -----------------------------------------------------------------------------------------------

def test_faces_are_found_however_they_follow(armature):
    by_modifier, by_parent, by_bone, stranger = (
        stage.add_face(armature, name) for name in ("Modifier", "Parent", "Bone", "Stranger"))
    by_modifier.parent = None
    for face in (by_parent, by_bone, stranger):
        face.modifiers.clear()
    by_bone.parent_type, by_bone.parent_bone = "BONE", "head"
    stranger.parent = None
    assert [face.name for face in character.face_meshes(armature)] == ["Modifier", "Parent", "Bone"]
    assert character.face_meshes(armature, stranger) == [stranger]


def test_meshes_without_shapes_or_sharing_them_are_not_counted(armature, face):
    plain = stage.add_face(armature, "Plain", ())
    twin = bpy.data.objects.new("Twin", face.data)
    bpy.context.scene.collection.objects.link(twin)
    twin.parent = armature
    assert character.face_meshes(armature) == [face]
    plain.data.shape_keys.use_relative = False
    assert character.describe(armature).meshes[0].shapes == stage.SHAPES


def test_driven_shapes_with_odd_names_are_seen(armature, face):
    stage.add_shape(face, 'jaw"open\\')
    face.data.shape_keys.key_blocks['jaw"open\\'].driver_add("value")
    assert character.driven_shapes(face.data.shape_keys) == ('jaw"open\\',)


# ---- who is meant ----------------------------------------------------------------------------------------

def test_the_selection_leads_to_the_armature(armature, face):
    for chosen in (armature, face):
        stage.select(chosen)
        assert character.chosen_armature(bpy.context) == armature
    lamp = bpy.data.objects.new("Lamp", None)
    bpy.context.scene.collection.objects.link(lamp)
    stage.select(lamp)
    assert character.chosen_armature(bpy.context) is None
    face.select_set(True)
    assert character.chosen_armature(bpy.context) == armature


def test_the_panels_choice_goes_before_the_selection(armature):
    other = stage.add_armature("Other")
    bpy.context.scene.persona.character = armature
    stage.select(other)
    assert character.chosen_armature(bpy.context) == armature


def test_an_armature_without_bones_is_refused():
    empty = stage.add_armature("Empty", ())
    with pytest.raises(Problem, match="Empty has no bones"):
        character.check(empty, bpy.context.scene)


# ---- remembered across ticks -----------------------------------------------------------------------------

def test_a_kept_object_is_found_after_rename_undo_and_save(armature, tmp_path):
    bpy.ops.ed.undo_push(message="start")
    kept = character.Kept.of(armature)
    armature.name = "Renamed"
    stage.add_armature("Hero")
    bpy.ops.ed.undo_push(message="renamed")
    assert kept.find().name == "Renamed"
    bpy.ops.ed.undo()
    assert kept.find().name == "Hero"
    bpy.ops.ed.redo()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    assert kept.find().name == "Renamed"
    bpy.data.objects.remove(kept.find())
    assert kept.find() is None


def test_a_kept_object_is_not_taken_for_its_copy(armature):
    kept = character.Kept.of(armature)
    copy = armature.copy()
    bpy.data.objects.remove(armature)
    copy.name = "Hero"
    assert kept.find() is None


def test_rotated_objects_keep_their_rotation(armature):
    armature.rotation_mode = "QUATERNION"
    armature.rotation_quaternion = Quaternion((0, 0, 1), 0.5)
    bpy.context.view_layer.update()
    matrix = Matrix(character.describe(armature).object_matrix)
    assert matrix.to_quaternion().angle == pytest.approx(0.5, abs=1e-5)
