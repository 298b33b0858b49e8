"""Presets of emotion and energy: those that ship, and those the animator saves."""

from __future__ import annotations

from pathlib import Path

import bpy
from bl_operators.presets import AddPresetBase

from ..properties import SLIDERS

SUBDIR = "persona/emotion"
ASSETS = str(Path(__file__).parents[1] / "assets")


class PERSONA_OT_add_emotion_preset(AddPresetBase, bpy.types.Operator):
    """Save the emotion sliders and the energy as a preset, or remove the chosen one"""

    bl_idname = "persona.add_emotion_preset"
    bl_label = "Add Emotion Preset"
    preset_menu = "PERSONA_PT_emotion_presets"
    preset_subdir = SUBDIR
    preset_defines = ["settings = bpy.context.scene.persona"]
    preset_values = [f"settings.{name}" for name in (*SLIDERS, "energy")]


def register_folder() -> None:
    bpy.utils.register_preset_path(ASSETS)


def unregister_folder() -> None:
    bpy.utils.unregister_preset_path(ASSETS)


CLASSES = (PERSONA_OT_add_emotion_preset,)
