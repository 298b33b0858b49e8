"""``Score``: what the body is going to do and when, the plan between speech and motion.

An animator can change it and generate again, so it travels as JSON in requests and results.
Standard library only, since Blender imports it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

CLASSES = ("beat", "beat_flip", "chop", "negation", "stop", "me", "you", "we", "there", "here",
           "offer", "discourse", "size", "question", "list")
HANDS = ("left", "right", "both")


@dataclass(frozen=True)
class GestureEvent:
    """One stroke.

    apex: seconds from the start of the speech, where the hand arrives. kind: one of ``CLASSES``.
    hand: one of ``HANDS``. size: path of the stroke in metres. height: of the wrist over the hips at
    the apex, metres. hold: seconds the hand rests after the apex. confidence: 0..1.
    unit: number of the gesture unit (strokes of one unit do not return to rest between them).
    position: wrist at the apex relative to the hips, metres, left hand or mirrored to the left; None = free.
    """

    apex: float
    kind: str
    hand: str
    size: float
    height: float
    hold: float
    confidence: float = 1.0
    unit: int = 0
    position: tuple[float, float, float] | None = None

    def __post_init__(self) -> None:
        if self.kind not in CLASSES:
            raise ValueError(f"gesture class {self.kind!r} is not one of {', '.join(CLASSES)}")
        if self.hand not in HANDS:
            raise ValueError(f"hand {self.hand!r} is not one of {', '.join(HANDS)}")


@dataclass(frozen=True)
class Accent:
    """A prominent syllable: seconds of its vowel's peak, strength in z (0 = average of the speech)."""

    time: float
    strength: float


@dataclass(frozen=True)
class Score:
    """The plan of a performance: strokes, accents for head and brows, phrases, gaze and posture.

    seconds: length of the speech. phrases: (start, end) in seconds. posture: (time, name).
    gaze: (time, yaw, pitch) in radians, yaw + to the character's left, pitch + down.
    """

    seconds: float
    events: tuple[GestureEvent, ...] = ()
    accents: tuple[Accent, ...] = ()
    phrases: tuple[tuple[float, float], ...] = ()
    posture: tuple[tuple[float, str], ...] = field(default=((0.0, "sides"),))
    gaze: tuple[tuple[float, float, float], ...] = ()

    def to_json(self) -> dict:
        return json.loads(json.dumps(asdict(self)))

    @classmethod
    def from_json(cls, fields: dict) -> Score:
        """Raises ValueError or TypeError where the JSON is not a score."""
        def event(row: dict) -> GestureEvent:
            position = row.get("position")
            return GestureEvent(**{**row, "position": tuple(position) if position else None})

        return cls(
            seconds=float(fields["seconds"]),
            events=tuple(event(row) for row in fields.get("events", ())),
            accents=tuple(Accent(**row) for row in fields.get("accents", ())),
            phrases=tuple((float(a), float(b)) for a, b in fields.get("phrases", ())),
            posture=tuple((float(t), str(name)) for t, name in fields.get("posture", ((0.0, "sides"),))),
            gaze=tuple((float(t), float(y), float(p)) for t, y, p in fields.get("gaze", ())),
        )
