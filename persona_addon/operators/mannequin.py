"""Add › Armature › Persona Mannequin."""

from __future__ import annotations

import bpy


class PERSONA_OT_add_mannequin(bpy.types.Operator):
    """Add a human figure with fingers and a face, ready to perform"""

    bl_idname = "persona.add_mannequin"
    bl_label = "Persona Mannequin"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if context.mode != "OBJECT":
            cls.poll_message_set("Change to Object Mode first")
        return context.mode == "OBJECT"

    def execute(self, context: bpy.types.Context) -> set[str]:
        from ..mannequin.build import build

        armature, _body = build(context, name="Persona")
        armature.location = context.scene.cursor.location
        for chosen in context.selected_objects:
            chosen.select_set(False)
        armature.select_set(True)
        context.view_layer.objects.active = armature
        return {"FINISHED"}


def draw_add(menu: bpy.types.Menu, _context: bpy.types.Context) -> None:
    menu.layout.operator(PERSONA_OT_add_mannequin.bl_idname, icon="OUTLINER_OB_ARMATURE")


CLASSES = (PERSONA_OT_add_mannequin,)
