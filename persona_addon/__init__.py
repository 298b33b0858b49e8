"""Persona in Blender: all that imports bpy, and nothing that computes.

Nothing happens on import, so that ``persona_addon.client`` can be used without Blender.
"""

from __future__ import annotations


def register() -> None:
    from . import registration

    registration.register()


def unregister() -> None:
    from . import registration

    registration.unregister()
