"""What the panel says of the character and the model: looked up once, and again when they have changed."""

from __future__ import annotations

import time
from dataclasses import dataclass

import bpy

from bridge.problems import Problem

from . import character
from .properties import SLIDERS

MESHES_LAST = 1.0  # seconds for which the list of face meshes is believed


@dataclass(frozen=True)
class Body:
    """What matching found of the armature's bones."""

    family: str
    joints: int
    missing: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class Face:
    """A mesh with shape keys: how many of the whole set of ARKit's it has, and how many shapes a driver owns."""

    mesh: str
    shapes: int
    whole: int
    missing: tuple[str, ...]
    driven: int


_bodies: dict[tuple, Body] = {}
_faces: tuple[tuple, float, tuple[Face, ...]] = ((), 0.0, ())
_offered: tuple[str, ...] | None = None


def body_of(armature: bpy.types.Object) -> Body:
    """What is recognised of the armature; worked out again only after its bones have changed."""
    bones = armature.data.bones
    mark = armature.data.session_uid, hash(tuple(bones.keys())), len(armature.pose.bones)
    if mark not in _bodies:
        _bodies.clear()
        _bodies[mark] = _match(armature)
    return _bodies[mark]


def faces_of(armature: bpy.types.Object, chosen: bpy.types.Object | None) -> tuple[Face, ...]:
    """The faces found for the armature; looked for again after a second."""
    global _faces
    mark, now = (armature.session_uid, chosen.session_uid if chosen else 0), time.monotonic()
    if _faces[0] != mark or now - _faces[1] > MESHES_LAST:
        _faces = mark, now, tuple(_face(mesh) for mesh in character.face_meshes(armature, chosen))
    return _faces[2]


def offered_emotions() -> tuple[str, ...]:
    """The sliders that the gesture model has been taught, by its card."""
    global _offered
    if _offered is None:
        from bridge import cards

        try:
            taught = cards.find("gesture").emotions
        except Problem:
            return SLIDERS  # Generate says what is wrong with the model
        _offered = tuple(name for name in SLIDERS if name in taught)
    return _offered


def obstacle(context: bpy.types.Context) -> str:
    """Why a performance cannot be generated now; empty if it can."""
    settings = context.scene.persona
    armature = character.chosen_armature(context)
    if armature is None:
        return "Select an armature or a mesh that follows one, or add a Persona Mannequin"
    try:
        character.check(armature, context.scene)
    except Problem as problem:
        return f"{problem.sentence} {problem.hint}".rstrip(".")
    if not (settings.body or settings.face):
        return "Turn on the body, the face or both"
    if settings.body and body_of(armature).problem:
        return body_of(armature).problem.rstrip(".")
    if not settings.body and not faces_of(armature, settings.face_mesh):
        return f"No mesh with shape keys follows {armature.name}"
    return ""


def forget() -> None:
    """After another file was loaded."""
    global _faces
    _bodies.clear()
    _faces = (), 0.0, ()


def _match(armature: bpy.types.Object) -> Body:
    from bridge.rigs import matching

    try:
        found = matching.match(character.describe(armature, ()))
    except Problem as problem:
        return Body("", 0, problem=str(problem))
    return Body(found.family, len(found.joints), found.missing, found.remarks)


def _face(mesh: bpy.types.Object) -> Face:
    from bridge.face.track import ARKIT  # brings numpy, which would lengthen Blender's start

    key = mesh.data.shape_keys
    names = {block.name for block in key.key_blocks}
    missing = tuple(name for name in ARKIT if name not in names)
    return Face(mesh.name, len(ARKIT) - len(missing), len(ARKIT), missing, len(character.driven_shapes(key)))
