"""The planner: which accents become strokes, of which hand, class, size and height, and when hands rest.

A grammar of gesture units (Kendon): rest, one to a few strokes that share hands, height and family, rest again.
Every choice comes from a seeded generator. Standard library only, besides the repertoire.
"""

from __future__ import annotations

import itertools
import math
import random
from dataclasses import dataclass

from ..speech.speech import Speech
from .expression import Expression, expression
from .phases import BEATS
from .repertoire import STROKES
from .score import Accent, GestureEvent, Score

NEAREST = .48  # seconds between two strokes at least
FIRST = .75  # seconds from the start of the speech to the first apex at least
TURN = 1.15  # seconds from the end of a unit's last hold to the next unit's apex at least
LONGEST_WAIT = 2.2  # seconds hands stay up waiting for the next stroke at most; shorter very high or low
SPARSE = 45 / 60  # accents a second under which lively talk also serves weak syllables
HIGHEST = .54  # metres over the hips
SHOULDER = (.175, .03, .465)  # the left one, relative to the hips
ARM = .475  # metres that the wrist is away from it at most, so that no elbow is straight
LONG_HOLD = 1.0  # seconds, of a hand higher than RAISED
RAISED = .35
LOW = .10

_OPENERS = {"offer": 15, "discourse": 10, "there": 5, "you": 5, "me": 4, "we": 3, "here": 2, "negation": 8,
            "size": 6, "stop": 1, "beat_flip": 4, "chop": 5, "beat": 32}
_FOLLOWERS = {"beat": 52, "chop": 16, "beat_flip": 6, "offer": 6, "discourse": 4, "negation": 7, "there": 3,
              "you": 2, "size": 2, "me": 1, "here": 1}
_CUES = {
    "negation": "no not never nothing nobody none don't can't won't isn't wasn't kein keine nicht nie non pas nunca",
    "me": "i me my mine myself ich mich mein je moi mon yo mi",
    "you": "you your yours du ihr dein vous votre tu usted",
    "we": "we us our ours together wir uns unser nous notre nosotros",
    "there": "there that those over away left right dort da là allí",
    "here": "here now this today hier jetzt ici aquí ahora",
    "size": "all every everybody everything whole big large huge great always alle alles ganz gross tout grand todo",
    "chop": "exactly must precisely first second third three two one genau muss exactement",
    "stop": "but stop wait aber halt mais pero",
    "question": "why what who how maybe perhaps warum was wer wie pourquoi quoi por qué",
}
_POSTURES = {"sides": 66, "folded": 22, "left hip": 5, "right hip": 5, "hips": 2}


@dataclass
class _Unit:
    """What the strokes of one unit share."""

    number: int
    hand: str
    band: str
    place: tuple[float, float, float]  # of the hand's last apex
    anchor: tuple[float, float, float]  # of the last stroke that was no beat
    strokes: int = 0


def plan(speech: Speech, emotion_weights: dict[str, float], energy: float, seed: int) -> Score:
    """A score for the speech. emotion_weights sum to 1, energy 0..1; the same arguments give the same score.

    Raises nothing: speech without accents gives a score without strokes.
    """
    return _Planner(speech, emotion_weights, energy, random.Random(seed)).score()


