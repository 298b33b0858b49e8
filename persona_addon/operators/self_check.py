"""Self-Check, and copying what it found."""

from __future__ import annotations

import time

import bpy

from .. import checks, job
from ..panels.redraw import redraw

TICK = 0.05  # seconds


class PERSONA_OT_self_check(bpy.types.Operator):
    """Try every part of Persona, name what fails, and copy a report"""

    bl_idname = "persona.self_check"
    bl_label = "Self-Check"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        if job.current() is not None:
            cls.poll_message_set("Persona is at work; cancel it first")
        elif checks.going_on:
            cls.poll_message_set("Self-Check is running already")
        return job.current() is None and not checks.going_on

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        self._walk = checks.walk()
        self._timer = context.window_manager.event_timer_add(TICK, window=context.window)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        going_on = next(self._walk, self) is not self
        redraw(context)
        if going_on:
            return {"PASS_THROUGH"}
        context.window_manager.event_timer_remove(self._timer)
        return self._finish(context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        for _step in checks.walk():
            time.sleep(TICK / 10)
        return self._finish(context)

    def _finish(self, context: bpy.types.Context) -> set[str]:
        context.window_manager.clipboard = checks.report()
        failed = checks.failed()
        if failed:
            self.report({"WARNING"}, f"{failed[0].name}: {failed[0].text}")
        else:
            self.report({"INFO"}, "Everything works. The report was copied")
        return {"FINISHED"}


class PERSONA_OT_copy_report(bpy.types.Operator):
    """Copy what Self-Check found to the clipboard"""

    bl_idname = "persona.copy_report"
    bl_label = "Copy Report"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        if not checks.results:
            cls.poll_message_set("Run Self-Check first")
        return bool(checks.results)

    def execute(self, context: bpy.types.Context) -> set[str]:
        context.window_manager.clipboard = checks.report()
        return {"FINISHED"}


CLASSES = (PERSONA_OT_self_check, PERSONA_OT_copy_report)
