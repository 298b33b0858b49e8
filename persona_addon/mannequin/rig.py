"""The armature: one bone for each canonical joint, and jaw, leftEye, rightEye."""

from __future__ import annotations

import bpy
from mathutils import Vector

from . import proportions as figure

_UP, _FRONT, _BACK = (0.0, 0.0, 1.0), (0.0, -1.0, 0.0), (0.0, 1.0, 0.0)


def add(scene: bpy.types.Scene, name: str) -> bpy.types.Object:
    """A new armature object in the scene's collection, in rest pose, Z axes rolled as ``_roll`` says."""
    armature = bpy.data.armatures.new(name)
    rig = bpy.data.objects.new(name, armature)
    scene.collection.objects.link(rig)
    view_layer = scene.view_layers[0]
    with bpy.context.temp_override(scene=scene, view_layer=view_layer):
        before = view_layer.objects.active
        if before is not None and before.mode != "OBJECT":
            bpy.ops.object.mode_set(mode="OBJECT")
        view_layer.objects.active = rig
        bpy.ops.object.mode_set(mode="EDIT")  # bones can be made in no other way
        _bones(armature)
        bpy.ops.object.mode_set(mode="OBJECT")
        view_layer.objects.active = before
    armature.display_type = "STICK"
    rig.show_in_front = True
    return rig


def _bones(armature: bpy.types.Armature) -> None:
    for name, (parent, head, tail) in figure.bones().items():
        bone = armature.edit_bones.new(name)
        bone.head, bone.tail = Vector(head) / 1000.0, Vector(tail) / 1000.0
        if parent:
            bone.parent = armature.edit_bones[parent]
            bone.use_connect = (bone.head - bone.parent.tail).length < 1e-6
        bone.align_roll(_roll(name))


def _roll(name: str) -> Vector:
    """Where a bone's Z axis looks: then +X curls fingers, bends elbows and knees, lifts thighs on both sides."""
    side = -1.0 if name.startswith("right") else 1.0
    part = name.removeprefix("left").removeprefix("right")
    if part in ("UpperArm", "LowerArm", "Hand"):
        return Vector(_FRONT)
    if part.startswith("Thumb"):
        nail = figure.hand_frame()[1].T @ (0.25, 0.72, -0.62)
        return Vector((-side * nail[0], -nail[1], -nail[2]))
    if part.startswith(tuple(figure.FINGERS)):
        return Vector((-0.707 * side, 0.0, -0.707))
    if part == "LowerLeg":
        return Vector(_BACK)
    return Vector(_UP if part in ("Foot", "Toes", "Eye", "jaw", "Shoulder") else _FRONT)
