"""Rotations and locations of bones as ``Track``s: in each bone's own rotation mode, its locks respected."""

from __future__ import annotations

import numpy as np

from ..body.rotations import continuous, continuous_euler, from_euler, to_axis_angle, to_euler
from ..curves import Track
from .rig import Bone

_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n",
                          "\r": "\\r", "\t": "\\t"})


def path(bone: str, channel: str) -> str:
    """Data path of a property of a pose bone, its name escaped as Blender does."""
    return f'pose.bones["{bone.translate(_ESCAPES)}"].{channel}'


def property_path(bone: str, name: str) -> str:
    """Data path of a custom property of a pose bone."""
    return f'pose.bones["{bone.translate(_ESCAPES)}"]["{name.translate(_ESCAPES)}"]'


def unlocked(bone: Bone, rotations: np.ndarray) -> np.ndarray:
    """Rotation channels (T, 4) as quaternions, the locked axes held at rest."""
    locks = np.array(bone.locks[3:], bool)
    if not locks.any():
        return rotations
    order = _order(bone)
    angles = continuous_euler(to_euler(rotations, order), order)
    return from_euler(np.where(locks, 0.0, angles), order)


def rotation_track(owner: str, bone: Bone, rotations: np.ndarray, tolerance: float) -> Track:
    """rotations: (T, 4) unit quaternions in the bone's own space. tolerance: radians."""
    if bone.rotation_mode == "QUATERNION":
        channel, kind, values = "rotation_quaternion", "quaternion", upright(rotations)
    elif bone.rotation_mode == "AXIS_ANGLE":
        channel, kind, values = "rotation_axis_angle", "axis_angle", to_axis_angle(upright(rotations))
    else:
        channel, kind = "rotation_euler", "euler"
        values = continuous_euler(to_euler(rotations, _order(bone)), _order(bone))
    return Track(owner, "OBJECT", path(bone.name, channel), kind, values, tolerance, bone.name)


def location_track(owner: str, bone: Bone, locations: np.ndarray, tolerance: float) -> Track:
    """locations: (T, 3) in the bone's own rest space and armature units; locked axes are held at rest."""
    values = np.where(np.array(bone.locks[:3], bool), 0.0, locations)
    return Track(owner, "OBJECT", path(bone.name, "location"), "location", values, tolerance, bone.name)


def property_track(owner: str, bone: str, name: str, value: float, frames: int) -> Track:
    """A switch of a control rig, held at one value."""
    return Track(owner, "OBJECT", property_path(bone, name), "property", np.full((frames, 1), float(value)), 1e-6, bone)


def upright(rotations: np.ndarray) -> np.ndarray:
    """Sign-continuous in time, the first frame nearer to rest than to its negative."""
    steady = continuous(rotations)
    return -steady if len(steady) and steady[0, 0] < 0 else steady


def _order(bone: Bone) -> str:
    return bone.rotation_mode if bone.rotation_mode in ("XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX") else "XYZ"
