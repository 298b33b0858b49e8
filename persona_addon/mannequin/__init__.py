"""Persona's own character, modelled by code: ``build.build(scene)`` adds it, ``stage.dress`` lights it.

Everything but ``rig``, ``materials``, ``build`` and ``stage`` is numpy alone and works in millimetres:
+X the character's left, -Y its front, +Z up, soles at z = 0.
"""
