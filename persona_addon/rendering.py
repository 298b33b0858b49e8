"""A performance as a movie with sound, from a scene without a window."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import bpy
from mathutils import Vector

from bridge.files.whole import whole
from bridge.problems import Problem
from bridge.rigs import matching, stance
from bridge.rigs.rest import rest_of

from . import character, compat, complete
from .mannequin.stage import frame
from .stdout import blender_silent

ENGINES = {"workbench": lambda: "BLENDER_WORKBENCH", "eevee": compat.eevee, "cycles": lambda: "CYCLES"}


def render(scene: bpy.types.Scene, path: str, armature: bpy.types.Object, *, size: tuple[int, int] | None = None,
           camera: str | None = None, engine: str | None = None,
           progress: Callable[[int, int], None] = lambda done, total: None) -> Path:
    """Renders the scene's frame range to an MP4 (H.264, AAC).

    size: width and height in pixels, None = the scene's. camera: name of one, None = the scene's, or one placed
    on the character. engine: of ``ENGINES``, None = the scene's. Raises ``Problem``.
    """
    scene.camera = _camera(scene, armature, camera)
    if engine:
        scene.render.engine = ENGINES[engine]()
    if size:
        scene.render.resolution_x, scene.render.resolution_y = size
        scene.render.resolution_percentage = 100
    compat.set_video_output(scene)
    with whole(path) as part, _reported(scene, progress), blender_silent():
        scene.render.filepath = str(Path(part).absolute())
        try:
            bpy.ops.render.render(animation=True, scene=scene.name)
        except RuntimeError as error:
            raise Problem("render.failed", path=path, why=str(error).strip().rstrip(".")) from error
        if not Path(part).exists():
            raise Problem("render.empty", path=path)
        if not complete.movie(part):
            raise Problem("output.unwritable", path=path, why="there is not enough room for it")
    return Path(path)


def _camera(scene: bpy.types.Scene, armature: bpy.types.Object, name: str | None) -> bpy.types.Object:
    if name is None:
        return scene.camera or frame(scene, armature, front=_front(armature))
    camera = scene.objects.get(name)
    if camera is None or camera.type != "CAMERA":
        known = ", ".join(o.name for o in scene.objects if o.type == "CAMERA") or "none"
        raise Problem("scene.no_camera", name=name, known=known)
    return camera


def _front(armature: bpy.types.Object) -> Vector | None:
    """World direction in which the character looks at rest; None where no body is recognised."""
    rig = character.describe(armature, ())
    try:
        back = stance.facing(rest_of(rig), matching.match(rig))[1]
    except Problem:
        return None
    return armature.matrix_world.to_3x3() @ Vector(-back)


@contextmanager
def _reported(scene: bpy.types.Scene, progress: Callable[[int, int], None]):
    total = scene.frame_end - scene.frame_start + 1

    def written(rendered: bpy.types.Scene, *_: object) -> None:
        progress(rendered.frame_current - scene.frame_start + 1, total)

    bpy.app.handlers.render_write.append(written)
    try:
        yield
    finally:
        bpy.app.handlers.render_write.remove(written)
