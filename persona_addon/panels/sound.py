"""What is said: a file, a strip or a speaker, and the frame it begins on."""

from __future__ import annotations

import bpy

from .. import compat
from ..sound import strip_named
from .tab import Tab


class PERSONA_PT_sound(Tab, bpy.types.Panel):
    bl_label = "Sound"

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, context.scene.persona
        layout.use_property_decorate = False
        layout.row(align=True).prop(settings, "source", expand=True)
        layout.prop(settings, settings.source.lower(), text="")
        layout.use_property_split = True
        if settings.source == "STRIP":
            _draw_strip(layout, context.scene)
            return
        layout.prop(settings, "start_frame")
        column = layout.column(heading="Range")
        column.prop(settings, "use_range", text="")
        if settings.use_range:
            column = layout.column(align=True)
            column.prop(settings, "range_start")
            column.prop(settings, "range_end")
        if settings.source == "FILE":
            layout.prop(settings, "add_strip")


def _draw_strip(layout: bpy.types.UILayout, scene: bpy.types.Scene) -> None:
    strip = strip_named(scene, scene.persona.strip)
    if strip is not None:
        _content, first, last = compat.strip_frames(strip)
        layout.label(text=f"Frames {round(first)} to {round(last)}", icon="PREVIEW_RANGE")


CLASSES = (PERSONA_PT_sound,)
