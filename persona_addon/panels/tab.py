"""The place of every panel: the tab Persona in the sidebar of the 3D viewport."""

from __future__ import annotations


class Tab:
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Persona"
