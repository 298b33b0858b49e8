"""Open Log."""

from __future__ import annotations

from pathlib import Path

import bpy

from .. import job


class PERSONA_OT_open_log(bpy.types.Operator):
    """Show the log of Persona's worker in the program that opens text files"""

    bl_idname = "persona.open_log"
    bl_label = "Open Log"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        there = bool(job.log_path())
        if not there:
            cls.poll_message_set("The worker has not been started yet, so there is no log")
        return there

    def execute(self, _context: bpy.types.Context) -> set[str]:
        path = job.log_path()
        if not Path(path).is_file():
            self.report({"ERROR"}, f"The log {path} is not there yet")
            return {"CANCELLED"}
        bpy.ops.wm.path_open(filepath=path)
        return {"FINISHED"}


CLASSES = (PERSONA_OT_open_log,)
