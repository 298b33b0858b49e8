"""Blender's own importer understands the BVH files that Persona writes."""

import numpy as np
import pytest

from bridge.body import rotations as rot
from bridge.body.kinematics import globals_of
from bridge.body.motion import Motion
from bridge.body.skeleton import CANONICAL
from bridge.files import bvh

bpy = pytest.importorskip("bpy")


def test_blender_imports_the_same_motion(tmp_path):
    rng = np.random.default_rng(5)
    turns = 0.3 * np.cumsum(rng.standard_normal((8, 52, 3)), 0)
    motion = Motion(CANONICAL, rot.continuous(rot.from_rotation_vector(turns)).astype(np.float32),
                    (rng.standard_normal((8, 3)) * 0.1 + (0, 0, 0.9)).astype(np.float32), 30.0,
                    np.zeros((8, 4), np.float32))
    bvh.write(tmp_path / "talk.bvh", motion)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    assert bpy.ops.import_anim.bvh(filepath=str(tmp_path / "talk.bvh"), global_scale=0.01) == {"FINISHED"}
    imported = bpy.context.object
    assert {bone.name for bone in imported.data.bones} == set(CANONICAL.names)
    places = globals_of(motion)[1]
    for frame in range(8):
        bpy.context.scene.frame_set(frame + 1)
        theirs = [imported.matrix_world @ imported.pose.bones[name].head for name in CANONICAL.names]
        np.testing.assert_allclose(np.array(theirs), places[frame], atol=1e-4)