class _Planner:
    def __init__(self, speech: Speech, emotion: dict[str, float], energy: float, draw: random.Random) -> None:
        self.speech, self.emotion, self.energy, self.draw = speech, emotion, energy, draw
        self.manner: Expression = expression(emotion, energy)
        self.right_share = draw.betavariate(4, 2)
        self.events: list[GestureEvent] = []
        self.units = 0

    def score(self) -> Score:
        self._strokes()
        return Score(self.speech.seconds, tuple(sorted(self.events, key=lambda event: (event.apex, event.hand))),
                     self.speech.accents, self.speech.phrases, self._postures(), self._gaze())

    def _strokes(self) -> None:
        apexes = self._apexes()
        unit: _Unit | None = None
        free_from = FIRST
        for place, (apex, accent) in enumerate(apexes):
            if unit is None and apex < free_from:
                continue
            unit = unit or self._open_unit()
            free = apex + self._stroke(unit, apex, accent)
            following = apexes[place + 1][0] if place + 1 < len(apexes) else None
            if self._closes(unit, free, following):
                unit, free_from = None, free + TURN / self.manner.speed

    def _apexes(self) -> list[tuple[float, Accent]]:
        """When strokes arrive, and for which accents: the served ones, far enough apart."""
        found: list[tuple[float, Accent]] = []
        for accent in self._candidates():
            if not self._serves(accent):
                continue
            apex = accent.time + self._lateness()
            if not found or apex >= found[-1][0] + NEAREST:
                found.append((apex, accent))
            elif accent.strength > found[-1][1].strength + .5 and (len(found) < 2 or apex >= found[-2][0] + NEAREST):
                found[-1] = (apex, accent)
        return found

    def _candidates(self) -> list[Accent]:
        accents = [accent for accent in self.speech.accents
                   if accent.strength > 0 and FIRST <= accent.time <= self.speech.seconds - .25]
        spoken = sum(end - start for start, end in self.speech.phrases)
        if self.energy > .5 and len(accents) < SPARSE * spoken:
            accents = [accent for accent in self.speech.accents
                       if FIRST <= accent.time <= self.speech.seconds - .25]
        return accents

    def _serves(self, accent: Accent) -> bool:
        chance = self.manner.serve * self.manner.rate ** .7
        return self.draw.random() < chance * (.8 + .4 * _strength(accent))

    def _lateness(self) -> float:
        """Seconds the apex lies after the vowel's peak, within 70 ms mostly, never more than 150."""
        return min(max(self.draw.gauss(.02, .05), -.13), .15)

    def _open_unit(self) -> _Unit:
        self.units += 1
        roll = self.draw.random()
        if roll < .40:
            hand = "right" if self.draw.random() < self.right_share else "left"
        else:
            hand = "both" if roll < .86 else "apart"
        bands = {"low": self.manner.low, "middle": self.manner.middle, "high": self.manner.high}
        if self.manner.height < -.04:
            bands["high"] = 0.0
        return _Unit(self.units, hand, _weighted(self.draw, bands), (0.0, 0.0, 0.0), (0.0, 0.0, 0.0))

    def _stroke(self, unit: _Unit, apex: float, accent: Accent) -> float:
        """Adds the stroke (two, one for each hand, where they go apart) and returns its hold in seconds."""
        kind = self._kind(unit, apex)
        strength = _strength(accent)
        amplitude = self.manner.amplitude * (.75 + .5 * strength) * self.draw.uniform(.88, 1.12)
        hold = min(self.draw.lognormvariate(math.log(.22 / self.manner.speed), .75), 1.4)
        follows = unit.strokes > 0 and kind in BEATS
        for hand in ("left", "right") if unit.hand == "apart" else (unit.hand,):
            position, size = self._goal(unit, kind, hand, amplitude, follows)
            if position[2] > RAISED:
                hold = min(hold, LONG_HOLD)
            self.events.append(GestureEvent(
                apex=round(apex, 3), kind=kind, hand=hand, size=round(size, 3), height=round(position[2], 3),
                hold=round(hold, 3), confidence=round(.5 + .5 * strength, 3), unit=unit.number,
                position=tuple(round(value, 3) for value in position)))
            unit.place = position
            unit.anchor = unit.anchor if follows else position
        unit.strokes += 1
        return hold

    def _kind(self, unit: _Unit, apex: float) -> str:
        cue = self._cue(apex)
        if cue and self.draw.random() < .6:
            return cue
        weights = dict(_FOLLOWERS if unit.strokes else _OPENERS)
        angry = self.emotion.get("angry", 0.0)
        weights["chop"] = weights["chop"] * (1 + 3 * angry)
        return _weighted(self.draw, weights)

    def _cue(self, apex: float) -> str | None:
        """The class that the word under the stroke calls for, if a transcript is there."""
        for word in self.speech.words:
            if word.start - .1 <= apex <= word.end + .15:
                text = word.text.lower().strip(".,;:!?\"'()")
                return next((kind for kind, words in _CUES.items() if text in words.split()), None)
        return None

    def _goal(self, unit: _Unit, kind: str, hand: str, amplitude: float,
              follows: bool) -> tuple[tuple[float, float, float], float]:
        """Apex position and path: a measured stroke of the class near the unit's height, or, for beats inside a
        unit, a short way from where the hand is."""
        if follows:
            x, y, z = (.6 * last + .4 * first for last, first in zip(unit.place, unit.anchor, strict=True))
            size = min(max(self.draw.lognormvariate(math.log(.22), .4) * amplitude, .06), .5)
            drop = -.25 * size if self.draw.random() < .7 else .25 * size
            goal = (x + self.draw.gauss(0, .03), y + self.draw.gauss(0, .03), z + drop)
            return _reachable(goal, self.manner), size
        wanted = {"low": .05, "middle": .20, "high": .42}[unit.band] + .6 * self.manner.height
        if unit.strokes:
            wanted = .5 * wanted + .5 * unit.place[2]
        hands = 2 if hand == "both" else 1
        rows = [row for row in STROKES.get(kind, STROKES["beat"]) if row[0] == hands] or list(STROKES[kind])
        rows.sort(key=lambda row: abs(row[3] - wanted))
        _, x, y, z, size = self.draw.choice(rows[:max(4, len(rows) // 3)])
        lift = min(max(wanted + self.draw.gauss(0, .05) - z, -.15), .15)
        shorter = .78 if unit.strokes else 1.0  # from the hand's place in the unit, not from rest
        size = min(max(shorter * size * amplitude + .5 * max(lift, 0), .08), .9)
        return _reachable((x, y, z + lift), self.manner), size

    def _closes(self, unit: _Unit, free: float, following: float | None) -> bool:
        """Whether the hands go back to rest after this stroke."""
        patience = LONGEST_WAIT if LOW < unit.place[2] < RAISED else .6 * LONGEST_WAIT
        if following is None or following - free > patience:
            return True
        pause = self._pause_between(free - .3, following)
        if pause >= .8:
            return self.draw.random() < self.manner.rest
        if pause >= .25 and self.draw.random() < .3 * self.manner.rest:
            return True
        return self.draw.random() < .8 * self.manner.close

    def _pause_between(self, start: float, end: float) -> float:
        """Seconds of the longest pause that touches the stretch."""
        edges = self.speech.phrases
        return max((b[0] - a[1] for a, b in itertools.pairwise(edges) if a[1] < end and b[0] > start),
                   default=0.0)

    def _postures(self) -> tuple[tuple[float, str], ...]:
        """Rest poses over time; a change falls between two units."""
        found = [(0.0, _weighted(self.draw, _POSTURES))]
        ends: dict[int, float] = {}
        for event in self.events:
            ends[event.unit] = max(ends.get(event.unit, 0.0), event.apex + event.hold)
        for time in ends.values():
            if time - found[-1][0] > 8.0 and self.draw.random() < .25:
                others = {name: share for name, share in _POSTURES.items() if name != found[-1][1]}
                found.append((round(time, 3), _weighted(self.draw, others)))
        return tuple(found)

    def _gaze(self) -> tuple[tuple[float, float, float], ...]:
        """The head turns to a new target every 2 to 6 s and mostly comes back to the listener."""
        found, time, away = [(0.0, 0.0, 0.0)], self.draw.uniform(1.5, 4.0), False
        while time < self.speech.seconds:
            if away and self.draw.random() < .7:
                yaw, pitch = self.draw.gauss(0, math.radians(2)), self.draw.gauss(0, math.radians(1.5))
            else:
                yaw = math.copysign(math.radians(self.draw.uniform(7, 17)), self.draw.random() - .5)
                pitch = math.radians(self.draw.gauss(1, 4))
            away = not away
            found.append((round(time, 3), round(yaw, 4), round(pitch, 4)))
            time += self.draw.uniform(1.6, 5.0)
        return tuple(found)


def _strength(accent: Accent) -> float:
    return min(max(accent.strength / 1.5, 0.0), 1.0)


def _weighted(draw: random.Random, weights: dict[str, float]) -> str:
    return draw.choices(list(weights), list(weights.values()))[0]


def _reachable(place: tuple[float, float, float], manner: Expression) -> tuple[float, float, float]:
    """Kept in front of the body, under the face, and wider or closer as the manner wants."""
    x, y, z = place
    x = min(max(x + .004 * manner.openness, -.12), .62)
    z = min(max(z + .4 * manner.height, -.02), HIGHEST)
    y = min(max(y, -.55), .0 if z < RAISED else -.15 - .5 * (z - RAISED))
    away = tuple(value - middle for value, middle in zip((x, y, z), SHOULDER, strict=True))
    stretch = min(1.0, ARM / math.hypot(*away))
    return tuple(middle + stretch * value for middle, value in zip(SHOULDER, away, strict=True))
