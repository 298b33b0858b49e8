"""When each hand prepares, strokes, holds and retracts: the times that follow from a score."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .score import GestureEvent

SIDES = ("left", "right")
BEATS = ("beat", "chop", "beat_flip")  # inside a unit they go on top of the pose the hand is in
SHORTEST_REACH = .2  # seconds from the start of a movement to its apex at least
LONGEST_WAIT = 3.5  # seconds a hand stays up between two strokes, of one unit or not
SHORTEST_REST = .15  # seconds that must remain of a retraction before it is worth starting


@dataclass(frozen=True)
class Phase:
    """One stroke of one hand, seconds: start <= stroke <= apex <= release <= end.

    start: the hand leaves where it was. stroke: the effort begins. apex: it arrives. release: the hold ends.
    end: the hand is at rest again; equal to release if the next stroke follows without a rest.
    from_rest, to_rest: whether the hand comes from and goes to its rest pose.
    """

    event: GestureEvent
    start: float
    stroke: float
    apex: float
    release: float
    end: float
    from_rest: bool
    to_rest: bool


def hand_phases(events: Iterable[GestureEvent], side: str, speed: float = 1.0) -> tuple[Phase, ...]:
    """The phases of one hand (``SIDES``). speed: 1 = neutral, of ``Expression``."""
    own = sorted((event for event in events if event.hand in (side, "both")), key=lambda event: event.apex)
    found: list[Phase] = []
    for place, event in enumerate(own):
        before = found[-1] if found else None
        joined = before is not None and not before.to_rest
        stroke = event.apex - stroke_seconds(event, joined) / speed
        start = stroke - (.0 if joined else .12) / speed
        if before is not None:
            start = max(min(start, event.apex - SHORTEST_REACH), before.apex)
            stroke = max(stroke, start)
            found[-1] = _cut(before, start)
        following = own[place + 1] if place + 1 < len(own) else None
        release = event.apex + event.hold
        returns = following is None or _returns(event, following, release, speed)
        if not returns:
            release = max(release, following.apex - stroke_seconds(following, True) / speed)
        found.append(Phase(event, max(start, 0.0), max(stroke, 0.0), event.apex, release,
                           release + retraction_seconds(event) / speed if returns else release,
                           not joined, returns))
    return tuple(found)


def stroke_seconds(event: GestureEvent, joined: bool) -> float:
    """Seconds from the start of the effort to the apex: grows with the path (192 measured strokes: .57 s for .40 m
    with the lift from rest), shorter inside a unit."""
    if joined and event.kind in BEATS:
        return min(max(.30 + .45 * event.size, .34), .60)
    if joined:
        return min(max(.38 + .50 * event.size, .44), .75)
    return min(max(.36 + .60 * event.size, .42), .90)


def retraction_seconds(event: GestureEvent) -> float:
    return min(max(.60 + .6 * event.height, .55), 1.0)


def _returns(event: GestureEvent, following: GestureEvent, release: float, speed: float) -> bool:
    start = following.apex - stroke_seconds(following, False) / speed - .12 / speed
    return start - release > (LONGEST_WAIT if event.unit == following.unit else SHORTEST_REST)


def _cut(phase: Phase, start: float) -> Phase:
    """The phase before another one that begins at start: its hold or its retraction ends there."""
    release = min(phase.release, start)
    return Phase(phase.event, phase.start, phase.stroke, phase.apex, release, max(min(phase.end, start), release),
                 phase.from_rest, phase.to_rest)
