"""A small studio round a character: backdrop, soft round lamps, a framed camera."""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, pi, radians, tan

import bpy
import numpy as np
from mathutils import Matrix, Vector

from .build import fill
from .materials import shader_of

_LAMP_DISTANCE = 0.9  # metres; the lamps' places, sizes and watts below hold for a camera as near as this


@dataclass(frozen=True)
class _Lamp:
    place: tuple[float, float, float]
    size: float
    watts: float
    colour: tuple[float, float, float]
    spread: float = 180.0  # degrees


# Discs, since eyes mirror them. The fourth is the light in the eyes.
LAMPS = {
    "Key": _Lamp((0.66, -1.08, 0.78), 0.60, 21.0, (1.0, 0.96, 0.90)),
    "Fill": _Lamp((-1.08, -0.84, 0.12), 1.20, 7.0, (0.85, 0.92, 1.0)),
    "Rim": _Lamp((-0.70, 1.08, 0.70), 0.60, 3.5, (0.90, 0.95, 1.0), 80.0),
    "Eyes": _Lamp((0.16, -0.95, 0.30), 0.10, 1.6, (1.0, 1.0, 1.0)),
}
# What is framed: height of its middle and of the picture, in statures; lens; turn of the camera (degrees).
SHOTS = {
    "body": (0.52, 1.14, 55.0, 12.0),
    "waist": (0.78, 0.60, 70.0, 12.0),
    "face": (0.925, 0.21, 85.0, 14.0),
}


def dress(scene: bpy.types.Scene, armature: bpy.types.Object, shot: str = "body") -> bpy.types.Object:
    """Backdrop, lamps, world and a camera for one character; sets the view transform. -> the camera.

    Everything is sized by the armature's rest height and stands in a collection of its own. The scene's
    own camera, if it has one, stays the active one.
    """
    studio = bpy.data.collections.new("Persona Studio")
    scene.collection.children.link(studio)
    place, stature = _standing(armature)
    camera = frame(scene, armature, shot, studio)
    _light(studio, place, stature)
    _backdrop(studio, place, stature)
    scene.world = _world()
    scene.view_settings.view_transform = "AgX"
    scene.view_settings.look = "AgX - Medium High Contrast"
    # Workbench, which draws a frame in a third of a second without a GPU, ignores the lamps
    scene.display.shading.studio_light, scene.display.render_aa = "paint.sl", "5"
    return camera


def frame(scene: bpy.types.Scene, armature: bpy.types.Object, shot: str = "body",
          collection: bpy.types.Collection | None = None, front: Vector | None = None) -> bpy.types.Object:
    """A camera on the character as it rests: one of ``SHOTS``. Made active where the scene has none.

    front: world direction that the character faces, None for -Y of the armature.
    """
    place, stature = _standing(armature, front)
    middle, high, lens, turn = SHOTS[shot]
    data = bpy.data.cameras.new("Persona Camera")
    data.lens, data.sensor_fit, data.clip_start = lens, "VERTICAL", 0.02
    camera = bpy.data.objects.new("Persona Camera", data)
    (collection or scene.collection).objects.link(camera)
    distance = 0.5 * high * stature / tan(data.angle_y / 2.0)
    level = middle * stature
    seat = Matrix.Rotation(radians(turn), 4, "Z") @ Matrix.Translation((0.0, -distance, level + 0.02 * distance))
    aim = Matrix.Rotation(pi / 2.0 - 0.02, 4, "X")
    camera.matrix_world = place @ seat @ aim
    if scene.camera is None:
        scene.camera = camera
    return camera


def _standing(armature: bpy.types.Object, front: Vector | None = None) -> tuple[Matrix, float]:
    """Where the character stands (floor, turned as it faces, no scale) and how tall it is, in metres."""
    world = armature.matrix_world
    points = [world @ point for bone in armature.data.bones for point in (bone.head_local, bone.tail_local)]
    skins = [thing for scene in armature.users_scene for thing in scene.objects if thing.find_armature() == armature]
    points += [skin.matrix_world @ Vector(corner) for skin in skins for corner in skin.bound_box]
    low, high = min(p.z for p in points), max(p.z for p in points)
    middle = world.translation
    turn = world.to_euler("XYZ").z if front is None else atan2(front.x, -front.y)
    return Matrix.Translation((middle.x, middle.y, min(low, middle.z))) @ Matrix.Rotation(turn, 4, "Z"), high - low


def _light(studio: bpy.types.Collection, place: Matrix, stature: float) -> None:
    k = 2.05 * stature / _LAMP_DISTANCE
    target = Vector((0.0, 0.0, 0.72 * stature))
    for name, lamp in LAMPS.items():
        data = bpy.data.lights.new(f"Persona {name}", "AREA")
        data.shape, data.size, data.energy, data.color = "DISK", lamp.size * k, lamp.watts * k * k, lamp.colour
        data.spread = radians(lamp.spread)
        ob = bpy.data.objects.new(f"Persona {name}", data)
        studio.objects.link(ob)
        offset = k * Vector(lamp.place)
        turn = offset.to_track_quat("Z", "Y").to_matrix().to_4x4()
        ob.matrix_world = place @ Matrix.Translation(target + offset) @ turn


def _backdrop(studio: bpy.types.Collection, place: Matrix, stature: float) -> None:
    """Floor and wall as one sweep."""
    bend, far, near, wide, high = 1.4, 3.2, -9.0, 9.0, 6.0
    turn = np.linspace(0.0, pi / 2.0, 17)
    y = np.concatenate([[near, 0.0], far - bend + bend * np.sin(turn), [far]])
    z = np.concatenate([[0.0, 0.0], bend - bend * np.cos(turn), [high]])
    profile = np.column_stack([y, z]) * stature
    points = np.concatenate([np.column_stack([np.full(len(y), side * wide * stature), profile]) for side in (-1, 1)])
    n = np.arange(len(y) - 1)
    faces = np.column_stack([n, n + len(y), n + len(y) + 1, n + 1])
    mesh = bpy.data.meshes.new("Persona Backdrop")
    fill(mesh, points, faces)
    ob = bpy.data.objects.new("Persona Backdrop", mesh)
    ob.matrix_world = place
    studio.objects.link(ob)
    material = bpy.data.materials.new("Persona Backdrop")
    shader = shader_of(material)
    shader.inputs["Base Color"].default_value = (0.30, 0.33, 0.37, 1.0)
    shader.inputs["Roughness"].default_value = 0.9
    material.diffuse_color = (0.30, 0.33, 0.37, 1.0)
    mesh.materials.append(material)


def _world() -> bpy.types.World:
    world = bpy.data.worlds.new("Persona World")
    if world.node_tree is None:
        world.use_nodes = True
    background = next(n for n in world.node_tree.nodes if n.type == "BACKGROUND")
    background.inputs["Color"].default_value = (0.20, 0.21, 0.23, 1.0)
    background.inputs["Strength"].default_value = 0.9
    world.color = (0.20, 0.21, 0.23)
    return world
