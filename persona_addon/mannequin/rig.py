"""The armature: one bone for each canonical joint, and jaw, leftEye, rightEye."""

from __future__ import annotations

import bpy
from mathutils import Vector

from . import proportions as figure

_UP, _FRONT, _BACK = (0.0, 0.0, 1.0), (0.0, -1.0, 0.0), (0.0, 1.0, 0.0)


def add(name: str, collection: bpy.types.Collection) -> bpy.types.Object:
    """A new armature object in the collection, in rest pose, its Z axes rolled as ``_roll`` says.

    Bones can be made in no other way than by Edit mode, which needs the view layer that is shown: there the
    armature is for that moment, whatever the collection's scene, and what was active and edited is again after.
    """
    armature = bpy.data.armatures.new(name)
    rig = bpy.data.objects.new(name, armature)
    shown, view_layer = bpy.context.scene.collection, bpy.context.view_layer
    before = view_layer.objects.active
    mode = before.mode if before is not None else "OBJECT"
    if mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    chosen = [ob for ob in view_layer.objects if ob.select_get(view_layer=view_layer)]
    shown.objects.link(rig)
    view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    _bones(armature)
    bpy.ops.object.mode_set(mode="OBJECT")
    if collection != shown:
        shown.objects.unlink(rig)
        collection.objects.link(rig)
    for ob in view_layer.objects:
        ob.select_set(ob in chosen, view_layer=view_layer)
    view_layer.objects.active = before
    if mode != "OBJECT":
        bpy.ops.object.mode_set(mode=mode)
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
    """Where a bone's Z axis looks: then +X curls fingers and hand, bends elbow and knee, lifts the thigh."""
    side = -1.0 if name.startswith("right") else 1.0
    part = name.removeprefix("left").removeprefix("right")
    if part in ("UpperArm", "LowerArm"):
        return Vector(_FRONT)
    if part.startswith("Thumb"):
        nail = figure.hand_frame()[1].T @ figure.THUMBNAIL
        return Vector((-side * nail[0], -nail[1], -nail[2]))
    if part.startswith(("Hand", *figure.FINGERS)):
        return Vector((-0.707 * side, 0.0, -0.707))
    if part == "LowerLeg":
        return Vector(_BACK)
    return Vector(_UP if part in ("Foot", "Toes", "Eye", "jaw", "Shoulder") else _FRONT)
