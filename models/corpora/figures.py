"""What talking hands, heads and feet measure: the figures a corpus and a model's output are judged by."""

from __future__ import annotations

import numpy as np

from bridge.body import rotations as rot
from bridge.body.phases import hand_phases
from bridge.body.score import Score

from . import poses
from .poses import INDEX, SIDES

STILL = .05  # m/s
PEAK = .35  # m/s a speed peak stands out


def figures(rotations: np.ndarray, root: np.ndarray, score: Score, fps: float, speed: float = 1.0) -> dict[str, float]:
    """Measures of one motion against its score, by name. speed: of the expression the score was planned with."""
    wrists = poses.wrists(rotations, root)
    rate = poses.speed(wrists, fps)
    fast = rate.max(1)
    smooth = poses.smoothed(wrists)
    jerk = np.linalg.norm(np.diff(smooth, 3, axis=0), axis=-1) * fps ** 3
    phases = {side: hand_phases(score.events, side, speed) for side in SIDES}
    minutes = len(root) / fps / 60
    found = {
        "strokes a minute": len({event.apex for event in score.events}) / minutes,
        "fast hand p50": np.percentile(fast, 50), "fast hand p95": np.percentile(fast, 95),
        "fast hand p99": np.percentile(fast, 99), "jerk mean": jerk.mean(), "jerk p95": np.percentile(jerk, 95),
        "still share": (rate < STILL).all(1).mean(), "rest share": _rest(phases, len(root), fps).mean(),
        "left right correlation": np.corrcoef(rate.T)[0, 1], "peaks a minute a hand": _peaks(rate) / minutes / 2,
        "two-handed share": _two_handed(score),
    }
    return found | _resting(jerk, _rest(phases, len(root), fps)) | _strokes(wrists, rate, phases, fps) \
        | _head(rotations) | _posture(rotations, root) | _feet(rotations, root, fps)


def mean_of(rows: list[dict[str, float]]) -> dict[str, float]:
    """Mean of each figure over takes, those that do not exist left out."""
    return {name: float(np.nanmean([row[name] for row in rows])) for name in rows[0]}


def _rest(phases: dict, frames: int, fps: float) -> np.ndarray:
    """(T,) both hands at rest by the score."""
    time = np.arange(frames) / fps
    resting = np.ones(frames, bool)
    for side in SIDES:
        for phase in phases[side]:
            resting &= ~((time >= phase.start) & (time < (phase.end if phase.to_rest else phase.release)))
    return resting


def _two_handed(score: Score) -> float:
    """Share of strokes in which both hands arrive, alike or apart."""
    hands: dict[float, set[str]] = {}
    for event in score.events:
        hands.setdefault(event.apex, set()).add(event.hand)
    return float(np.mean([found != {"left"} and found != {"right"} for found in hands.values()])) if hands else np.nan


def _resting(jerk: np.ndarray, rest: np.ndarray) -> dict[str, float]:
    quiet = rest[3:] & rest[:-3]
    return {"jerk at rest": np.median(jerk[quiet]) if quiet.sum() > 15 else np.nan}


def _peaks(rate: np.ndarray) -> int:
    from scipy.signal import find_peaks

    return sum(len(find_peaks(rate[:, hand], prominence=PEAK)[0]) for hand in (0, 1))


def _strokes(wrists: np.ndarray, rate: np.ndarray, phases: dict, fps: float) -> dict[str, float]:
    """How the ordered strokes came out: path, height, time of arrival; and how high and how long they are."""
    path, height, ordered_path, ordered_height, late, holds = [], [], [], [], [], []
    smooth = poses.smoothed(wrists)
    for hand, side in enumerate(SIDES):
        for phase in phases[side]:
            apex, begin = (min(round(t * fps), len(rate) - 1) for t in (phase.apex, phase.stroke))
            path.append(np.linalg.norm(np.diff(smooth[begin:apex + 1, hand], axis=0), axis=-1).sum())
            height.append(wrists[apex, hand, 2])
            ordered_path.append(phase.event.size)
            ordered_height.append(phase.event.height)
            late.append(_arrival(rate[begin:apex + 7, hand]) / fps - (apex - begin) / fps)
            holds.append(phase.release - phase.apex)
    if len(path) < 3:
        return {name: np.nan for name in ("path ratio", "path correlation", "height slope", "apex height p50",
                                          "apex height p95", "lateness", "hold p50", "hold p90")}
    return {"path ratio": np.sum(path) / np.sum(ordered_path),
            "path correlation": np.corrcoef(path, ordered_path)[0, 1],
            "height slope": np.polyfit(ordered_height, height, 1)[0],
            "apex height p50": np.percentile(height, 50), "apex height p95": np.percentile(height, 95),
            "lateness": np.median(late), "hold p50": np.percentile(holds, 50), "hold p90": np.percentile(holds, 90)}


def _arrival(rate: np.ndarray) -> int:
    """Frames until the hand has slowed to a third of the stroke's greatest speed."""
    quickest = int(np.argmax(rate))
    slow = np.flatnonzero(rate[quickest:] < rate[quickest] / 3)
    return quickest + int(slow[0]) if len(slow) else len(rate) - 1


def _head(rotations: np.ndarray) -> dict[str, float]:
    turned = rot.multiply(rotations[:, INDEX["neck"]], rotations[:, INDEX["head"]])
    angles = np.degrees(rot.to_rotation_vector(turned))
    return {"head yaw": angles[:, 2].std(), "head pitch": angles[:, 0].std(), "head roll": angles[:, 1].std()}


def _posture(rotations: np.ndarray, root: np.ndarray) -> dict[str, float]:
    """Degrees the trunk leans forward, from the hips to the neck."""
    spine = poses.positions(rotations, root, ("neck",))[:, 0] - root
    return {"lean": float(np.degrees(np.arctan2(-spine[:, 1], spine[:, 2])).mean())}


def _feet(rotations: np.ndarray, root: np.ndarray, fps: float) -> dict[str, float]:
    ankles = poses.positions(rotations, root, ("leftFoot", "rightFoot"))
    moved = np.linalg.norm(np.diff(ankles, axis=0), axis=-1) * fps * 1000
    return {"ankle p95 mm/s": np.percentile(moved, 95)}
