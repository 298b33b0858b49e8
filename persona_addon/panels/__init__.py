"""What the animator sees: the tab Persona in the sidebar, its panels in the order of use."""

from __future__ import annotations

import bpy

from . import character, generate, performance, self_check, sound

ROOMS = (character, sound, performance, generate, self_check)


def register() -> None:
    for room in ROOMS:
        for cls in room.CLASSES:
            bpy.utils.register_class(cls)


def unregister() -> None:
    for room in reversed(ROOMS):
        for cls in reversed(room.CLASSES):
            bpy.utils.unregister_class(cls)
