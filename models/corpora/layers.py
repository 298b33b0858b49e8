"""What a standing person does besides stroking: idle, breathing, wandering, weight shifts, head."""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.signal import butter, sosfiltfilt

from bridge.body import rotations as rot
from bridge.body.expression import Expression
from bridge.body.score import Score
from bridge.body.score_curves import gaze, minimum_jerk

from .blending import inertialise
from .clips import FPS, Clip
from .feet import stance
from .poses import INDEX, SIDES, SPINE, arm, wrists

BASES = ("rachel_Idle01", "rachel_Idle02", "utah_HandsAtSide_Motex", "pn_idle", "rocketbox_f_idle_neutral_01",
         "garza_IdleStand01", "connor_IdleStand01", "utah_LHandOnHip_Motex", "brad_Idle03")
HANGING = BASES[:7]
FOLDED, LEFT_HIP, BOTH_HIPS, CROSSED = ("brad_Idle01_TouchHands01", "utah_LHandOnHip_Motex", "brad_Idle03",
                                        "utah_CrossedArmsROverL_Idle001")
FOLDED_FROM, FOLDED_TO = 2.0, 4.0  # seconds of the clip in which the hands are folded
CROSS_FADE = 30  # frames
NECK, HEAD = INDEX["neck"], INDEX["head"]


def base(clips: dict[str, Clip], frames: int, draw: np.random.Generator) -> tuple[np.ndarray, np.ndarray, dict]:
    """An idle looped to length: rotations (T, 52, 4), root (T, 3) with the feet's middle at the origin, and the
    stance of the feet."""
    clip = clips[BASES[draw.integers(len(BASES))]]
    if draw.random() < .5:
        clip = clip.mirrored
    rotations, root = looped(clip, frames, draw)
    turn = rot.from_rotation_vector(np.array((0, 0, draw.normal(0, .06)), np.float32) - _yaw(clip))
    rotations[:, 0] = rot.multiply(turn, rotations[:, 0])
    root = rot.rotate(turn, root)
    feet = stance(rotations, root)
    middle = (feet["left"][0] + feet["right"][0]) / 2 * (1, 1, 0)
    root = (root - middle).astype(np.float32)
    return rotations, root, {side: (ankle - middle, foot) for side, (ankle, foot) in feet.items()}


