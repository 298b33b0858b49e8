"""The canonical motion on a rig of any proportions, rest pose and rolls, as tracks of its bones' channels.

Body: resample to the scene's frames, turn every bone so that it lies as the source's (``alignment``), place the
hips by the length of the legs, plant the feet, lead the hands, write each bone in its own rotation mode.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..body.kinematics import globals_of
from ..body.motion import Motion
from ..body.rotations import conjugate, from_matrix, multiply, resample, slerp
from ..curves import Track
from ..messages import Tolerance
from ..problems import Problem
from . import channels, feet, hands, stance, twist
from .alignment import align, frames
from .driven import Driven, driven
from .face_bones import head_tracks
from .matching import Match
from .names import LEFT, RIGHT
from .posed import Limb, Posed
from .rest import Rest, rest_of
from .rig import Rig
from .stance import Stance

__all__ = ["body_tracks", "head_tracks"]

_SIDES = (LEFT, RIGHT)
_TRUNK = ("hips", "spine", "chest", "upperChest")
# Of the tolerance, for bones whose error makes planted feet slide: of what carries them, of the feet themselves.
_CARRYING, _STANDING = 0.05, 0.2


def body_tracks(motion: Motion, rig: Rig, match: Match, fps: float, start_frame: int, frames: int,
                tolerance: Tolerance) -> tuple[list[Track], list[str]]:
    """Tracks of ``frames`` scene frames, the first at the motion's start, and remarks for a person.

    The motion's skeleton has canonical joint names and a T-pose facing -Y. start_frame is the scene frame of the
    first sample; the samples do not depend on it. Raises ``Problem`` rig.no_arms, rig.locked or rig.flat.
    """
    if not any(f"{side}UpperArm" in match.joints for side in _SIDES):
        raise Problem("rig.no_arms", name=rig.name)
    rest = rest_of(rig)
    turn = stance.facing(rest, match)
    source, target = stance.of_skeleton(motion.skeleton), stance.of_rig(rest, match, turn)
    bones = driven(rig, rest, match, turn)
    played = _played(motion, fps, frames)
    posed = _posed(bones, match, played, align(source, target), target)
    _stand(posed, match, played, source, target)
    _plant(posed, match, played, source, target)
    _lead(posed, match, played, source, target)
    remarks = _respect_locks(posed)
    return _tracks(posed, rig, match, rest, turn, tolerance), remarks + _doubts(rest, bones)


# ---- the source ------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class _Played:
    """The source at the scene's frames. turns: joint -> (T, 4) global. places: joint -> (T, 3). down: (T, 4) bool."""

    turns: dict[str, np.ndarray]
    places: dict[str, np.ndarray]
    down: np.ndarray
    fps: float


def _played(motion: Motion, fps: float, count: int) -> _Played:
    at = np.arange(count) * (motion.fps / fps)
    rotations = resample(motion.rotations.astype(np.float64), at)
    turns, places = globals_of(rotations, cubic(motion.root.astype(np.float64), at), motion.skeleton)
    index = motion.skeleton.index
    last = len(motion) - 1
    held = motion.contacts[np.rint(np.minimum(at, last)).astype(int)] > feet.PLANTED
    return _Played({name: turns[:, j] for name, j in index.items()},
                   {name: places[:, j] for name, j in index.items()}, held, fps)


def cubic(values: np.ndarray, at: np.ndarray) -> np.ndarray:
    """values (T, n) read at positions (N,) in frames by Catmull-Rom's cubic; the ends are held."""
    last = len(values) - 1
    at = np.clip(at, 0, last)
    low = np.minimum(at.astype(int), max(last - 1, 0))
    part = (at - low)[:, None]
    padded = np.concatenate((2 * values[:1] - values[1:2], values, 2 * values[-1:] - values[-2:-1])) \
        if last > 0 else np.repeat(values, 4, 0)
    p0, p1, p2, p3 = (padded[low + k] for k in range(4))
    return p1 + part / 2 * (p2 - p0 + part * (2 * p0 - 5 * p1 + 4 * p2 - p3 + part * (3 * (p1 - p2) + p3 - p0)))


# ---- turning the bones -----------------------------------------------------------------------------------

