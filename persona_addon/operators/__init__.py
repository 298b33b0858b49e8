"""What the animator does. Each operator checks, asks, and leaves one undo step."""

from __future__ import annotations

import bpy

from . import generate, log, mannequin, presets, self_check

ROOMS = (generate, mannequin, self_check, log, presets)


def register() -> None:
    for room in ROOMS:
        for cls in room.CLASSES:
            bpy.utils.register_class(cls)
    bpy.types.VIEW3D_MT_armature_add.append(mannequin.draw_add)
    presets.register_folder()


def unregister() -> None:
    presets.unregister_folder()
    bpy.types.VIEW3D_MT_armature_add.remove(mannequin.draw_add)
    for room in reversed(ROOMS):
        for cls in reversed(room.CLASSES):
            bpy.utils.unregister_class(cls)
