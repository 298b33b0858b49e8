"""What Generate and Regenerate share: the window stays usable while the worker works, the rest is written at once."""

from __future__ import annotations

import time

import bpy

from bridge.problems import Problem

from .. import job
from ..panels.redraw import redraw

TICK = 0.05  # seconds between two looks at the worker


class Performing:
    """A mixin for operators that ask for one performance: ``begin`` sends the request."""

    bl_options = {"REGISTER", "UNDO"}

    def begin(self, context: bpy.types.Context) -> job.Job:
        """Sends the request and returns its job. Raises ``Problem``."""
        raise NotImplementedError

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Starts, and watches the worker from a timer."""
        if not self._begun(context):
            return {"CANCELLED"}
        self._timer = context.window_manager.event_timer_add(TICK, window=context.window)
        context.window_manager.modal_handler_add(self)
        redraw(context)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        escape = event.type == "ESC" and event.value == "PRESS" and not context.screen.is_animation_playing
        if escape and job.current() is self._job:
            job.cancel()
            redraw(context)
            return {"RUNNING_MODAL"}
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        ended = job.tick()
        redraw(context)
        if ended is None and job.current() is self._job:
            return {"PASS_THROUGH"}
        context.window_manager.event_timer_remove(self._timer)
        return self._finish(context) if ended is self._job else {"CANCELLED"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        """The same without a window: waits for the end."""
        if not self._begun(context):
            return {"CANCELLED"}
        progress = context.window_manager
        progress.progress_begin(0.0, 1.0)
        try:
            while job.tick() is None and job.current() is self._job:
                progress.progress_update(self._job.fraction)
                time.sleep(TICK / 10)
        except KeyboardInterrupt:
            job.stop()
            raise
        finally:
            progress.progress_end()
        return self._finish(context)

    def cancel(self, _context: bpy.types.Context) -> None:
        """Blender takes the operator away, for its window is closed or another file is opened."""
        if job.current() is self._job:
            job.stop()

    def _begun(self, context: bpy.types.Context) -> bool:
        try:
            self._job = self.begin(context)
        except Problem as problem:
            self.report({"ERROR"}, str(problem))
            return False
        return True

    def _finish(self, context: bpy.types.Context) -> set[str]:
        ended = self._job
        try:
            if ended.result is None:
                raise ended.problem or Problem("cancelled")
            written = job.land(ended)
        except Problem as problem:
            self.report({"INFO" if problem.code == "cancelled" else "ERROR"}, str(problem))
            return {"CANCELLED"}
        self.report({"INFO"}, f"Persona wrote the action {written.name}")
        return {"FINISHED"}