def _posed(bones: Driven, match: Match, played: _Played, aligned: dict[str, np.ndarray], target: Stance) -> Posed:
    """Every keyed bone turned as the source's joint is, spine and neck spread over as many bones as there are."""
    some = next(iter(played.turns.values()))
    turns = np.zeros((len(some), len(bones), 4))
    turns[..., 0] = 1
    place = bones.index
    for bone, turned in _chain_turns(match, played).items():
        turns[:, place[bone]] = turned
    own = {joint: bone for joint, bone in match.joints.items() if joint in played.turns}
    for joint, bone in [*((j, b) for j, b in own.items() if b not in (*match.spine, *match.neck)),
                        *((joint, bone) for bone, joint in match.also.items())]:
        turns[:, place[bone]] = multiply(played.turns[joint], from_matrix(aligned[joint]))
    for joint in twist.ARMS:
        if joint in own:
            twist.spread(turns, bones, match, played.turns, joint, from_matrix(aligned[joint]), target)
    return Posed(bones, turns, np.zeros((len(some), 3)))


def _chain_turns(match: Match, played: _Played) -> dict[str, np.ndarray]:
    """Turns of the bones of spine and neck: the source's chain read at equal steps, its last joint at the last."""
    found = {}
    for line, joints in ((match.spine, _TRUNK), (match.neck, ("upperChest", "neck"))):
        for i, bone in enumerate(line):
            step = (i + 1) / len(line) * (len(joints) - 1)
            low = min(int(step), len(joints) - 2)
            found[bone] = slerp(played.turns[joints[low]], played.turns[joints[low + 1]], step - low)
    return found


# ---- standing --------------------------------------------------------------------------------------------

def _scale(source: Stance, target: Stance) -> float:
    """Target by source: length of the legs, of the trunk where there are none."""
    if target.legs():
        return target.leg_length() / source.leg_length()
    return target.length("hips", "head") / source.length("hips", "head") if target.has("head") else 1.0


def _ground(source: Stance, target: Stance) -> tuple[float, np.ndarray, np.ndarray]:
    """(scale, point of the source, point of the target): under the middle of the hips, at the height of ankles."""
    scale = _scale(source, target)
    if not target.legs():
        return scale, source.points["hips"], target.points["hips"]
    ours, theirs = source.middle("UpperLeg"), target.middle("UpperLeg")
    ours[2], theirs[2] = source.middle("Foot")[2], target.middle("Foot")[2]
    return scale, ours, theirs


def _stand(posed: Posed, match: Match, played: _Played, source: Stance, target: Stance) -> None:
    """Shifts the mover so that the middle of the hip joints travels as the source's, scaled by the legs."""
    scale, ours, theirs = _ground(source, target)
    parts = ["leftUpperLeg", "rightUpperLeg"] if target.legs() else ["hips"]
    wanted = np.mean([played.places[joint] for joint in parts], 0)
    found = posed.places()
    now = np.mean([found[:, posed.driven.index[match.joints[joint]]] for joint in parts], 0)
    posed.shift += scale * (wanted - ours) + theirs - now


def _limb(posed: Posed, match: Match, target: Stance, side: str, parts: tuple[str, str, str]) -> Limb:
    upper, lower, end = (side + part for part in parts)
    index = posed.driven.index
    riders = tuple(tuple(index[bone] for bone in match.twists.get(joint, ()) if bone in index)
                   for joint in (upper, lower))
    bend = frames(target)[upper][:, 2]
    return Limb(index[match.joints[upper]], index[match.joints[lower]], index[match.joints[end]], riders, bend,
                target.length(upper, lower, end))


def _plant(posed: Posed, match: Match, played: _Played, source: Stance, target: Stance) -> None:
    if not target.legs():
        return
    scale, ours, theirs = _ground(source, target)
    found = []
    for s, side in enumerate(_SIDES):
        ankle, toes = f"{side}Foot", f"{side}Toes"
        low = np.append(theirs[:2], target.points[ankle][2])
        with_toes = toes in match.joints
        ball = None
        if with_toes:
            ball = scale * (played.places[toes] - source.points[toes]) + target.points[toes]
        found.append(feet.Foot(
            _limb(posed, match, target, side, ("UpperLeg", "LowerLeg", "Foot")),
            scale * (played.places[ankle] - ours) + low, ball,
            posed.driven.index[match.joints[toes]] if with_toes else None,
            played.down[:, 2 * s], played.down[:, 2 * s + 1]))
    feet.plant(posed, found, played.fps)


