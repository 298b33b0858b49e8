"""Takes: a person standing and talking for the length of a piece of speech, put together from clips by a score."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bridge.body import rotations as rot
from bridge.body.expression import Expression, expression
from bridge.body.phases import BEATS, Phase, hand_phases
from bridge.body.planner import plan
from bridge.body.score import GestureEvent, Score
from bridge.body.score_curves import minimum_jerk
from bridge.speech.speech import Speech

from . import arms, layers, poses
from .blending import scaled
from .clips import FPS, Clip
from .feet import pin
from .poses import INDEX, SIDES, SPINE
from .strokes import Stroke, measured_strokes

TRUNK = (*SPINE, INDEX["neck"], INDEX["head"])


@dataclass(frozen=True)
class Take:
    """rotations (T, 52, 4) and root (T, 3) float32 at 30 fps; score: the plan with sizes, heights and positions as
    they came out; emotion, energy: what it was built for."""

    rotations: np.ndarray
    root: np.ndarray
    score: Score
    emotion: dict[str, float]
    energy: float


class Stock:
    """The clips takes are built from."""

    def __init__(self, clips: list[Clip]) -> None:
        self.clips = {clip.name: clip for clip in clips}
        self.strokes = measured_strokes(clips)

    def choose(self, event: GestureEvent, phase: Phase, used: dict[str, int], draw: np.random.Generator) -> Stroke:
        """A stroke of the event's class and hands near its position, path and tempo, seldom the same twice."""
        fitting = ([stroke for stroke in self.strokes if stroke.kind == event.kind and stroke.hands == event.hand]
                   or [stroke for stroke in self.strokes if stroke.kind == "beat" and stroke.hands == event.hand])
        goal = np.array(event.position if event.position else (.3, -.25, event.height))
        seconds = max(phase.apex - phase.stroke, .2)

        def cost(stroke: Stroke) -> float:
            tempo = abs(np.log(seconds * FPS / (stroke.apex - stroke.stroke_start)))
            return (np.linalg.norm(stroke.position - goal) / .15 + .5 * abs(np.log(event.size / stroke.path))
                    + .7 * tempo + .5 * used.get(stroke.clip.name, 0) + draw.gumbel() * .35)

        found = min(fitting, key=cost)
        used[found.clip.name] = used.get(found.clip.name, 0) + 1
        return found


def build(speech: Speech, stock: Stock, emotion: dict[str, float], energy: float, seed: int) -> Take:
    """A take for the whole of the speech. The same arguments give the same take."""
    score = plan(speech, emotion, energy, seed)
    return realise(score, stock, emotion, energy, seed)


def realise(score: Score, stock: Stock, emotion: dict[str, float], energy: float, seed: int) -> Take:
    """The score performed with clips, without a network."""
    draw = np.random.default_rng(np.random.Philox(key=[seed, 0x7A6B]))
    manner = expression(emotion, energy)
    frames = int(np.ceil(score.seconds * FPS))
    rotations, root, feet = layers.base(stock.clips, frames, draw)
    layers.shift_weight(rotations, root, score, manner, draw)
    phases = {side: hand_phases(score.events, side, manner.speed) for side in SIDES}
    chosen = _choose(score, phases, stock, draw)
    _trunk(rotations, root, score, phases, chosen, manner)
    _arms(rotations, root, score, phases, chosen, stock, manner, draw)
    layers.life(rotations, root, manner, draw)
    layers.head(rotations, score, manner, draw)
    rotations, root = pin(rotations, root, feet)
    rotations = rot.continuous(rot.normalise(rotations)).astype(np.float32)
    return Take(rotations, root, measured(score, phases, rotations, root), emotion, energy)


def measured(score: Score, phases: dict[str, tuple[Phase, ...]], rotations: np.ndarray, root: np.ndarray) -> Score:
    """The score with size, height and position of each event as the finished take shows them."""
    wrists = poses.smoothed(poses.wrists(rotations, root))
    found: dict[int, list[tuple[np.ndarray, float]]] = {}
    for place, side in enumerate(SIDES):
        for phase in phases[side]:
            apex = min(round(phase.apex * FPS), len(root) - 1)
            begin = min(round(phase.stroke * FPS), apex)
            path = np.linalg.norm(np.diff(wrists[begin:apex + 1, place], axis=0), axis=-1).sum()
            position = wrists[apex, place] * ((1, 1, 1) if place == 0 else (-1, 1, 1))
            found.setdefault(id(phase.event), []).append((position, float(path)))
    events = []
    for event in score.events:
        seen = found[id(event)]
        position = tuple(round(float(value), 3) for value in np.mean([place for place, _ in seen], axis=0))
        events.append(replace(event, position=position, height=position[2],
                              size=round(float(np.mean([path for _, path in seen])), 3)))
    return replace(score, events=tuple(events))


