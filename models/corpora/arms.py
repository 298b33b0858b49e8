"""One arm through its phases: prepared from where it is, stroked by a clip, held, beaten, brought back to rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bridge.body import rotations as rot
from bridge.body.expression import Expression
from bridge.body.phases import BEATS, Phase, retraction_seconds
from bridge.body.score_curves import minimum_jerk
from bridge.body.skeleton import CANONICAL

from .blending import inertialise, scaled
from .clips import FPS
from .poses import INDEX, arm
from .strokes import Stroke

UPPER, LOWER = .285, .255  # metres
MOST_SWING = np.radians(40)  # that a clip's arm is turned to reach the planned apex
UPPER_ARM, LOWER_ARM, HAND = 0, 1, 2  # places in ``poses.arm``
FINGERS = slice(6, 18)
SEARCHED_BEFORE = 1.35  # of a joined stroke's length, how much of the clip before the apex is used


@dataclass(frozen=True)
class Frame:
    """Where an arm hangs from, per frame: rotation (T, 4) and position (T, 3) of the clavicle's end, hips (T, 3)."""

    turn: np.ndarray
    shoulder: np.ndarray
    hips: np.ndarray


def perform(side: str, phases: tuple[Phase, ...], rest: np.ndarray, frame: Frame, chosen: dict[int, Stroke],
            manner: Expression, draw: np.random.Generator) -> np.ndarray:
    """(T, n, 4) local rotations of ``poses.arm(side)``. rest: the same at rest. chosen: stroke of each event,
    by its place in memory."""
    track = rest.copy()
    for place, phase in enumerate(phases):
        until = phases[place + 1].start if place + 1 < len(phases) else np.inf
        first, last = _frames(phase.start, phase.release, len(rest))
        if last <= first or first < 2:
            continue
        source = _source(side, phase, track[first - 1], frame, chosen[id(phase.event)], first, last, manner, draw)
        reach = (phase.apex - phase.start) * FPS
        track[first:last] = inertialise(track[first - 2:first], source, max(.92 * reach, 5))
        if phase.to_rest:
            stop = min(int(min(until, 1e6) * FPS) + 1, len(rest)) if np.isfinite(until) else len(rest)
            back = retraction_seconds(phase.event) / manner.speed * draw.uniform(.9, 1.2) * FPS
            track[last:stop] = inertialise(track[last - 2:last], rest[last:stop], back)
    return _toned(track, phases, side, manner)


def _frames(start: float, end: float, length: int) -> tuple[int, int]:
    return min(int(np.ceil(start * FPS)), length), min(int(np.ceil(end * FPS)), length)


def _source(side: str, phase: Phase, before: np.ndarray, frame: Frame, stroke: Stroke, first: int, last: int,
            manner: Expression, draw: np.random.Generator) -> np.ndarray:
    apex = min(round(phase.apex * FPS), len(frame.hips) - 1)
    if not phase.from_rest and phase.event.kind in BEATS:
        track = _beat(side, phase, before, first, last, draw)
    else:
        track = _warped(side, phase, stroke, first, last)
    if phase.event.position is None:
        return track
    goal = np.array(phase.event.position) * ((1, 1, 1) if side == "left" else (-1, 1, 1))
    return _aimed(track, side, goal + frame.hips[apex], frame, apex, min(max(apex - first, 0), len(track) - 1))


def _warped(side: str, phase: Phase, stroke: Stroke, first: int, last: int) -> np.ndarray:
    """The clip's arm with its phases at the planned times and its path scaled about the apex to the planned one."""
    clip_start, clip_stroke = stroke.start, stroke.stroke_start
    if not phase.from_rest:
        near = stroke.apex - SEARCHED_BEFORE * (phase.apex - phase.stroke) * FPS
        clip_start = clip_stroke = max(clip_stroke, int(near))
    planned = np.array((phase.start, phase.stroke, phase.apex, phase.apex + .9 * (stroke.relax - stroke.apex) / FPS))
    own = np.array((clip_start, clip_stroke, stroke.apex, stroke.relax), float)
    planned += np.arange(4) * 1e-3
    time = np.arange(first, last) / FPS
    places = _eased(time, planned, own)
    clip_arm = stroke.clip.rotations[:, arm(side)]
    track = rot.resample(clip_arm, places)
    apex_pose = clip_arm[stroke.apex]
    factor = float(np.clip(phase.event.size / max(stroke.path, .05), .6, 1.3))
    delta = rot.multiply(rot.conjugate(apex_pose), track)
    delta = np.where(delta[..., :1] < 0, -delta, delta)
    return rot.multiply(apex_pose, scaled(delta, factor)).astype(np.float32)


