"""A performance as files: the body as BVH or NPZ, the face as a Live Link Face table."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from .files.whole import whole
from .messages import Result
from .problems import Problem

FORMATS = {"motion": (".bvh", ".npz"), "face": (".csv",), "output": (".blend",), "render": (".mp4",)}


def add_file_options(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """``--motion`` and ``--face``; returns the group for further files."""
    files = parser.add_argument_group("files")
    files.add_argument("--motion", metavar="FILE", help="body on the canonical skeleton, as .bvh or .npz")
    files.add_argument("--face", metavar="FILE", help="face as a Live Link Face .csv")
    return files


def check_outputs(args: argparse.Namespace, *names: str) -> list[str]:
    """The outputs that the options name; raises ``Problem`` before any work where one cannot be written."""
    outputs = {name: path for name in names if (path := getattr(args, name, None))}
    for name, path in outputs.items():
        folder = os.path.dirname(os.path.abspath(path))
        if not os.path.isdir(folder):
            raise Problem("output.unwritable", path=path, why="the folder does not exist")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise Problem("output.unwritable", path=path, why="the folder may not be written to")
        if os.path.isdir(path):
            raise Problem("output.unwritable", path=path, why="it is a folder")
        if name in FORMATS and Path(path).suffix.lower() not in FORMATS[name]:
            raise Problem("output.format", path=path, known=" or ".join(FORMATS[name]))
    for name, layer in (("motion", "body"), ("face", "face")):
        if name in outputs and getattr(args, f"no_{layer}"):
            raise Problem("output.left_out", path=outputs[name], layer=layer)
    return list(outputs.values())


def write_files(args: argparse.Namespace, result: Result) -> list[Path]:
    """Writes what ``add_file_options`` asked for; returns the paths."""
    written = []
    if args.motion:
        from .files import bvh, npz

        form = bvh if Path(args.motion).suffix.lower() == ".bvh" else npz
        with whole(args.motion) as part:
            form.write(part, result.body)
        written.append(Path(args.motion))
    if args.face:
        from .files import live_link_csv

        with whole(args.face) as part:
            live_link_csv.write(part, result.face)
        written.append(Path(args.face))
    return written