def _choose(score: Score, phases: dict[str, tuple[Phase, ...]], stock: Stock,
            draw: np.random.Generator) -> dict[int, Stroke]:
    timed = {id(phase.event): phase for side in SIDES for phase in phases[side]}
    used: dict[str, int] = {}
    return {id(event): stock.choose(event, timed[id(event)], used, draw) for event in score.events}


def _trunk(rotations: np.ndarray, root: np.ndarray, score: Score, phases: dict[str, tuple[Phase, ...]],
           chosen: dict[int, Stroke], manner: Expression) -> None:
    """Trunk, neck and head move with the clips, on top of the idle; the whole body leans as the manner wants."""
    for side in SIDES:
        for phase in phases[side]:
            if side == "right" and phase.event.hand == "both":
                continue
            if not phase.from_rest and phase.event.kind in BEATS:
                continue
            _add_clip(rotations, root, phase, chosen[id(phase.event)], side, manner)
    for joint, share in zip(SPINE, (.35, .35, .30), strict=True):
        layers.add(rotations, joint, np.tile((np.radians(manner.lean) * share, 0, 0), (len(root), 1)))


def _add_clip(rotations: np.ndarray, root: np.ndarray, phase: Phase, stroke: Stroke, side: str,
              manner: Expression) -> None:
    """The clip's change since its first frame, faded in over the stroke and out over the retraction."""
    end = phase.end if phase.to_rest else phase.release + .4
    first, last = (min(int(np.ceil(time * FPS)), len(root)) for time in (phase.start, end))
    if last - first < 3:
        return
    time = np.arange(first, last) / FPS
    clip = stroke.clip
    places = np.interp(time, (phase.start, phase.stroke + 1e-3, phase.apex, phase.release, end),
                       (stroke.start, stroke.stroke_start, stroke.apex, stroke.relax, len(clip) - 1))
    weight = minimum_jerk((time - phase.start) / max(phase.apex - phase.start, .2))
    weight *= 1 - minimum_jerk((time - phase.release) / max(end - phase.release, .2))
    weight = (.8 * min(manner.amplitude, 1.2) * weight)[:, None]
    for joint in (*TRUNK, INDEX[f"{side}Shoulder"], *([INDEX["rightShoulder"]] if phase.event.hand == "both" else [])):
        change = rot.multiply(clip.rotations[:, joint], rot.conjugate(clip.rotations[0, joint]))
        turned = scaled(rot.resample(change, places), weight)
        rotations[first:last, joint] = rot.multiply(turned, rotations[first:last, joint])
    if clip.moves_whole_body:
        change = rot.multiply(clip.rotations[:, 0], rot.conjugate(clip.rotations[0, 0]))
        rotations[first:last, 0] = rot.multiply(scaled(rot.resample(change, places), .5 * weight),
                                                rotations[first:last, 0])
        moved = clip.root - clip.root[0]
        low = np.clip(places, 0, len(clip) - 1)
        root[first:last] += .5 * weight * np.stack([np.interp(low, np.arange(len(clip)), moved[:, axis])
                                                    for axis in range(3)], -1)


def _arms(rotations: np.ndarray, root: np.ndarray, score: Score, phases: dict[str, tuple[Phase, ...]],
          chosen: dict[int, Stroke], stock: Stock, manner: Expression, draw: np.random.Generator) -> None:
    joints = [INDEX[f"{side}Shoulder"] for side in SIDES]
    turns, places = poses.globals_of(rotations, root, joints)
    for place, side in enumerate(SIDES):
        rest = layers.rest_arms(stock.clips, score, side, rotations, draw)
        frame = arms.shoulder_frame(turns[:, place], places[:, place], root, side)
        rotations[:, poses.arm(side)] = arms.perform(side, phases[side], rest, frame, chosen, manner, draw)