def looped(clip: Clip, frames: int, draw: np.random.Generator, start: int = 0,
           end: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Frames start to end of the clip, repeated with cross-fades from a random place on."""
    q, root = clip.rotations[start:end], clip.root[start:end]
    fade = min(CROSS_FADE, len(q) // 3)
    part = minimum_jerk((np.arange(fade) + 1) / (fade + 1)).astype(np.float32)
    q = np.concatenate((rot.slerp(q[-fade:], q[:fade], part[:, None]), q[fade:-fade]))
    root = np.concatenate((root[-fade:] + (root[:fade] - root[-fade:]) * part[:, None], root[fade:-fade]))
    places = (np.arange(frames) + draw.integers(len(q))) % len(q)
    return rot.continuous(q[places]), root[places]


def rest_arms(clips: dict[str, Clip], score: Score, side: str, underneath: np.ndarray,
              draw: np.random.Generator) -> np.ndarray:
    """(T, n, 4) the arm where it rests, over the whole take: the poses of the score's posture, entered one from
    the other."""
    frames, track = len(underneath), None
    hanging = _hanging(clips, frames, side, draw)
    times = [*(time for time, _ in score.posture[1:]), score.seconds + 1]
    began = 0
    for (_, posture), until in zip(score.posture, times, strict=True):
        pose = _rest_pose(clips, posture, side, frames, draw)
        pose = hanging if pose is None else pose
        if track is None:
            track = pose.copy()
        elif 2 <= began < frames:
            track[began:] = inertialise(track[began - 2:began], pose[began:], 32)
        began = int(until * FPS)
    return track


def wander(frames: int, channels: int, low: float, high: float, draw: np.random.Generator) -> np.ndarray:
    """(T, channels) band-limited noise of unit deviation."""
    padded = frames + 240
    noise = sosfiltfilt(_band(low, high), draw.standard_normal((padded, channels)), axis=0)
    return (noise / noise.std(0))[120:120 + frames]


def life(rotations: np.ndarray, root: np.ndarray, manner: Expression, draw: np.random.Generator) -> None:
    """Slow wandering of arms and trunk and breathing, in place: what keeps a held pose alive."""
    frames, degrees = len(root), np.radians(manner.life / 4)
    raised = np.clip((wrists(rotations, root)[..., 2] + .05) / .2, 0, 1)
    for place, side in enumerate(SIDES):
        weight = (.25 + .75 * _slow(raised[:, place]))[:, None] * degrees
        for name, spread, band in (("UpperArm", (3.2, 4, 4), (.15, .7)), ("LowerArm", (4.8, 1, 4.8), (.15, .8)),
                                   ("Hand", (0, 3.2, 3.2), (.2, .9))):
            add(rotations, INDEX[side + name], wander(frames, 3, *band, draw) * spread * weight)
    trunk = wander(frames, 3, .08, .45, draw) * (1.2, 1.2, 2.4) * degrees
    for joint, share in zip(SPINE, (.35, .35, .30), strict=True):
        add(rotations, joint, trunk * share)
    breaths = np.sin(2 * np.pi * (draw.uniform(.2, .3) * np.arange(frames) / FPS + draw.random()))
    add(rotations, SPINE[2], np.radians(draw.uniform(.3, .7)) * breaths[:, None] * (1, 0, 0))
    for sign, side in ((1, "left"), (-1, "right")):
        add(rotations, INDEX[f"{side}Shoulder"], np.radians(.45) * breaths[:, None] * (0, -sign, 0))


def head(rotations: np.ndarray, score: Score, manner: Expression, draw: np.random.Generator) -> None:
    """Nods on accents, turns to the score's gaze targets, slow drift, the manner's tilt; in place."""
    frames = len(rotations)
    time = np.arange(frames) / FPS
    angles = wander(frames, 3, .1, .5, draw) * np.radians((2.0, 1.6, 3.0)) * manner.life / 4
    angles[:, 0] += np.radians(manner.nod)
    for accent in score.accents:
        if accent.strength > .5 and draw.random() < .25 + .3 * min(accent.strength, 2):
            apex = accent.time + draw.normal(.03, .04)
            depth = np.radians(draw.uniform(2.0, 4.0) + 2.2 * min(accent.strength, 2)) * manner.amplitude ** .5
            angles[:, 0] += depth * np.exp(-.5 * ((time - apex) / .12) ** 2)
    angles[:, [2, 0]] += gaze(score, time)
    for joint, share in ((NECK, .4), (HEAD, .6)):
        add(rotations, joint, angles * share)


def shift_weight(rotations: np.ndarray, root: np.ndarray, score: Score, manner: Expression,
                 draw: np.random.Generator) -> None:
    """1.5 to 4 times a minute, between phrases, the hips move over the other leg; in place."""
    time = np.arange(len(root)) / FPS
    starts = [end for _, end in score.phrases] or [1.0]
    chance = min(1.0, draw.uniform(1.5, 3.5) / 60 * score.seconds / len(starts)) * manner.speed ** .5
    lateral = np.zeros(len(root))
    place, sign = 0.0, 1 if draw.random() < .5 else -1
    for start in starts:
        if draw.random() < chance:
            goal = sign * draw.uniform(.015, .04)
            lateral += (goal - place) * minimum_jerk((time - start) / draw.uniform(.9, 1.6))
            place, sign = goal, -sign
    root[:, 0] += lateral
    roll = np.radians(60) * lateral[:, None] * (0, -1, 0)
    add(rotations, 0, roll)
    add(rotations, SPINE[0], -.6 * roll)
    add(rotations, SPINE[1], -.4 * roll)


def add(rotations: np.ndarray, joint: int, vectors: np.ndarray) -> None:
    """Turns a joint by rotation vectors (T, 3) in its parent's frame, in place."""
    turn = rot.from_rotation_vector(np.ascontiguousarray(vectors, np.float32))
    rotations[:, joint] = rot.multiply(turn, rotations[:, joint])


def _hanging(clips: dict[str, Clip], frames: int, side: str, draw: np.random.Generator) -> np.ndarray:
    clip = clips[HANGING[draw.integers(len(HANGING))]]
    return looped(clip, frames, draw)[0][:, arm(side)]


def _rest_pose(clips: dict[str, Clip], posture: str, side: str, frames: int,
               draw: np.random.Generator) -> np.ndarray | None:
    """The arm in a posture; None where it hangs."""
    if posture == "folded":
        clip = clips[FOLDED]
        return looped(clip, frames, np.random.default_rng(7), int(FOLDED_FROM * FPS),
                      int(FOLDED_TO * FPS))[0][:, arm(side)]
    if posture == "hips":
        return looped(clips[BOTH_HIPS], frames, np.random.default_rng(7))[0][:, arm(side)]
    if posture == "crossed":
        return looped(clips[CROSSED], frames, np.random.default_rng(7))[0][:, arm(side)]
    if posture == f"{side} hip":
        clip = clips[LEFT_HIP] if side == "left" else clips[LEFT_HIP].mirrored
        return looped(clip, frames, draw)[0][:, arm(side)]
    return None


def _yaw(clip: Clip) -> np.ndarray:
    """Mean turn of the hips about the vertical, as a rotation vector."""
    forward = rot.rotate(clip.rotations[:, 0], np.array((0, -1, 0), np.float32)).mean(0)
    return np.array((0, 0, np.arctan2(forward[0], -forward[1])), np.float32)


def _slow(track: np.ndarray) -> np.ndarray:
    return np.convolve(np.pad(track, 7, mode="edge"), np.hanning(17)[1:-1] / np.hanning(17).sum(), "valid")


@cache
def _band(low: float, high: float) -> np.ndarray:
    return butter(2, (low, high), "band", fs=FPS, output="sos")
