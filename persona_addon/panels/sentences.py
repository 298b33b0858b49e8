"""Sentences in a panel, broken into lines that fit its width."""

from __future__ import annotations

import textwrap

import bpy

LETTER = 6.4  # mean width of a letter at the scale 1, pixels
MARGIN = 62  # of a panel: its borders, the tabs and an icon, pixels


def say(context: bpy.types.Context, layout: bpy.types.UILayout, text: str, icon: str = "BLANK1",
        indent: bool = True) -> None:
    """Writes ``text`` as wrapped lines, the icon before the first."""
    scale = context.preferences.system.ui_scale
    room = max(int((context.region.width / scale - MARGIN) / LETTER), 16)
    column = layout.column(align=True)
    column.scale_y = 0.75
    for number, line in enumerate(textwrap.wrap(text, room) or [""]):
        column.label(text=line, icon=icon if number == 0 else "BLANK1" if indent else "NONE")
