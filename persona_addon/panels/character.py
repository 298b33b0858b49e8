"""Who performs: the armature, its face, what is recognised of them and what is missing."""

from __future__ import annotations

import bpy

from .. import findings
from ..character import chosen_armature
from .sentences import say
from .tab import Tab

# Families whose name is not simply its file's.
NAMES = {"words": "Bone names", "geometry": "Shape of the skeleton"}


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
            layout.label(text=f"{NAMES.get(body.family, body.family)}: {body.joints} joints",
                         icon="DOT" if body.missing else "CHECKMARK")
        faces = findings.faces_of(armature, settings.face_mesh)
        for face in faces:
            icon = "CHECKMARK" if face.shapes == face.whole else "DOT" if face.shapes else "ERROR"
            layout.label(text=f"{face.mesh}: {face.shapes} of {face.whole} shapes", icon=icon)
        if not faces:
            layout.label(text="No face: no mesh with shape keys", icon="DOT")


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
            say(context, layout, f"Joints not found: {', '.join(body.missing)}", "ERROR")
        for remark in body.remarks:
            say(context, layout, remark, "INFO")
        for face in findings.faces_of(armature, settings.face_mesh):
            if face.missing and face.shapes:
                say(context, layout, f"Shapes not found on {face.mesh}: {', '.join(face.missing)}", "DOT")
            if face.driven:
                say(context, layout, f"{face.driven} shapes of {face.mesh} are driven and stay as they are", "DRIVER")


CLASSES = (PERSONA_PT_character, PERSONA_PT_details)
