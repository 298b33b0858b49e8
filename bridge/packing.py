"""``Result`` as a document and arrays, and back. Standard library and numpy only, since Blender imports it."""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

import numpy as np

from .body.motion import Motion
from .body.score import Score
from .body.skeleton import Skeleton
from .curves import Channel, Curves
from .face.track import FaceTrack
from .messages import Result
from .problems import Problem
from .report import Report

Arrays = dict[str, np.ndarray]


def pack(result: Result) -> tuple[dict, Arrays]:
    """What ``unpack`` makes the same result of: a JSON-able document, and arrays by name."""
    arrays: Arrays = {}
    document = {
        "score": result.score.to_json(),
        "report": result.report.to_json(),
        "body": _pack_motion(result.body, arrays) if result.body else None,
        "face": _pack_face(result.face, arrays) if result.face else None,
        "curves": _pack_curves(result.curves, arrays) if result.curves else None,
    }
    return document, arrays


def unpack(document: dict, arrays: Arrays) -> Result:
    """Raises ``Problem`` where document and arrays are no result."""
    try:
        return Result(
            score=Score.from_json(document["score"]),
            body=_unpack_motion(document["body"], arrays) if document["body"] else None,
            face=_unpack_face(document["face"], arrays) if document["face"] else None,
            curves=_unpack_curves(document["curves"], arrays) if document["curves"] else None,
            report=Report.from_json(document["report"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Problem("result.unsound", what=f"it cannot be read ({error})") from error


def _pack_motion(motion: Motion, arrays: Arrays) -> dict:
    skeleton = motion.skeleton
    arrays |= {"body.rotations": _as(motion.rotations, np.float32), "body.root": _as(motion.root, np.float32),
               "body.contacts": _as(motion.contacts, np.float32), "body.parents": _as(skeleton.parents, np.int64),
               "body.offsets": _as(skeleton.offsets, np.float64),
               "body.rest_rotations": _as(skeleton.rest_rotations, np.float64)}
    tips = {name: [float(number) for number in tip] for name, tip in skeleton.tips.items()}
    return {"fps": float(motion.fps), "names": list(skeleton.names), "tips": tips}


def _unpack_motion(fields: dict, arrays: Arrays) -> Motion:
    tips = {str(name): tuple(tip) for name, tip in fields["tips"].items()}
    skeleton = Skeleton(tuple(fields["names"]), arrays["body.parents"], arrays["body.offsets"],
                        arrays["body.rest_rotations"], tips)
    return Motion(skeleton, arrays["body.rotations"], arrays["body.root"], float(fields["fps"]),
                  arrays["body.contacts"])


def _pack_face(face: FaceTrack, arrays: Arrays) -> dict:
    arrays |= {"face.weights": _as(face.weights, np.float32), "face.angles": _as(face.angles, np.float32)}
    return {"fps": float(face.fps), "closures": [float(time) for time in face.closures]}


def _unpack_face(fields: dict, arrays: Arrays) -> FaceTrack:
    return FaceTrack(arrays["face.weights"], arrays["face.angles"], float(fields["fps"]), tuple(fields["closures"]))


def _pack_curves(curves: Curves, arrays: Arrays) -> dict:
    arrays |= {"curves.starts": _as(curves.starts, np.int32), "curves.keys": _as(curves.keys, np.float32),
               "curves.left": _as(curves.left, np.float32), "curves.right": _as(curves.right, np.float32),
               "curves.interpolation": _as(curves.interpolation, np.uint8)}
    return {"channels": [astuple(channel) for channel in curves.channels]}


def _unpack_curves(fields: dict, arrays: Arrays) -> Curves:
    channels = tuple(Channel(*row) for row in fields["channels"])
    return Curves(channels, arrays["curves.starts"], arrays["curves.keys"], arrays["curves.left"],
                  arrays["curves.right"], arrays["curves.interpolation"])


def _as(array: Any, dtype: type) -> np.ndarray:
    return np.asarray(array, dtype)
