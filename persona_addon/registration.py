"""What Blender is told of when the extension is enabled, and its exact mirror for when it is disabled."""

from __future__ import annotations

import atexit

import bpy
from bpy.app.handlers import persistent

from . import compat, findings, job, operators, panels, preferences, properties

ROOMS = (preferences, properties, operators, panels)
_command = None


def register() -> None:
    global _command
    for room in ROOMS:
        room.register()
    bpy.app.handlers.load_pre.append(file_is_left)
    if compat.exit_handlers() is not None:
        compat.exit_handlers().append(blender_ends)
    atexit.register(job.stop)
    _command = bpy.utils.register_cli_command("persona", command)


def unregister() -> None:
    global _command
    job.stop()
    bpy.utils.unregister_cli_command(_command)
    _command = None
    atexit.unregister(job.stop)
    if compat.exit_handlers() is not None:
        compat.exit_handlers().remove(blender_ends)
    bpy.app.handlers.load_pre.remove(file_is_left)
    findings.forget()
    for room in reversed(ROOMS):
        room.unregister()


@persistent
def file_is_left(*_args: object) -> None:
    """Another file is opened: what was being made belongs to this one."""
    job.stop()
    findings.forget()


@persistent
def blender_ends(*_args: object) -> None:
    job.stop()


def command(words: list[str]) -> int:
    """``blender --command persona …``."""
    from .commands import persona

    return persona(words)
