"""A performance as files: the body as BVH or NPZ, the face as a Live Link Face table."""

from __future__ import annotations

import argparse
from pathlib import Path

from .files.whole import whole
from .messages import Result
from .problems import Problem

MOTION_FORMATS = (".bvh", ".npz")


def add_file_options(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """``--motion`` and ``--face``; returns the group for further files."""
    files = parser.add_argument_group("files")
    files.add_argument("--motion", metavar="FILE", help="body on the canonical skeleton, as .bvh or .npz")
    files.add_argument("--face", metavar="FILE", help="face as a Live Link Face .csv")
    return files


def check_folders(args: argparse.Namespace, *names: str) -> list[str]:
    """The outputs that the options name; raises ``Problem`` before any work where one cannot be written."""
    outputs = [path for name in names if (path := getattr(args, name, None))]
    for path in outputs:
        if not Path(path).absolute().parent.is_dir():
            raise Problem("output.unwritable", path=path, why="the folder does not exist")
    if args.motion and Path(args.motion).suffix.lower() not in MOTION_FORMATS:
        raise Problem("output.format", path=args.motion, known=" or ".join(MOTION_FORMATS))
    return outputs


def write_files(args: argparse.Namespace, result: Result) -> list[Path]:
    """Writes what ``add_file_options`` asked for; returns the paths."""
    written = []
    if args.motion and result.body is not None:
        from .files import bvh, npz

        form = bvh if Path(args.motion).suffix.lower() == ".bvh" else npz
        with whole(args.motion) as part:
            form.write(part, result.body)
        written.append(Path(args.motion))
    if args.face and result.face is not None:
        from .files import live_link_csv

        with whole(args.face) as part:
            live_link_csv.write(part, result.face)
        written.append(Path(args.face))
    return written
