"""Selection ▶ character: an armature and the meshes whose shape keys are its face, described as a ``Rig``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import bpy

from bridge.problems import Problem
from bridge.rigs.rig import Bone, Mesh, Rig


def armature_of(chosen: bpy.types.Object | None) -> bpy.types.Object | None:
    """The armature that an object is or follows."""
    if chosen is None or chosen.type == "ARMATURE":
        return chosen
    follows = chosen.find_armature()
    if follows is None and chosen.parent is not None and chosen.parent.type == "ARMATURE":
        follows = chosen.parent
    return follows


def chosen_armature(context: bpy.types.Context) -> bpy.types.Object | None:
    """The character set on the panel, else that of the active object, else that of the selection."""
    settings = context.scene.persona
    if settings.character is not None:
        return settings.character
    return armature_of(context.view_layer.objects.active) or next(
        (found for found in map(armature_of, context.selected_objects or ()) if found), None)


def follows(mesh: bpy.types.Object, armature: bpy.types.Object) -> bool:
    """Whether a mesh is deformed by the armature or hangs on one of its bones."""
    return mesh.parent == armature or any(
        modifier.type == "ARMATURE" and modifier.object == armature for modifier in mesh.modifiers)


def face_meshes(armature: bpy.types.Object, chosen: bpy.types.Object | None = None) -> list[bpy.types.Object]:
    """The meshes with shape keys that follow the armature, or only the chosen one; each key block once."""
    meshes = [chosen] if chosen is not None else (
        mesh for scene in armature.users_scene for mesh in scene.objects
        if mesh.type == "MESH" and mesh.data.shape_keys and follows(mesh, armature))
    faces: dict[bpy.types.Key, bpy.types.Object] = {}
    for mesh in meshes:
        key = mesh.data.shape_keys
        if key is not None and key.use_relative and len(key.key_blocks) > 1:
            faces.setdefault(key, mesh)
    return list(faces.values())


def driven_shapes(key: bpy.types.Key) -> tuple[str, ...]:
    """Names of the shape keys whose value a driver owns, so that curves on them would do nothing."""
    animation = key.animation_data
    if animation is None:
        return ()
    paths = {driver.data_path for driver in animation.drivers}
    return tuple(block.name for block in key.key_blocks if value_path(block.name) in paths)


def value_path(shape: str) -> str:
    """The data path of a shape key's value."""
    return f'key_blocks["{bpy.utils.escape_identifier(shape)}"].value'


def is_in(thing: bpy.types.Object, scene: bpy.types.Scene) -> bool:
    """Whether the object itself is in the scene, and not only one of its name from another file."""
    return scene.objects.get(thing.name) == thing or scene in thing.users_scene


def check(armature: bpy.types.Object, scene: bpy.types.Scene) -> None:
    """Raises ``Problem`` where nothing could be written on this armature."""
    if not is_in(armature, scene):
        raise Problem("character.elsewhere", name=armature.name, scene=scene.name)
    if not armature.is_editable:
        library = armature.library.filepath if armature.library else "a library"
        raise Problem("character.linked", name=armature.name, library=library)
    if armature.override_library is not None and armature.override_library.is_system_override:
        raise Problem("character.locked", name=armature.name)
    if armature.animation_data is not None and armature.animation_data.use_tweak_mode:
        raise Problem("character.tweaked", name=armature.name)
    if not armature.data.bones:
        raise Problem("character.no_bones", name=armature.name)


def describe(armature: bpy.types.Object, faces: Iterable[bpy.types.Object] | None = None) -> Rig:
    """What the engine needs to know of a character; reads only.

    Bones in rest, armature space; ``object_matrix`` in metres by the scene's unit scale; the meshes are
    ``faces`` or, without them, those found by ``face_meshes``.
    """
    if armature.mode == "EDIT":
        armature.update_from_editmode()
    metres = bpy.context.scene.unit_settings.scale_length
    placed = armature.matrix_world
    matrix = tuple(tuple(placed[row][column] * (metres if row < 3 else 1.0) for column in range(4))
                   for row in range(4))
    faces = face_meshes(armature) if faces is None else faces
    return Rig(
        name=armature.name,
        bones=tuple(_bone(bone, armature.pose.bones[bone.name]) for bone in armature.data.bones),
        object_matrix=matrix,
        meshes=tuple(_mesh(face) for face in faces),
        properties={bone.name: switches for bone in armature.pose.bones if (switches := _switches(bone))},
    )


def _bone(rest: bpy.types.Bone, posed: bpy.types.PoseBone) -> Bone:
    _axis, roll = rest.AxisRollFromMatrix(rest.matrix_local.to_3x3(), axis=rest.tail_local - rest.head_local)
    return Bone(
        name=rest.name,
        parent=rest.parent.name if rest.parent else None,
        head=tuple(rest.head_local),
        tail=tuple(rest.tail_local),
        roll=roll,
        connect=rest.use_connect,
        deform=rest.use_deform,
        rotation_mode=posed.rotation_mode,
        inherit_rotation=rest.use_inherit_rotation,
        local_location=rest.use_local_location,
        locks=(*posed.lock_location, *posed.lock_rotation),
        constraints=tuple(limit.type for limit in posed.constraints if limit.enabled and limit.influence > 0.0),
    )


def _mesh(face: bpy.types.Object) -> Mesh:
    key = face.data.shape_keys
    shapes = tuple(block.name for block in key.key_blocks if block != key.reference_key)
    return Mesh(face.name, shapes, driven_shapes(key))


def _switches(posed: bpy.types.PoseBone) -> dict[str, float]:
    """The numeric custom properties of a pose bone, such as Rigify's IK_FK."""
    return {name: float(value) for name, value in posed.items() if isinstance(value, bool | int | float)}


# ---- what is kept of objects while a job runs: names and session numbers, never references ---------------

@dataclass(frozen=True)
class Kept:
    """An object or scene remembered across ticks: found again after rename, undo and save, not after deletion."""

    name: str
    uid: int
    kind: str

    @classmethod
    def of(cls, block: bpy.types.ID) -> Kept:
        return cls(block.name, block.session_uid, "scenes" if isinstance(block, bpy.types.Scene) else "objects")

    def find(self) -> bpy.types.ID | None:
        blocks = getattr(bpy.data, self.kind)
        named = blocks.get(self.name)
        if named is not None and named.session_uid == self.uid:
            return named
        return next((block for block in blocks if block.session_uid == self.uid), None)
