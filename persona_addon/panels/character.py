"""Who performs: the armature, its face, what is recognised of them and what is missing."""

from __future__ import annotations

import re

import bpy

from .. import findings
from ..character import chosen_armature
from .sentences import say
from .tab import Tab

# Words in the names of families that are not written as other words are.
_WORDS = {"3dsmax": "3ds Max", "asf": "ASF", "bvh": "BVH", "cmu": "CMU", "daz": "DAZ", "humanik": "HumanIK",
          "lafan1": "LaFAN1", "makehuman": "MakeHuman", "mb": "MB", "mmd": "MMD", "motionbuilder": "MotionBuilder",
          "mvn": "MVN", "optitrack": "OptiTrack", "smpl": "SMPL", "smplx": "SMPL-X", "vrm": "VRM", "vroid": "VRoid",
          "zeroeggs": "ZeroEGGS"}
_FINGERS = ("thumb", "index", "middle", "ring", "little")
_FINGER = re.compile(rf"(left|right) ({'|'.join(_FINGERS)}) ")
_FOUND_BY = {"words": "Found by its bones' names", "geometry": "Found by its shape"}


def family_name(family: str) -> str:
    """The name of a rig's family as people write it."""
    words = (_WORDS.get(word, word.capitalize()) for word in family.split("_"))
    return _FOUND_BY.get(family) or " ".join(words)


def in_words(joints: tuple[str, ...]) -> list[str]:
    """Joints as people call them; a finger is named once, and a hand's fingers together if all are meant."""
    words = [re.sub(r"([A-Z])", r" \1", joint).lower() for joint in joints]
    fingers = [name.rpartition(" ")[0] if _FINGER.match(name) else name for name in words]
    for side in ("left", "right"):
        of_hand = [f"{side} {finger}" for finger in _FINGERS]
        if set(of_hand) <= set(fingers):
            fingers = [f"{side} fingers" if name in of_hand else name for name in fingers]
    return list(dict.fromkeys(fingers))


def shortened(names: tuple[str, ...], most: int = 8) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


class PERSONA_PT_character(Tab, bpy.types.Panel):
    bl_label = "Character"

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, context.scene.persona
        armature = chosen_armature(context)
        row = layout.row(align=True)
        row.prop(settings, "character", text="")
        if armature is None:
            say(context, layout, "Select an armature or a mesh that follows one", "INFO")
            layout.operator("persona.add_mannequin", text="Add Persona Mannequin", icon="OUTLINER_OB_ARMATURE")
            return
        if settings.character is None:
            layout.label(text=f"{armature.name} (selected)", icon="ARMATURE_DATA")
        body = findings.body_of(armature)
        if body.problem:
            say(context, layout, body.problem, "ERROR")
        else:
            layout.label(text=f"{family_name(body.family)}: {body.joints} joints",
                         icon="DOT" if body.missing else "CHECKMARK")
        face = findings.face_of(armature, settings.face_mesh)
        if face is None:
            layout.label(text="No face: no mesh with shape keys", icon="DOT")
        elif not face.family:
            meshes = ", ".join(face.meshes)
            say(context, layout, f"No shape key of {meshes} is a face shape that Persona knows", "ERROR")
        else:
            layout.label(text=f"{face.family}: {face.shapes} shapes", icon="DOT" if face.missing else "CHECKMARK")


class PERSONA_PT_details(Tab, bpy.types.Panel):
    bl_label = "Details"
    bl_parent_id = "PERSONA_PT_character"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return chosen_armature(context) is not None

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, context.scene.persona
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(settings, "face_mesh")
        armature = chosen_armature(context)
        body = findings.body_of(armature)
        if body.missing:
            say(context, layout, f"Joints not found: {', '.join(in_words(body.missing))}", "DOT")
        for remark in body.remarks:
            say(context, layout, remark, "INFO")
        face = findings.face_of(armature, settings.face_mesh)
        if face is None:
            return
        for mesh, known in face.meshes.items():
            say(context, layout, f"{mesh}: {known} shapes", "MESH_DATA")
        if face.missing:
            say(context, layout, f"Shapes not found: {shortened(face.missing)}", "DOT")
        for mesh, driven in face.driven.items():
            say(context, layout, f"{driven} shapes of {mesh} are driven and stay as they are", "DRIVER")


CLASSES = (PERSONA_PT_character, PERSONA_PT_details)
