"""Whether a result may be written: shapes, finite numbers, unit quaternions, as many frames as were asked.

Looked at in small steps, so that Blender can do it between two redraws. Standard library and numpy only.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from . import packing, parcel
from .body.motion import Motion
from .curves import Curves
from .face.track import FaceTrack
from .messages import Request, Result
from .parcel import Steps
from .problems import Problem

_ROWS = 1 << 15
_UNIT = 1e-3  # greatest deviation of a quaternion's length from 1
_WEIGHT = 1e-3  # greatest step of a weight outside 0..1


def receive(request: Request, folder: Path, files: dict) -> Steps[Result]:
    """The result whose files lie in ``folder``: read, understood and checked.

    Raises ``Problem`` where it may not be used, whatever is wrong with it.
    """
    try:
        document, arrays = yield from parcel.read(folder, files)
        result = packing.unpack(document, arrays)
        yield
        yield from check(request, result)
        return result
    except Problem:
        raise
    except Exception as error:  # a type or a shape that nobody thought of is unsound as well
        raise Problem("result.unsound", what=f"it cannot be understood ({error})") from error


def check(request: Request, result: Result) -> Steps[None]:
    """Raises ``Problem`` at the first thing in ``result`` that cannot be the answer to ``request``."""
    for name, wanted, found in (("body", request.body, result.body), ("face", request.face, result.face),
                                ("curves", request.rig is not None, result.curves)):
        _sound(wanted == (found is not None), f"{name} was {'asked' if wanted else 'not asked'} for, and is "
                                              f"{'there' if found is not None else 'missing'}")
    seconds = float(result.report.found.get("seconds", result.score.seconds))
    _sound(np.isfinite(seconds) and seconds > 0, f"its length is {seconds} s")
    if request.end is not None:
        _sound(seconds <= request.end - request.start + 0.01, f"{seconds:g} s are longer than the range asked for")
    if result.body is not None:
        yield from _check_body(result.body, seconds)
    if result.face is not None:
        yield from _check_face(result.face, seconds)
    if result.curves is not None:
        yield from _check_curves(result.curves, request.start_frame, seconds * request.fps)


def _check_body(body: Motion, seconds: float) -> Steps[None]:
    _check_length("body", len(body), body.fps, seconds)
    skeleton, joints = body.skeleton, len(body.skeleton)
    _sound(all(isinstance(name, str) for name in skeleton.names), "a joint has no name")
    _sound(skeleton.parents.shape == (joints,) and bool(np.all(skeleton.parents < np.arange(joints)))
           and bool(np.all(skeleton.parents >= -1)), "a joint comes before its parent")
    _sound(skeleton.offsets.shape == (joints, 3) and skeleton.rest_rotations.shape == (joints, 4)
           and bool(np.isfinite(skeleton.offsets).all() and np.isfinite(skeleton.rest_rotations).all()),
           "the skeleton has no right rest")
    for name, array, width in (("rotations", body.rotations, 4), ("root", body.root, 3),
                               ("contacts", body.contacts, 4)):
        yield from _check_finite(f"body {name}", array, width)
    flat = body.rotations.reshape(-1, 4)
    for place in range(0, len(flat), _ROWS):
        lengths = np.linalg.norm(flat[place:place + _ROWS], axis=1)
        _sound(bool(np.all(np.abs(lengths - 1) < _UNIT)), "body rotations are not unit quaternions")
        yield


def _check_face(face: FaceTrack, seconds: float) -> Steps[None]:
    _check_length("face", len(face), face.fps, seconds)
    yield from _check_finite("face weights", face.weights, face.weights.shape[1])
    yield from _check_finite("face angles", face.angles, face.angles.shape[1])
    _sound(face.weights.min() > -_WEIGHT and face.weights.max() < 1 + _WEIGHT, "face weights are not within 0 and 1")


def _check_curves(curves: Curves, first: int, frames: float) -> Steps[None]:
    starts, keys = curves.starts, curves.keys
    counts = np.diff(starts)
    _sound(starts.shape == (len(curves.channels) + 1,) and starts[0] == 0 and starts[-1] == len(keys)
           and bool(np.all(counts > 0)), "curves and their keys do not belong together")
    _sound(all(array.shape == (len(keys), 2) for array in (keys, curves.left, curves.right))
           and curves.interpolation.shape == (len(keys),), "curves have a wrong shape")
    _sound(all(isinstance(text, str) for channel in curves.channels
               for text in (channel.owner, channel.owner_type, channel.data_path, channel.group))
           and all(type(channel.index) is int for channel in curves.channels), "a curve has no right address")
    addresses = {(channel.owner, channel.owner_type, channel.data_path, channel.index) for channel in curves.channels}
    _sound(len(addresses) == len(curves.channels), "one property has two curves")
    _sound(all(channel.owner_type in ("OBJECT", "KEY") and channel.data_path and 0 <= channel.index < 4
               for channel in curves.channels), "a curve has no right address")
    yield
    for name, array in (("keys", keys), ("left handles", curves.left), ("right handles", curves.right)):
        yield from _check_finite(f"curve {name}", array, 2)
    _sound(bool(np.all(curves.interpolation <= 2)), "curves have an unknown interpolation")
    if not len(keys):
        return
    first_of_channel = np.zeros(len(keys), bool)
    first_of_channel[starts[:-1]] = True
    _sound(bool(np.all((np.diff(keys[:, 0]) > 0) | first_of_channel[1:])), "keys are not in the order of time")
    yield
    _sound(keys[:, 0].min() >= first - 1 and keys[:, 0].max() <= first + np.ceil(frames) + 1,
           "keys lie outside the range asked for")


def _check_length(name: str, found: int, fps: float, seconds: float) -> None:
    """Frames of a track that covers ``seconds``, its last frame included or not."""
    _sound(np.isfinite(fps) and fps > 0, f"{name} has {fps} frames a second")
    _sound(found > 0 and -1.1 < found - seconds * fps < 2.1,
           f"{name} has {found} frames for {seconds:g} s at {fps:g} a second")


def _check_finite(name: str, array: np.ndarray, width: int) -> Steps[None]:
    flat = array.reshape(-1, width)
    for place in range(0, len(flat), _ROWS):
        _sound(bool(np.isfinite(flat[place:place + _ROWS]).all()), f"{name} are not all finite numbers")
        yield


def _sound(right: bool, what: str) -> None:
    if not right:
        raise Problem("result.unsound", what=what)
