"""What the panel says of the character and the model: looked up once, and again when they have changed."""

from __future__ import annotations

import time
from dataclasses import dataclass

import bpy

from bridge.problems import Problem

from . import character
from .properties import SLIDERS

MESHES_LAST = 1.0  # least seconds for which the list of face meshes is believed
MESHES_SHARE = 200.0  # and so many times as long as the search took, so that it costs half a percent at most


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
    """What is recognised of a character's shape keys.

    family: which names they follow, empty if none is known. meshes: name -> how many of its shapes are known.
    missing: ARKit's shapes that are not there, for a face of that family. driven: mesh -> shapes that drivers own.
    """

    family: str
    meshes: dict[str, int]
    missing: tuple[str, ...]
    driven: dict[str, int]

    @property
    def shapes(self) -> int:
        return sum(self.meshes.values())


_bodies: dict[tuple, Body] = {}
_families: dict[int, tuple] = {}
_face: tuple[tuple, float, Face | None] = ((), 0.0, None)  # for whom, until when, what
_offered: tuple[str, ...] | None = None


def body_of(armature: bpy.types.Object) -> Body:
    """What is recognised of the armature; worked out again only after its bones have changed."""
    bones = armature.data.bones
    mark = armature.data.session_uid, hash(tuple(bones.keys())), len(armature.pose.bones)
    if mark not in _bodies:
        _bodies.clear()
        _bodies[mark] = _match(armature)
    return _bodies[mark]


def face_of(armature: bpy.types.Object, chosen: bpy.types.Object | None) -> Face | None:
    """The face found for the armature, None if no mesh with shape keys follows it; looked for again after a while."""
    global _face
    mark, now = (armature.session_uid, chosen.session_uid if chosen else 0), time.monotonic()
    if _face[0] != mark or now > _face[1]:
        meshes = character.face_meshes(armature, chosen)
        until = now + max(MESHES_LAST, MESHES_SHARE * (time.monotonic() - now))
        _face = mark, until, _recognise(meshes) if meshes else None
    return _face[2]


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
    if not settings.body:
        face = face_of(armature, settings.face_mesh)
        if face is None:
            return f"No mesh with shape keys follows {armature.name}"
        if not face.family:
            return f"None of the shape keys of {armature.name} is a face shape that Persona knows"
    return ""


def forget() -> None:
    """After another file was loaded."""
    global _face
    _bodies.clear()
    _families.clear()
    _face = (), 0.0, None


def _match(armature: bpy.types.Object) -> Body:
    from bridge.rigs import matching

    try:
        found = matching.match(character.describe(armature, ()))
    except Problem as problem:
        return Body("", 0, problem=str(problem))
    return Body(found.family, len(found.joints), found.missing, found.remarks)


def _recognise(meshes: list[bpy.types.Object]) -> Face:
    keys = {mesh.name: mesh.data.shape_keys for mesh in meshes}
    shapes = {name: tuple(block.name for block in key.key_blocks) for name, key in keys.items()}
    mark = hash(tuple(shapes.items()))
    if mark not in _families:
        _families.clear()
        _families[mark] = _family(shapes)
    family, known, missing = _families[mark]
    return Face(family, known, missing, {name: len(driven) for name, key in keys.items()
                                         if (driven := character.driven_shapes(key))})


def _family(shapes: dict[str, tuple[str, ...]]) -> tuple[str, dict[str, int], tuple[str, ...]]:
    from bridge.face.dialects import arkit, recognise  # brings numpy, which would lengthen Blender's start
    from bridge.face.track import ARKIT

    names = [shape for of_mesh in shapes.values() for shape in of_mesh]
    family = recognise(names)
    if family is None:
        return "", dict.fromkeys(shapes, 0), ()
    known = {mesh: len({family.find(shape) for shape in of_mesh} - {None}) for mesh, of_mesh in shapes.items()}
    if family != arkit():
        return family.name, known, ()
    found = {family.find(shape) for shape in names}
    return family.name, known, tuple(name for name in ARKIT if family.find(name) not in found)
