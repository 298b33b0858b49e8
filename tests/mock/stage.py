"""Characters and sounds made on the spot, for tests inside Blender."""

from __future__ import annotations

import wave
from pathlib import Path

import bpy
import numpy as np

BONES = (  # name, parent, head, tail
    ("hips", None, (0, 0, 1.0), (0, 0, 1.1)),
    ("spine", "hips", (0, 0, 1.1), (0, 0, 1.3)),
    ("chest", "spine", (0, 0, 1.3), (0, 0, 1.5)),
    ("neck", "chest", (0, 0, 1.5), (0, 0, 1.6)),
    ("head", "neck", (0, 0, 1.6), (0, 0, 1.8)),
    *((f"{side}{part}", parent if parent in ("hips", "chest") else f"{side}{parent}",
       (sign * a, 0, b), (sign * c, y, d))
      for side, sign in (("left", 1), ("right", -1))
      for part, parent, (a, b), (c, d), y in (
          ("Shoulder", "chest", (0.02, 1.45), (0.15, 1.45), 0), ("UpperArm", "Shoulder", (0.15, 1.45), (0.42, 1.45), 0),
          ("LowerArm", "UpperArm", (0.42, 1.45), (0.68, 1.45), 0), ("Hand", "LowerArm", (0.68, 1.45), (0.78, 1.45), 0),
          ("UpperLeg", "hips", (0.1, 0.95), (0.1, 0.52), 0), ("LowerLeg", "UpperLeg", (0.1, 0.52), (0.1, 0.09), 0),
          ("Foot", "LowerLeg", (0.1, 0.09), (0.1, 0.02), -0.14), ("Toes", "Foot", (0.1, 0.02), (0.1, 0.02), -0.2))),
)
SHAPES = ("jawOpen", "mouthClose", "eyeBlinkLeft", "eyeBlinkRight", "browInnerUp")


def add_armature(name: str = "Hero", bones=BONES) -> bpy.types.Object:
    armature = bpy.data.objects.new(name, bpy.data.armatures.new(name))
    bpy.context.scene.collection.objects.link(armature)
    select(armature)
    bpy.ops.object.mode_set(mode="EDIT")
    for bone, parent, head, tail in bones:
        edit = armature.data.edit_bones.new(bone)
        edit.head, edit.tail = head, tail
        edit.parent = armature.data.edit_bones.get(parent) if parent else None
    bpy.ops.object.mode_set(mode="OBJECT")
    return armature


def add_face(armature: bpy.types.Object, name: str = "Face", shapes=SHAPES) -> bpy.types.Object:
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata([(0, 0, 1.7), (0.1, 0, 1.7), (0, 0, 1.8)], [], [(0, 1, 2)])
    face = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(face)
    face.parent = armature
    face.modifiers.new("Armature", "ARMATURE").object = armature
    for shape in ("Basis", *shapes):
        add_shape(face, shape)
    return face


def add_shape(face: bpy.types.Object, name: str) -> None:
    face.shape_key_add(name=name, from_mix=False).value = 0.0  # since 5.0 Blender makes them with value 1


def select(thing: bpy.types.Object) -> None:
    for other in bpy.context.selected_objects:
        other.select_set(False)
    thing.select_set(True)
    bpy.context.view_layer.objects.active = thing


def write_wav(path: Path, seconds: float = 1.0, rate: int = 16_000, channels: int = 1) -> str:
    tone = (np.sin(np.arange(int(seconds * rate) * channels) * 0.05) * 8000).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(tone.tobytes())
    return str(path)
