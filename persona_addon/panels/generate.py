"""The button, what is going on, and what came of it."""

from __future__ import annotations

import bpy

from .. import job, provenance, release
from ..character import chosen_armature
from .sentences import say
from .tab import Tab

QUIET = 20.0  # seconds without progress after which the bar says that it goes on all the same
WORDS = {
    "start": "Starting", "listen": "Listening", "plan": "Planning Gestures", "move": "Moving the Body",
    "settle": "Settling Hands and Feet", "speak": "Moving the Face", "fit": "Fitting Keys"}


class PERSONA_PT_generate(Tab, bpy.types.Panel):
    bl_label = "Generate"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        if release.mismatch():
            say(context, layout, release.mismatch(), "ERROR")
            return
        running = job.current()
        if running is not None:
            _draw_progress(layout, running)
            return
        column = layout.column()
        column.scale_y = 1.6
        column.operator("persona.generate", icon="PLAY")
        layout.operator("persona.regenerate", icon="FILE_REFRESH")
        problem = job.last_problem()
        if problem is not None:
            box = layout.box()
            say(context, box, problem.sentence, "ERROR")
            say(context, box, problem.hint)


class PERSONA_PT_result(Tab, bpy.types.Panel):
    bl_label = "Result"
    bl_parent_id = "PERSONA_PT_generate"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return job.current() is None and playing(context) is not None

    def draw(self, context: bpy.types.Context) -> None:
        layout, shown = self.layout, playing(context)
        report = provenance.part_of(shown, "report")
        layout.label(text=shown.name, icon="ACTION")
        for line in summary(report):
            layout.label(text=line, icon="BLANK1")
        for remark in report.get("remarks", ()):
            say(context, layout, remark, "INFO")


def summary(report: dict) -> list[str]:
    """The figures of a report that an animator wants to see, a line each."""
    found, measured, spent = (report.get(part, {}) for part in ("found", "measured", "seconds"))
    lines = []
    if "seconds" in found:
        lines.append(f"{found['seconds']:.1f} s of speech, {measured.get('strokes', 0)} gestures")
    if measured.get("keys"):
        dense = f" instead of {measured['samples']:,}" if measured.get("samples", 0) > measured["keys"] else ""
        lines.append(f"{measured['keys']:,} keys{dense}")
    if spent:
        lines.append(f"Made in {sum(spent.values()):.1f} s")
    return lines


def playing(context: bpy.types.Context) -> bpy.types.Action | None:
    """The action that the character plays, if Persona made it."""
    return provenance.played_by(chosen_armature(context))


def _draw_progress(layout: bpy.types.UILayout, running: job.Job) -> None:
    stage = running.progress.stage if running.progress else "start"
    left = running.progress.seconds_left if running.progress else None
    text = "Cancelling" if running.cancelling else WORDS.get(stage, stage.capitalize())
    if running.progress and running.progress.quiet > QUIET and not running.cancelling:
        text += ", still working"
    elif left and not running.cancelling:
        text += f", {left:.0f} s left"
    row = layout.row(align=True)
    row.progress(factor=running.fraction, text=text)
    cancel = row.row(align=True)
    cancel.enabled = not running.cancelling
    cancel.operator("persona.cancel", text="", icon="X")


CLASSES = (PERSONA_PT_generate, PERSONA_PT_result)