def _lead(posed: Posed, match: Match, played: _Played, source: Stance, target: Stance) -> None:
    """Leads the hands to where the source's stand to the chest, in lengths of the arm."""
    if not target.arms():
        return
    arm = source.arm_length()
    middle = (played.places["leftUpperArm"] + played.places["rightUpperArm"]) / 2
    found = posed.places()
    chest = np.mean([found[:, posed.driven.index[match.joints[f"{side}UpperArm"]]] for side in _SIDES], 0)
    apart = np.linalg.norm(played.places["leftHand"] - played.places["rightHand"], axis=1) / arm
    for side in _SIDES:
        wrist = played.places[f"{side}Hand"] - middle
        near = np.minimum(np.linalg.norm(wrist, axis=1) / arm, apart)
        limb = _limb(posed, match, target, side, ("UpperArm", "LowerArm", "Hand"))
        hands.lead(posed, limb, target.arm_length() / arm * wrist, near, chest, played.fps)


# ---- writing ---------------------------------------------------------------------------------------------

def _respect_locks(posed: Posed) -> list[str]:
    """Holds locked axes at rest, so that what hangs on them makes up for it; says which."""
    held = []
    for n, bone in enumerate(posed.driven.bones):
        if any(bone.locks[3:]):
            channel = channels.unlocked(bone, posed.driven.channels(posed.turns)[:, n])
            posed.turns[:, n] = _turn(posed, n, channel)
            held.append(bone.name)
    if len(held) == len(posed.driven):
        raise Problem("rig.locked", name=", ".join(held[:3]))
    remarks = [f"Locked rotations were left alone on {', '.join(held)}"] if held else []
    mover = posed.driven.bones[posed.driven.mover]
    if any(mover.locks[:3]):
        remarks.append(f"The locked location of {mover.name} was left alone: feet may slide")
    return remarks


def _turn(posed: Posed, n: int, channel: np.ndarray) -> np.ndarray:
    bones = posed.driven
    turned = multiply(bones.rests[n], multiply(channel, conjugate(bones.rests[n])))
    parent = bones.parents[n]
    return multiply(posed.turns[:, parent], turned) if parent >= 0 and bones.inherits[n] else turned


def _doubts(rest: Rest, bones: Driven) -> list[str]:
    remarks = []
    if not rest.even:
        remarks.append("The armature is scaled unevenly: directions will be off; apply its scale first")
    mover = bones.bones[bones.mover]
    if mover.connect:
        remarks.append(f"{mover.name} is connected to its parent, so its location has no effect")
    return remarks


def _tracks(posed: Posed, rig: Rig, match: Match, rest: Rest, turn: np.ndarray, tolerance: Tolerance) -> list[Track]:
    bones = posed.driven
    written = bones.channels(posed.turns)
    share = _tolerances(bones, match) * np.radians(tolerance.joint)
    tracks = [channels.rotation_track(rig.name, bone, written[:, n], share[n])
              for n, bone in enumerate(bones.bones) if not all(bone.locks[3:])]
    mover = bones.bones[bones.mover]
    if not all(mover.locks[:3]):
        moved = posed.shift @ turn / rest.unit
        if mover.local_location:
            moved = moved @ rest.axes[rest.index[mover.name]]
        tracks.append(channels.location_track(rig.name, mover, moved, _CARRYING * tolerance.root / rest.unit))
    switches = (*match.settings, *match.head_settings)
    return tracks + [channels.property_track(rig.name, *switch, len(written)) for switch in switches]


def _tolerances(bones: Driven, match: Match) -> np.ndarray:
    """(N,) share of the tolerance of each bone: less for those between the mover and the feet."""
    shares = np.ones(len(bones))
    shares[bones.mover] = _CARRYING
    for side in _SIDES:
        if (foot := match.joints.get(f"{side}Foot")) is not None:
            shares[bones.line(bones.index[foot])] = _CARRYING
            shares[bones.index[foot]] = _STANDING
    return shares
