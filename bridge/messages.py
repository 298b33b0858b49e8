"""``Request`` and ``Result``: what is asked of the engine and what comes back.

A request holds everything that determines a result. Standard library and numpy only: Blender imports it.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass, field, replace

from .body.motion import Motion
from .body.score import Score
from .curves import Curves
from .face.track import FaceTrack
from .problems import Problem
from .report import Report
from .rigs.rig import Rig

EMOTIONS = ("neutral", "happy", "sad", "angry", "fearful", "surprised", "disgusted", "relaxed", "old")


@dataclass(frozen=True)
class Tolerance:
    """Greatest error of the written curves at every source frame: degrees, weight (0..1), metres."""

    joint: float = 0.5
    weight: float = 0.01
    root: float = 0.002


@dataclass(frozen=True)
class Request:
    """A performance to generate.

    audio: path of the sound. start, end: range of it in seconds (end None = to its end).
    emotion: weights in 0..1 by name of ``EMOTIONS``; the rest up to 1 is neutral. energy: 0 calm, 1/3 neutral,
    2/3 engaged, 1 excited. guidance: strength of the conditions, 1 = none extra. seed: of every random choice.
    body, face: which layers to generate. rig: the character, None for canonical files only.
    fps, start_frame: the scene's rate and the whole frame on which the sound's range begins.
    dense: a key on every frame instead of few Bezier keys. model: name of the gesture model, "auto" = the newest
    version there is. transcript: path of a text, None = look beside the audio; use_transcript False forbids it.
    score: a plan to follow instead of planning.
    """

    audio: str
    start: float = 0.0
    end: float | None = None
    emotion: dict[str, float] = field(default_factory=dict)
    energy: float = 1 / 3
    guidance: float = 2.0
    seed: int = 0
    body: bool = True
    face: bool = True
    rig: Rig | None = None
    fps: float = 30.0
    start_frame: int = 1
    tolerance: Tolerance = Tolerance()
    dense: bool = False
    model: str = "auto"
    transcript: str | None = None
    use_transcript: bool = True
    score: Score | None = None

    def __post_init__(self) -> None:
        _check(bool(self.audio), "no audio was named")
        _check(self.body or self.face, "body and face are both off")
        _range("start", self.start, 0.0, 86_400.0)
        if self.end is not None:
            _check(self.end > self.start, f"the range ends at {self.end:g} s, before it starts at {self.start:g} s")
        for name, weight in self.emotion.items():
            _check(name in EMOTIONS, f"emotion {name} is not one of {', '.join(EMOTIONS)}")
            _range(f"emotion {name}", weight, 0.0, 1.0)
        _range("energy", self.energy, 0.0, 1.0)
        _range("guidance", self.guidance, 0.0, 5.0)
        _range("fps", self.fps, 1.0, 240.0)
        _range("tolerance of joints", self.tolerance.joint, 0.01, 20.0)
        _range("tolerance of weights", self.tolerance.weight, 0.0005, 0.5)
        _range("tolerance of the root", self.tolerance.root, 0.0001, 0.5)
        _check(0 <= self.seed < 2**31, f"seed {self.seed} is not between 0 and {2**31 - 1}")
        _check(abs(self.start_frame) < 1_000_000, f"start frame {self.start_frame} is out of range")

    def emotion_weights(self) -> dict[str, float]:
        """Weight of every emotion, summing to 1: what is left is neutral, more than 1 is scaled down."""
        weights = {name: float(self.emotion.get(name, 0.0)) for name in EMOTIONS}
        total = sum(weights.values())
        if total > 1.0:
            return {name: weight / total for name, weight in weights.items()}
        weights["neutral"] += 1.0 - total
        return weights

    def to_json(self) -> dict:
        fields = asdict(replace(self, rig=None, score=None))
        fields["rig"] = self.rig.to_json() if self.rig else None
        fields["score"] = self.score.to_json() if self.score else None
        return fields

    @classmethod
    def from_json(cls, fields: dict) -> Request:
        """Raises ``Problem`` where a field is unknown, missing or out of range."""
        try:
            fields = dict(fields)
            fields["tolerance"] = Tolerance(**fields.get("tolerance", {}))
            fields["rig"] = Rig.from_json(fields["rig"]) if fields.get("rig") else None
            fields["score"] = Score.from_json(fields["score"]) if fields.get("score") else None
            return cls(**fields)
        except Problem:
            raise
        except (TypeError, ValueError, KeyError) as error:
            raise Problem("request.invalid", what=error) from error

    def digest(self) -> str:
        """Hash of all that determines the result, for caches and journals."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Result:
    """What a request gave. body and face in their own rates; curves if the request had a rig."""

    score: Score
    body: Motion | None
    face: FaceTrack | None
    curves: Curves | None
    report: Report


def _check(right: bool, what: str) -> None:
    if not right:
        raise Problem("request.invalid", what=what)


def _range(name: str, value: float, low: float, high: float) -> None:
    _check(isinstance(value, int | float) and math.isfinite(value) and low <= value <= high,
           f"{name} is {value}, which is not between {low:g} and {high:g}")