def _eased(time: np.ndarray, planned: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Clip frames at times: monotone cubic through the phase times (Fritsch & Carlson 1980), slow at both ends."""
    from scipy.interpolate import PchipInterpolator

    return PchipInterpolator(planned, own, extrapolate=False)(np.clip(time, planned[0], planned[-1]))


def _beat(side: str, phase: Phase, before: np.ndarray, first: int, last: int,
          draw: np.random.Generator) -> np.ndarray:
    """A baton beat on the pose the hand is in: a lift, then down to the apex, wrist and fingers a little later."""
    time = np.arange(first, last) / FPS
    reach = max(phase.apex - phase.start, .15)
    raise_at = phase.start + draw.uniform(.38, .5) * reach

    def wave(late: float) -> np.ndarray:
        up = minimum_jerk((time - late - phase.start) / (raise_at - phase.start))
        down = minimum_jerk((time - late - raise_at) / (phase.apex - raise_at))
        back = minimum_jerk((time - late - phase.apex) / .45)
        return (up - 1.6 * down + .4 * back)[:, None]

    sign = 1 if side == "left" else -1
    size = phase.event.size / 2.2
    track = np.tile(before, (len(time), 1, 1))
    elbow = size / .30 * draw.uniform(.7, 1.1)
    shoulder = size / .55 * draw.uniform(.1, .5)
    sideways = draw.normal(0, .35) * size / .4
    _turn(track, LOWER_ARM, wave(0) * (draw.normal(0, .25) * elbow, 0, -sign * elbow))
    _turn(track, UPPER_ARM, wave(0) * (-shoulder, 0, sign * sideways))
    _turn(track, HAND, wave(.05) * (0, sign * draw.uniform(-.5, -.1) * elbow, 0))
    curl = wave(.06) * (0, sign * draw.uniform(-.15, .3) * elbow, 0)
    for joint in range(FINGERS.start, FINGERS.stop):
        _turn(track, joint, curl)
    return track.astype(np.float32)


def _turn(track: np.ndarray, joint: int, vectors: np.ndarray) -> None:
    track[:, joint] = rot.multiply(rot.from_rotation_vector(vectors), track[:, joint])


def _aimed(track: np.ndarray, side: str, goal: np.ndarray, frame: Frame, apex: int, at: int) -> np.ndarray:
    """The arm turned at the shoulder and opened or closed at the elbow as a whole, so that the wrist passes goal
    at the apex; the stroke keeps its shape."""
    track = track.copy()
    reach = goal - frame.shoulder[apex]
    distance = np.linalg.norm(reach)
    sign = 1 if side == "left" else -1
    for _ in range(2):
        wrist = _wrist(track[at], frame.turn[apex], sign)
        now = np.arccos(np.clip(_cosine(np.linalg.norm(wrist)), -1, 1))
        wanted = np.arccos(np.clip(_cosine(np.clip(distance, .16, .53)), -1, 1))
        opened = np.clip(wanted - now, -.7, .7)
        _turn(track, LOWER_ARM, np.array((0, 0, sign * opened)))
    wrist = _wrist(track[at], frame.turn[apex], sign)
    swing = rot.to_rotation_vector(rot.between(wrist, reach))
    swing *= min(1.0, MOST_SWING / max(np.linalg.norm(swing), 1e-6))
    swing = rot.rotate(rot.conjugate(frame.turn[apex]), swing)
    _turn(track, UPPER_ARM, swing)
    return track.astype(np.float32)


def _wrist(pose: np.ndarray, turn: np.ndarray, sign: int) -> np.ndarray:
    """(3,) from the shoulder joint to the wrist, global."""
    upper = rot.multiply(turn, pose[UPPER_ARM])
    fore = rot.multiply(upper, pose[LOWER_ARM])
    return rot.rotate(upper, np.array((sign * UPPER, 0, 0))) + rot.rotate(fore, np.array((sign * LOWER, 0, 0)))


def _cosine(distance: float) -> float:
    """Cosine of the elbow's inner angle at a distance of wrist and shoulder."""
    return (UPPER ** 2 + LOWER ** 2 - distance ** 2) / (2 * UPPER * LOWER)


def _toned(track: np.ndarray, phases: tuple[Phase, ...], side: str, manner: Expression) -> np.ndarray:
    """Elbows opened and fingers curled as the manner wants, more while the hand is engaged."""
    sign = 1 if side == "left" else -1
    engaged = engagement(phases, len(track))[:, None]
    _turn(track, UPPER_ARM, engaged * np.radians(manner.openness) * (0, -sign, 0))
    curl = np.radians(22) * (manner.tension - 1) * (.4 + .6 * engaged) * (0, sign, 0)
    for joint in range(FINGERS.start, FINGERS.stop):
        _turn(track, joint, curl)
    return track.astype(np.float32)


def engagement(phases: tuple[Phase, ...], frames: int) -> np.ndarray:
    """(T,) 0 at rest, 1 while gesturing, minimum-jerk between."""
    time = np.arange(frames) / FPS
    raised = np.zeros(frames)
    for phase in phases:
        up = minimum_jerk((time - phase.start) / max(phase.apex - phase.start, .05))
        down = minimum_jerk((time - phase.release) / max(phase.end - phase.release, .05)) if phase.to_rest else 0
        inside = time <= (phase.end if phase.to_rest else phase.release)
        raised = np.maximum(raised, (up - down) * inside)
        if not phase.from_rest:
            raised = np.where((time >= phase.start) & (time <= phase.release), 1.0, raised)
    return raised


def shoulder_frame(turns: np.ndarray, places: np.ndarray, hips: np.ndarray, side: str) -> Frame:
    """From global rotation (T, 4) and position (T, 3) of a clavicle."""
    offset = CANONICAL.offsets[INDEX[f"{side}UpperArm"]].astype(np.float32)
    return Frame(turns, places + rot.rotate(turns, offset), hips)


