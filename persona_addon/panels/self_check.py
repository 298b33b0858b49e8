"""Whether everything works, closed until somebody wonders."""

from __future__ import annotations

import bpy

from .. import checks
from .sentences import say
from .tab import Tab

ICONS = {True: "CHECKMARK", False: "ERROR", None: "SORTTIME"}


class PERSONA_PT_self_check(Tab, bpy.types.Panel):
    bl_label = "Self-Check"
    bl_parent_id = "PERSONA_PT_generate"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.operator("persona.self_check")
        for check in checks.results:
            say(context, layout, f"{check.name}: {check.text}" if check.text else check.name, ICONS[check.passed])
        row = layout.row(align=True)
        row.operator("persona.copy_report", icon="COPYDOWN")
        row.operator("persona.open_log", icon="TEXT")


CLASSES = (PERSONA_PT_self_check,)
