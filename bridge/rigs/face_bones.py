"""Head, neck and eye bones turned by the angles of a face, where no body or no shape key turns them."""

from __future__ import annotations

import numpy as np

from ..body.rotations import from_euler, slerp
from ..curves import Track
from ..face.track import HEAD_AND_EYES, FaceTrack
from ..messages import Tolerance
from . import channels, stance
from .driven import driven
from .matching import Match
from .posed import Posed
from .rest import rest_of
from .rig import Rig

_NECK = 0.4  # of the head's turn


def head_tracks(face: FaceTrack, rig: Rig, match: Match, fps: float, start_frame: int, frames: int,
                tolerance: Tolerance) -> tuple[list[Track], list[str]]:
    """Tracks of neck and head from the face's head angles, for a face without a body; remarks for a person.

    The first of ``frames`` samples is the face's first; they do not depend on start_frame. Eyes: ``eye_tracks``.
    """
    if "head" not in match.joints:
        return [], [f"{rig.name} has no head bone that could be found: its head stays still"]
    whole = _turn(face, "head", fps, frames)
    rest_turn = np.broadcast_to((1.0, 0.0, 0.0, 0.0), whole.shape)
    turns = {bone: slerp(rest_turn, whole, _NECK * (i + 1) / len(match.neck)) for i, bone in enumerate(match.neck)}
    turns[match.joints["head"]] = whole
    tracks = _tracks(turns, rig, match, np.radians(tolerance.joint))
    return tracks + [channels.property_track(rig.name, *switch, frames) for switch in match.head_settings], []


def eye_tracks(face: FaceTrack, rig: Rig, match: Match, fps: float, start_frame: int, frames: int,
               tolerance: Tolerance) -> tuple[list[Track], list[str]]:
    """Tracks of eye bones, for a rig whose meshes have no shapes that turn the eyes."""
    if any(shape.lower().startswith("eyelook") for mesh in rig.meshes for shape in mesh.shapes):
        return [], []
    turns = {match.joints[joint]: _turn(face, joint, fps, frames) for joint in ("leftEye", "rightEye")
             if joint in match.joints}
    return _tracks(turns, rig, match, np.radians(tolerance.joint)), []


def _turn(face: FaceTrack, part: str, fps: float, frames: int) -> np.ndarray:
    """(frames, 4) turn in character space: yaw about +Z, then pitch about +X, then roll about +Y, as the part sees."""
    at = np.arange(frames) / fps
    times = np.arange(len(face)) / face.fps
    yaw, pitch, roll = (np.interp(at, times, face.angles[:, HEAD_AND_EYES.index(part + name)].astype(float))
                        for name in ("Yaw", "Pitch", "Roll"))
    return from_euler(np.stack((pitch, roll, yaw), -1), "YXZ")


def _tracks(turns: dict[str, np.ndarray], rig: Rig, match: Match, tolerance: float) -> list[Track]:
    """turns: bone -> (T, 4) from rest, relative to a body at rest."""
    rest = rest_of(rig)
    bones = driven(rig, rest, match, stance.facing(rest, match), also=tuple(turns))
    count = len(next(iter(turns.values()))) if turns else 0
    whole = np.zeros((count, len(bones), 4))
    whole[..., 0] = 1
    posed = Posed(bones, whole, np.zeros((count, 3)))
    for bone, turned in turns.items():
        posed.turns[:, bones.index[bone]] = turned
    written = bones.channels(posed.turns)
    moved = [(bones.bones[n], written[:, n]) for n in sorted(bones.index[bone] for bone in turns)]
    return [channels.rotation_track(rig.name, bone, channels.unlocked(bone, channel), tolerance)
            for bone, channel in moved if not all(bone.locks[3:])]
