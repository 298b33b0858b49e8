"""Where the camera stands that a movie gets when the scene has none."""

from __future__ import annotations

from math import radians

import bpy
import pytest
from mathutils import Matrix, Vector

from persona_addon import rendering
from tests.mock import stage


def turned_bones(angle: float) -> tuple:
    """The stage's body, turned about the up axis within its armature."""
    turn = Matrix.Rotation(angle, 3, "Z")
    return tuple((name, parent, tuple(turn @ Vector(head)), tuple(turn @ Vector(tail)))
                 for name, parent, head, tail in stage.BONES)


@pytest.mark.parametrize("inside", [0.0, 90.0, 180.0])
@pytest.mark.parametrize("outside", [0.0, 45.0])
def test_the_camera_stands_before_the_face(inside, outside):
    armature = stage.add_armature(bones=turned_bones(radians(inside)))
    armature.location, armature.rotation_euler.z = (3.0, -2.0, 1.0), radians(outside)
    bpy.context.view_layer.update()
    camera = rendering._camera(bpy.context.scene, armature, None)
    bpy.context.view_layer.update()
    front = Matrix.Rotation(radians(inside + outside), 3, "Z") @ Vector((0.0, -1.0, 0.0))
    seen = (camera.matrix_world.translation - armature.matrix_world.translation).to_2d().normalized()
    assert seen.dot(front.to_2d()) > 0.9


def test_a_head_larger_than_its_bone_is_in_the_picture():
    from bpy_extras.object_utils import world_to_camera_view

    armature = stage.add_armature()
    head = stage.add_face(armature)
    for key in head.data.shape_keys.key_blocks:
        key.data[2].co.z = 2.6
    head.data.vertices[2].co.z = 2.6
    bpy.context.view_layer.update()
    camera = rendering._camera(bpy.context.scene, armature, None)
    bpy.context.view_layer.update()
    seen = world_to_camera_view(bpy.context.scene, camera, Vector((0.0, 0.0, 2.6)))
    assert 0.0 < seen.y < 1.0
