"""Generate Gestures, Regenerate As Before, Cancel."""

from __future__ import annotations

import random
from dataclasses import replace
from math import degrees
from typing import TYPE_CHECKING

import bpy

from bridge.rigs.rig import Rig

from .. import character, checks, findings, job, provenance, release, sound
from ..properties import told
from .performing import Performing

if TYPE_CHECKING:
    from bridge.messages import Request


def obstacle(context: bpy.types.Context) -> str:
    """Why nothing can be generated now; empty if it can."""
    if job.current() is not None:
        return "Persona is at work; cancel it first"
    if checks.going_on:
        return "Self-Check is running; wait for its end"
    return release.mismatch() or findings.obstacle(context)


class PERSONA_OT_generate(Performing, bpy.types.Operator):
    """Turn the sound into a performance, written as a new action of the character"""

    bl_idname = "persona.generate"
    bl_label = "Generate Gestures"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = obstacle(context) or sound.missing(context.scene)
        if reason:
            cls.poll_message_set(reason)
        return not reason

    def begin(self, context: bpy.types.Context) -> job.Job:
        scene, settings = context.scene, context.scene.persona
        armature = character.chosen_armature(context)
        character.check(armature, scene)
        heard = sound.of_settings(scene)
        faces = character.face_meshes(armature, settings.face_mesh) if settings.face else []
        request = request_of(scene, heard, character.describe(armature, faces))
        return job.begin(scene, armature, faces, request, heard.source, to_nla=settings.to_nla,
                         add_strip=settings.add_strip)


class PERSONA_OT_regenerate(Performing, bpy.types.Operator):
    """Make the character's performance once more from what is stored with its action, as a new action"""

    bl_idname = "persona.regenerate"
    bl_label = "Regenerate As Before"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = obstacle(context)
        if not reason and stored_action(context) is None:
            reason = "The character plays no action that Persona made"
        if reason:
            cls.poll_message_set(reason)
        return not reason

    def begin(self, context: bpy.types.Context) -> job.Job:
        scene, armature = context.scene, character.chosen_armature(context)
        character.check(armature, scene)
        before = stored_action(context)
        request, source = provenance.request_of(before), provenance.part_of(before, "source")
        faces = character.face_meshes(armature, scene.persona.face_mesh) if request.face else []
        rig = character.describe(armature, faces)
        again = replace(request, rig=rig, audio=sound.again(source, request.audio),
                        model=provenance.model_of(before, request))
        return job.begin(scene, armature, faces, again, source, to_nla=scene.persona.to_nla,
                         remarks=provenance.changes(before, rig, again.audio),
                         models=provenance.part_of(before, "hashes").get("models"))


def request_of(scene: bpy.types.Scene, heard: sound.Sound, rig: Rig) -> Request:
    """The settings of the panel as one request. Raises ``Problem`` where one is out of range."""
    from bridge.messages import Request, Tolerance  # bring numpy, which would lengthen Blender's start

    settings = scene.persona
    tolerance = Tolerance(told(degrees(settings.joint_tolerance)), told(settings.shape_tolerance),
                          told(settings.root_tolerance))
    return Request(
        audio=heard.path, start=heard.start, end=heard.end, start_frame=heard.frame,
        emotion=settings.emotion(findings.offered_emotions()), energy=told(settings.energy),
        guidance=told(settings.guidance), seed=settings.seed, body=settings.body, face=settings.face, rig=rig,
        fps=scene.render.fps / scene.render.fps_base, tolerance=tolerance, dense=settings.dense,
        transcript=bpy.path.abspath(settings.transcript) or None, use_transcript=settings.use_transcript)


def stored_action(context: bpy.types.Context) -> bpy.types.Action | None:
    """The action with a stored request that the character plays, on its bones or on its face."""
    armature = character.chosen_armature(context)
    face = findings.face_of(armature, context.scene.persona.face_mesh)
    meshes = map(bpy.data.objects.get, face.meshes if face else ())
    blocks = (armature, *(mesh.data.shape_keys for mesh in meshes if mesh is not None))
    return next((found for block in blocks if (found := provenance.played_by(block)) is not None), None)


class PERSONA_OT_cancel(bpy.types.Operator):
    """Stop making the performance, leaving everything as it was"""

    bl_idname = "persona.cancel"
    bl_label = "Cancel"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        busy = job.current() is not None
        if not busy:
            cls.poll_message_set("Nothing is being generated")
        return busy

    def execute(self, _context: bpy.types.Context) -> set[str]:
        job.cancel()
        return {"FINISHED"}


class PERSONA_OT_roll_seed(bpy.types.Operator):
    """Choose another seed, for another performance of the same speech"""

    bl_idname = "persona.roll_seed"
    bl_label = "Roll Seed"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        context.scene.persona.seed = random.randrange(10_000)
        return {"FINISHED"}


CLASSES = (PERSONA_OT_generate, PERSONA_OT_regenerate, PERSONA_OT_cancel, PERSONA_OT_roll_seed)
