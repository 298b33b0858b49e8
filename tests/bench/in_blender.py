"""Figures taken inside Blender's wheel; each is printed as a line of JSON."""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from .material import speech
from .row import Row

SECONDS = 60.0


def main() -> None:
    import bpy

    import persona_addon

    began = time.perf_counter()
    persona_addon.register()
    registering = time.perf_counter() - began
    rows = [Row("register()", "ms", "<= 50", 1e3 * registering, "first call, Blender's wheel")]
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    armature = _mannequin(rows)
    rows.append(_drawing())
    with tempfile.TemporaryDirectory() as folder:
        rows += _generating(armature, str(speech(SECONDS, Path(folder))))
    for row in rows:
        print(json.dumps(asdict(row)))


def _mannequin(rows: list[Row]):
    import bpy

    from persona_addon.mannequin import build

    began = time.perf_counter()
    armature, _mesh = build.build(bpy.context.scene)
    rows.append(Row("mannequin", "s", "<= 3", time.perf_counter() - began, "built by code, with its 52 shapes"))
    bpy.context.view_layer.objects.active = armature
    bpy.context.scene.persona.character = armature
    return armature


def _drawing() -> Row:
    import bpy

    from persona_addon import panels
    from tests.mock.paper import draw

    classes = [cls for room in panels.ROOMS for cls in room.CLASSES
               if issubclass(cls, bpy.types.Panel) and getattr(cls, "bl_category", "") == "Persona"]

    def draw_all() -> float:
        began = time.perf_counter()
        for panel in classes:
            draw(panel, bpy.context)
        return 1e3 * (time.perf_counter() - began)

    draw_all()
    times = [draw_all() for _ in range(50)]
    how = f"draw() of its {len(classes)} panels on paper, median of 50"
    return Row("drawing the whole tab", "ms", "<= 1", statistics.median(times), how)


def _generating(armature, audio: str) -> list[Row]:
    import bpy

    from bridge.messages import Request
    from persona_addon import character, job

    scene = bpy.context.scene
    faces = character.face_meshes(armature)
    fps = scene.render.fps / scene.render.fps_base
    began = time.perf_counter()
    job.begin(scene, armature, faces, Request(audio, rig=character.describe(armature, faces), fps=fps),
              {"kind": "FILE", "name": audio, "label": "speech"})
    asking = 1e3 * (time.perf_counter() - began)
    ticks = []
    while True:
        before = time.perf_counter()
        ended = job.tick()
        ticks.append(1e3 * (time.perf_counter() - before))
        if ended is not None:
            break
        time.sleep(0.05)
    if ended.problem is not None:
        raise ended.problem
    before = time.perf_counter()
    job.land(ended)
    writing = 1e3 * (time.perf_counter() - before)
    how = f"{SECONDS:g} s of speech on the mannequin"
    return [Row("asking (starts the worker)", "ms", "", asking, how),
            Row("worst tick", "ms", "<= 10", max(ticks), f"of {len(ticks)}, {how}"),
            Row("median tick", "ms", "<= 2", statistics.median(ticks), how),
            Row("writing", "ms", "<= 300", writing, f"action and keys, {how}")]


if __name__ == "__main__":
    code = 0
    try:
        main()
    except Exception:
        import traceback

        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
