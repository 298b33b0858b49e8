"""``Track`` (sampled channels) and ``Curves`` (few Bezier keys), and the fit from one to the other.

Frames are scene frames; tracks are sampled on whole frames.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

KINDS = ("quaternion", "euler", "axis_angle", "location", "weight", "property")


@dataclass(frozen=True)
class Track:
    """One property of one data-block sampled at every scene frame of a range.

    owner: name of the armature object (``owner_type`` "OBJECT") or of the mesh object whose shape keys
        carry it ("KEY"). data_path: as in Blender, e.g. ``pose.bones["spine"].rotation_quaternion``.
    values: (T, n) float64; n is 4 for quaternion (w, x, y, z) and axis_angle (angle, x, y, z), 3 for euler
        (radians) and location (in the units of the data path), 1 for weight and property.
    tolerance: greatest error allowed at every sample: radians of rotation for rotations, else units of values.
    group: name of the channel group (the bone's name, or "Face").
    """

    owner: str
    owner_type: str
    data_path: str
    kind: str
    values: np.ndarray
    tolerance: float
    group: str


@dataclass(frozen=True)
class Channel:
    """Address of one f-curve."""

    owner: str
    owner_type: str
    data_path: str
    index: int
    group: str


@dataclass(frozen=True)
class Curves:
    """Keys of many f-curves, flat so that they travel as four arrays.

    channels: C addresses. starts: (C + 1,) int32, keys of channel c are starts[c]..starts[c + 1].
    keys: (K, 2) float32 frame, value. left, right: (K, 2) float32 handles, frame, value (type FREE).
    interpolation: (K,) uint8, 0 constant, 1 linear, 2 Bezier (Blender's numbers).
    """

    channels: tuple[Channel, ...]
    starts: np.ndarray
    keys: np.ndarray
    left: np.ndarray
    right: np.ndarray
    interpolation: np.ndarray
