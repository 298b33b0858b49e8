"""Persona's engine: speech in, a performance on any rig out. Imports neither Blender nor torch."""

__version__ = "0.1.0"
