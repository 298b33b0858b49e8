"""Generate Gestures, Regenerate As Before, Cancel."""

from __future__ import annotations

import random
from dataclasses import replace

import bpy

from .. import action, character, findings, job, release, sound
from .performing import Performing


def obstacle(context: bpy.types.Context) -> str:
    """Why nothing can be generated now; empty if it can."""
    if job.current() is not None:
        return "Persona is at work; cancel it first"
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
        request = settings.request(scene, heard, character.describe(armature, faces), findings.offered_emotions())
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
        request, source = action.stored_request(before), action.stored(before, "source")
        faces = character.face_meshes(armature, scene.persona.face_mesh) if request.face else []
        rig = character.describe(armature, faces)
        again = replace(request, rig=rig, audio=sound.again(source, request.audio))
        return job.begin(scene, armature, faces, again, source,
                         remarks=changes(action.stored(before, "hashes"), action.rig_hash(rig), again.audio))


def stored_action(context: bpy.types.Context) -> bpy.types.Action | None:
    """The action with a stored request that the character plays, on its bones or on its face."""
    armature = character.chosen_armature(context)
    faces = (face.data.shape_keys for face in character.face_meshes(armature, context.scene.persona.face_mesh))
    for block in (armature, *faces):
        playing = block.animation_data.action if block.animation_data else None
        if action.is_persona(playing):
            return playing
    return None


def changes(hashes: dict, rig: str, audio: str) -> tuple[str, ...]:
    """What is no longer as it was when an action was made, so that the result can differ."""
    found = []
    if hashes.get("audio") not in (None, sound.digest(audio)):
        found.append("The sound has changed since, so the performance can differ")
    if hashes.get("rig") not in (None, rig):
        found.append("The character's rig has changed since, so its keys can differ")
    for task, digest in hashes.get("models", {}).items():
        if digest not in (None, findings.model_digest(task)):
            found.append(f"The {task} model has changed since, so the performance can differ")
    return tuple(found)


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
