"""The score as curves over frames: how a plan is told to the gesture model."""

from __future__ import annotations

import numpy as np

from .phases import SIDES, Phase, hand_phases
from .score import Score

FAMILIES = (("beat", "beat_flip"), ("chop", "list"), ("negation", "stop"), ("me", "you", "we", "there", "here"),
            ("offer", "discourse", "question"), ("size",))
POSTURES = ("sides", "folded", "left hip", "right hip", "hips", "crossed")
OF_A_HAND = ("engaged", "preparation", "stroke", "apex", "hold", "retraction", "since_apex", "path",
             "has_position", "outward", "forward", "height",
             *(f"family_{number}" for number in range(len(FAMILIES))))
CHANNELS = (*(f"{side}_{name}" for side in SIDES for name in OF_A_HAND), "has_score",
            *(f"rest_{name.replace(' ', '_')}" for name in POSTURES), "gaze_yaw", "gaze_pitch", "accent")
LENGTH = .3  # metres that make 1 in the path and position channels
PULSE = 2.0  # frames, deviation of the pulse at an apex
TURN_SECONDS = .35  # of a turn of the head to a new gaze target

_FAMILY = {name: number for number, family in enumerate(FAMILIES) for name in family}


def curves(score: Score, frames: int, fps: float, speed: float = 1.0) -> np.ndarray:
    """(frames, len(CHANNELS)) float32. speed: of ``Expression``, scales the phases."""
    time = np.arange(frames) / fps
    hands = [hand(hand_phases(score.events, side, speed), time, fps) for side in SIDES]
    rest = np.ones((frames, 1))
    return np.concatenate([*hands, rest, _posture(score, time), *_head(score, time)], axis=1).astype(np.float32)


def hand(phases: tuple[Phase, ...], time: np.ndarray, fps: float) -> np.ndarray:
    """(T, len(OF_A_HAND)) the curves of one hand."""
    rows = {name: np.zeros(len(time)) for name in OF_A_HAND}
    for place, phase in enumerate(phases):
        until = phases[place + 1].start if place + 1 < len(phases) else np.inf
        _add_phase(rows, phase, until, time, fps)
    return np.stack([rows[name] for name in OF_A_HAND], axis=1)


def minimum_jerk(part: np.ndarray) -> np.ndarray:
    """0..1 with no speed and no acceleration at both ends (Flash & Hogan 1985)."""
    part = np.clip(part, 0, 1)
    return part ** 3 * (10 - 15 * part + 6 * part ** 2)


def gaze(score: Score, time: np.ndarray) -> np.ndarray:
    """(T, 2) yaw and pitch towards the score's targets, radians."""
    track, held = np.zeros((len(time), 2)), np.zeros(2)
    for begins, yaw, pitch in score.gaze:
        goal = np.array((yaw, pitch))
        track += (goal - held) * minimum_jerk((time - begins) / TURN_SECONDS)[:, None]
        held = goal
    return track


def _add_phase(rows: dict[str, np.ndarray], phase: Phase, until: float, time: np.ndarray, fps: float) -> None:
    end = min(phase.end if phase.to_rest else phase.release, until)
    inside = (time >= phase.start) & (time < max(end, phase.release))
    preparing = _ramp(time, phase.start, phase.stroke)
    stroking = _ramp(time, phase.stroke, phase.apex)
    back = _ramp(time, phase.release, phase.end) if phase.to_rest else np.zeros_like(time)
    raised = _ramp(time, phase.start, phase.apex) if phase.from_rest else np.ones_like(time)
    rows["engaged"] = np.where(inside, raised * (1 - back), rows["engaged"])
    rows["preparation"] += np.where((time >= phase.start) & (time < phase.stroke), preparing, 0)
    rows["stroke"] += np.where((time >= phase.stroke) & (time <= phase.apex), stroking, 0)
    rows["apex"] = np.maximum(rows["apex"], np.exp(-.5 * ((time - phase.apex) * fps / PULSE) ** 2))
    rows["hold"] += (time > phase.apex) & (time < phase.release)
    rows["retraction"] += np.where((time >= phase.release) & (time < end), back, 0)
    event = phase.event
    placed = event.position is not None
    x, y, _ = event.position if placed else (0.0, 0.0, 0.0)
    held = {"since_apex": np.tanh((time - phase.apex) / .5), "path": event.size / LENGTH, "has_position": placed,
            "outward": x / LENGTH, "forward": -y / LENGTH, "height": event.height / LENGTH,
            f"family_{_FAMILY[event.kind]}": 1.0}
    for name, value in held.items():
        rows[name] = np.where(inside, value, rows[name])
    for number in range(len(FAMILIES)):
        if number != _FAMILY[event.kind]:
            rows[f"family_{number}"] = np.where(inside, 0.0, rows[f"family_{number}"])


def _ramp(time: np.ndarray, start: float, end: float) -> np.ndarray:
    return minimum_jerk((time - start) / max(end - start, 1e-3))


def _posture(score: Score, time: np.ndarray) -> np.ndarray:
    """One-hot of the rest pose in force."""
    rows = np.zeros((len(time), len(POSTURES)))
    for begins, name in score.posture:
        if name in POSTURES:
            rows[time >= begins] = np.eye(len(POSTURES))[POSTURES.index(name)]
    return rows


def _head(score: Score, time: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gaze in units of 0.2 rad and a pulse of each accent's strength."""
    pulses = np.zeros(len(time))
    for accent in score.accents:
        pulses = np.maximum(pulses, max(accent.strength, 0) * np.exp(-.5 * ((time - accent.time) / .08) ** 2))
    return gaze(score, time) / .2, pulses[:, None]
