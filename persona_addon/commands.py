"""``persona generate …``: performances from the command line, in headless Blender or through its wheel.

The same options as ``python -m bridge``, and those that concern a scene. A performance is computed by the same
worker that serves the panel.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from math import ceil
from pathlib import Path

import bpy

from bridge import __version__
from bridge.command_line import (
    DONE,
    add_report_options,
    add_request_options,
    request_of,
    run,
    watched,
    write_reports,
)
from bridge.files.whole import whole
from bridge.performance_files import add_file_options, check_outputs, write_files
from bridge.problems import Problem

from . import action, character, complete, job, rendering, sound
from .client import perform
from .stdout import kept_for_results


def persona(words: list[str]) -> int:
    """What ``blender --command persona`` calls; returns the exit code."""
    parser = argparse.ArgumentParser(prog="persona", description="Turn speech into an acting character.")
    parser.add_argument("--version", action="version", version=f"persona {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    generate = commands.add_parser("generate", help="generate body and face from speech on a character")
    add_generate_options(generate)
    generate.add_argument("--jobs", metavar="FILE", help="a CSV of many jobs, its header the names of these options")
    try:
        args = parser.parse_args(words)
        if not (args.audio or args.jobs):
            generate.error("--audio FILE says which speech to perform")
    except SystemExit as end:  # Blender itself must not be left by an exception
        return int(end.code or DONE)
    return run(lambda: _generate(args))


def add_generate_options(parser: argparse.ArgumentParser) -> None:
    """Everything that one row of a jobs table may say."""
    scene = parser.add_argument_group("scene")
    scene.add_argument("--blend", metavar="FILE", help="open this file first (default: the file that is open)")
    scene.add_argument("--armature", metavar="NAME", help="the character; may be left out where there is only one")
    scene.add_argument("--mannequin", action="store_true", help="add Persona's mannequin and use it as the character")
    scene.add_argument("--mesh", metavar="NAME", action="append", default=[],
                       help="a face mesh, may be repeated (default: all that follow the armature)")
    scene.add_argument("--start", metavar="FRAME", type=int, default=1, help="frame on which the sound begins")
    add_request_options(parser)
    files = add_file_options(parser)
    files.add_argument("--output", metavar="FILE", help="the scene with the performance, as .blend")
    files.add_argument("--render", metavar="FILE", help="a movie of it with sound, as .mp4")
    picture = parser.add_argument_group("picture")
    picture.add_argument("--size", metavar="WxH", type=_size, help="pixels (default: the scene's)")
    picture.add_argument("--camera", metavar="NAME", help="default: the scene's, or one placed on the character")
    picture.add_argument("--engine", choices=sorted(rendering.ENGINES), help="default: the scene's")
    add_report_options(parser)


def _generate(args: argparse.Namespace) -> int:
    if args.jobs:
        from bridge.jobs import run_jobs

        row = argparse.ArgumentParser(prog="row", add_help=False)
        add_generate_options(row)
        args.blend = args.blend or bpy.data.filepath or None
        return run_jobs(args.jobs, row, args, _perform_afresh)
    for path in perform_row(args):
        print(path)
    return DONE


def _perform_afresh(args: argparse.Namespace) -> list[Path]:
    """One row of a table, which finds nothing of the row before."""
    if not args.blend:
        bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    return perform_row(args)


def perform_row(args: argparse.Namespace) -> list[Path]:
    """One performance on one character, written to what the options name."""
    if not args.audio:
        raise Problem("audio.none")
    with kept_for_results():
        return _perform(args)


def _perform(args: argparse.Namespace) -> list[Path]:
    outputs = check_outputs(args, "output", "render", "motion", "face", "json", "write_score")
    if not outputs:
        raise Problem("output.none_in_scene")
    if args.render and args.start < 0:  # Blender renders none before
        raise Problem("request.invalid", what=f"a movie begins at frame 0 or later, not at {args.start}")
    scene = _scene(args)
    armature = _character(scene, args)
    character.check(armature, scene)
    fps = scene.render.fps / scene.render.fps_base
    args.transcript = args.transcript and str(Path(args.transcript).absolute())  # the worker has another folder
    heard = sound.of_file(str(Path(args.audio).absolute()), *(args.audio_range or (0.0, None)), args.start)
    asked = request_of(args, character.describe(armature, _faces(scene, args.mesh)), fps, args.start)
    request = replace(asked, audio=heard.path, start=heard.start, end=heard.end)
    with watched() as watch:
        result = perform(request, watch, job.client())
        watch.stage("write")
        action.write(scene, armature, result.curves, request, result, source=heard.source)
        sound.add_to_sequencer(scene, heard.source["name"], args.start, heard.start, heard.end)
        scene.frame_start, scene.frame_end = args.start, args.start + ceil(result.score.seconds * fps)
        watch.stage("save")
        written = _save(args.output) + write_files(args, result)
        if args.render:
            watch.stage("render")
            movie = rendering.render(scene, args.render, armature, size=args.size, camera=args.camera,
                                     engine=args.engine, progress=watch.advance)
            written.append(movie)
        watch.stage("")
    result.report.seconds.update(watch.seconds)
    return written + write_reports(args, result)


def _scene(args: argparse.Namespace) -> bpy.types.Scene:
    """The scene to work in: of a file, the open one, or for the mannequin alone an empty one at 30 fps."""
    if args.blend:
        if not Path(args.blend).is_file():
            raise Problem("input.unreadable", path=args.blend, why="no such file")
        try:
            bpy.ops.wm.open_mainfile(filepath=str(Path(args.blend).absolute()))
        except RuntimeError as error:
            raise Problem("input.unreadable", path=args.blend, why=str(error).strip()) from error
    elif args.mannequin and not bpy.data.filepath:
        bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
        bpy.context.scene.render.fps, bpy.context.scene.render.fps_base = 30, 1.0
    return bpy.context.scene


def _character(scene: bpy.types.Scene, args: argparse.Namespace) -> bpy.types.Object:
    if args.mannequin:
        return _mannequin(scene)
    armatures = [thing for thing in scene.objects if thing.type == "ARMATURE"]
    known = ", ".join(thing.name for thing in armatures) or "none"
    if args.armature:
        found = bpy.data.objects.get(args.armature)
        if found is None or found.type != "ARMATURE":
            raise Problem("character.not_found", name=args.armature, known=known)
        return found
    if len(armatures) != 1:
        raise Problem("character.not_named", known=known)
    return armatures[0]


def _mannequin(scene: bpy.types.Scene) -> bpy.types.Object:
    """The mannequin on a stage of its own."""
    from .mannequin import build, stage

    armature, _mesh = build.build(scene)
    stage.dress(scene, armature)
    return armature


def _faces(scene: bpy.types.Scene, names: list[str]) -> list[bpy.types.Object] | None:
    faces = []
    for name in names:
        mesh = scene.objects.get(name)
        if mesh is None or mesh.type != "MESH":
            known = ", ".join(thing.name for thing in scene.objects if thing.type == "MESH") or "none"
            raise Problem("character.no_mesh", name=name, known=known)
        if mesh.data.shape_keys is None:
            raise Problem("character.no_shapes", name=name)
        if all(mesh.data.shape_keys != face.data.shape_keys for face in faces):  # two objects may share a face
            faces.append(mesh)
    return faces or None


def _save(path: str | None) -> list[Path]:
    if not path:
        return []
    with whole(path) as part:
        try:
            bpy.ops.wm.save_as_mainfile(filepath=str(Path(part).absolute()), copy=True, check_existing=False)
        except RuntimeError as error:
            raise Problem("output.unwritable", path=path, why=str(error).strip().rstrip(".")) from error
        if not complete.blend(part):
            raise Problem("output.unwritable", path=path, why="there is not enough room for it")
    return [Path(path)]


def _size(text: str) -> tuple[int, int]:
    try:
        width, height = (int(number) for number in text.lower().split("x"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not WIDTHxHEIGHT, e.g. 1280x720") from None
    if not (16 <= width <= 16384 and 16 <= height <= 16384):
        raise argparse.ArgumentTypeError(f"{text} is not between 16x16 and 16384x16384")
    return width - width % 2, height - height % 2  # H.264 wants even sizes
