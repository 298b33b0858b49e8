"""How it is said: emotion, energy, seed, and what is animated."""

from __future__ import annotations

import bpy
from bl_ui.utils import PresetPanel

from .. import findings
from .tab import Tab


class PERSONA_PT_emotion_presets(PresetPanel, bpy.types.Panel):
    bl_label = "Emotion Presets"
    preset_subdir = "persona/emotion"
    preset_operator = "script.execute_preset"
    preset_add_operator = "persona.add_emotion_preset"


class PERSONA_PT_performance(Tab, bpy.types.Panel):
    bl_label = "Performance"

    def draw_header_preset(self, _context: bpy.types.Context) -> None:
        PERSONA_PT_emotion_presets.draw_panel_header(self.layout)

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, context.scene.persona
        layout.use_property_split = True
        layout.use_property_decorate = False
        layers = layout.row(align=True, heading="Animate")
        layers.prop(settings, "body", toggle=True)
        layers.prop(settings, "face", toggle=True)
        column = layout.column(align=True)
        for name in findings.offered_emotions():
            column.prop(settings, name, slider=True)
        layout.prop(settings, "energy", slider=True)
        row = layout.row(align=True)
        row.prop(settings, "seed")
        row.operator("persona.roll_seed", text="", icon="FILE_REFRESH")


class PERSONA_PT_advanced(Tab, bpy.types.Panel):
    bl_label = "Advanced"
    bl_parent_id = "PERSONA_PT_performance"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, context.scene.persona
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(settings, "guidance")
        column = layout.column(heading="Words")
        column.prop(settings, "use_transcript", text="Transcript")
        row = column.row()
        row.active = settings.use_transcript
        row.prop(settings, "transcript", text="")
        layout.prop(settings, "to_nla")
        layout.prop(settings, "dense")
        column = layout.column(align=True)
        column.active = not settings.dense
        column.prop(settings, "joint_tolerance")
        column.prop(settings, "root_tolerance")
        column.prop(settings, "shape_tolerance")


CLASSES = (PERSONA_PT_emotion_presets, PERSONA_PT_performance, PERSONA_PT_advanced)
