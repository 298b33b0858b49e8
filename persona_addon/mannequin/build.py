"""The mannequin as Blender objects."""

from __future__ import annotations

import bpy
import numpy as np

from bridge.face.track import ARKIT

from . import actor, body, materials, rig, shapes, skin
from . import proportions as figure
from .island import Island, joined
from .regions import Regions

_METRES = 0.001


def build(where: bpy.types.Context | bpy.types.Scene,
          name: str = "Persona") -> tuple[bpy.types.Object, bpy.types.Object]:
    """Add the character to a scene, or to the context's collection: armature, head and body, both skinned.

    -> the armature and the mesh that carries the 52 ARKit shape keys. What is active, selected and being
    edited stays so.
    """
    collection = where.collection  # of either kind
    armature = rig.add(name, collection)
    made: dict[str, bpy.types.Material] = {}
    _mesh_object(collection, armature, f"{name} Body", body.islands(), made)
    face = actor.build()
    regions = Regions(face)
    deltas = shapes.all_shapes(face, regions)
    head = _mesh_object(collection, armature, f"{name} Head", _placed(face, regions), made)
    _add_shapes(head, face, deltas)
    return armature, head


def _placed(face: actor.Face, regions: Regions) -> list[Island]:
    """The face's islands on the body, with their weights."""
    for island in face.islands:
        if not island.weights:
            island.weights = skin.settled(skin.head(island.points, regions.jaw[face.spans[island.name]]))
        island.points = figure.enlarged_head(island.points)
    return face.islands


def _add_shapes(head: bpy.types.Object, face: actor.Face, deltas: dict[str, np.ndarray]) -> None:
    rest = np.concatenate([island.points for island in face.islands])
    head.shape_key_add(name="Basis", from_mix=False).value = 0.0
    for name in ARKIT:
        key = head.shape_key_add(name=name, from_mix=False)
        key.value = 0.0  # Blender 5.0 and later make it 1
        moved = (rest + figure.HEAD_SCALE * deltas[name]) * _METRES
        key.data.foreach_set("co", moved.astype(np.float32).ravel())


def _mesh_object(collection: bpy.types.Collection, armature: bpy.types.Object, name: str, islands: list[Island],
                 made: dict[str, bpy.types.Material]) -> bpy.types.Object:
    mesh = bpy.data.meshes.new(name)
    points, faces = joined(islands)
    fill(mesh, points * _METRES, faces)
    _paint(mesh, islands, made, armature.name)
    ob = bpy.data.objects.new(name, mesh)
    collection.objects.link(ob)
    _weigh(ob, islands)
    ob.parent = armature
    modifier = ob.modifiers.new("Armature", "ARMATURE")
    modifier.object = armature
    modifier.use_deform_preserve_volume = True
    return ob


def fill(mesh: bpy.types.Mesh, points: np.ndarray, faces: np.ndarray) -> None:
    """Give a new mesh its points (V, 3; metres) and smooth faces (F, 4; -1 ends a triangle)."""
    sizes = (faces >= 0).sum(1)
    corners = faces[faces >= 0]
    mesh.vertices.add(len(points))
    mesh.vertices.foreach_set("co", points.astype(np.float32).ravel())
    mesh.loops.add(len(corners))
    mesh.loops.foreach_set("vertex_index", corners.astype(np.int32))
    mesh.polygons.add(len(faces))
    mesh.polygons.foreach_set("loop_start", np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int32))
    mesh.polygons.foreach_set("use_smooth", np.ones(len(faces), bool))
    mesh.update(calc_edges=True)


def _paint(mesh: bpy.types.Mesh, islands: list[Island], made: dict[str, bpy.types.Material],
           prefix: str) -> None:
    slots: dict[str, int] = {}
    places = []
    for island in islands:
        for material in island.materials:
            if material not in slots:
                slots[material] = len(slots)
                if material not in made:
                    made[material] = materials.add(material, prefix)
                mesh.materials.append(made[material])
        places.append(np.array([slots[m] for m in island.materials])[island.material])
    mesh.polygons.foreach_set("material_index", np.concatenate(places).astype(np.int32))


def _weigh(ob: bpy.types.Object, islands: list[Island]) -> None:
    start = 0
    shares: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {}
    for island in islands:
        for bone, weight in island.weights.items():
            held = np.flatnonzero(weight > 0)
            shares.setdefault(bone, []).append((held + start, weight[held]))
        start += len(island.points)
    for bone, parts in shares.items():
        group = ob.vertex_groups.new(name=bone)
        place, weight = (np.concatenate(column) for column in zip(*parts, strict=True))
        steps = np.round(weight * 1000.0).astype(int)
        order = np.argsort(steps, kind="stable")
        values, first = np.unique(steps[order], return_index=True)
        for value, chunk in zip(values, np.split(place[order], first[1:]), strict=True):
            if value:
                group.add(chunk.tolist(), value / 1000.0, "REPLACE")
