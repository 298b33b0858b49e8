"""How emotion and energy change gesturing: the parameters that the planner and the training corpus share.

Rows: measured on 15 acted styles and on normal/intense pairs of one actor, made milder so that speech stays
readable (Wallbott 1998 and Dael, Goudbeek & Scherer 2013 for the direction of each). Standard library only.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields


@dataclass(frozen=True)
class Expression:
    """amplitude, speed, rate, tension: factors, neutral 1. height: metres added at a stroke's apex.
    openness: degrees of upper-arm abduction. lean: degrees the trunk tilts forward. nod: degrees the head
    drops. rest: share of pauses in which the hands return to rest. serve: share of accents that are
    gestured. close: share of strokes that end their gesture unit. low, middle, high: shares of the height
    bands (apex under .10 m, under .30 m, above, over the hips). life: degrees of the arms' slow wandering.
    """

    amplitude: float = 1.0
    speed: float = 1.0
    rate: float = 1.0
    tension: float = 1.0
    height: float = 0.0
    openness: float = 0.0
    lean: float = 0.0
    nod: float = 0.0
    rest: float = 0.7
    serve: float = 0.6
    close: float = 0.42
    low: float = 0.22
    middle: float = 0.50
    high: float = 0.28
    life: float = 4.0


_FACTORS = ("amplitude", "speed", "rate", "tension")
_OFFSETS = ("height", "openness", "lean", "nod")

# At energy 0, 1/3, 2/3 and 1: calm, neutral, engaged, excited.
_LEVELS = (
    Expression(amplitude=.85, speed=.85, height=-.02, rest=.95, serve=.35, close=.60,
               low=.40, middle=.45, high=.15, life=2.5),
    Expression(),
    Expression(amplitude=1.08, speed=1.06, height=.02, rest=.45, serve=.85, close=.22,
               low=.10, middle=.52, high=.38, life=5.0),
    Expression(amplitude=1.18, speed=1.12, height=.04, rest=.25, serve=1.0, close=.08,
               low=.06, middle=.40, high=.54, life=6.0),
)

# amplitude, speed, rate, tension; height m; openness, lean, nod degrees; change of the share of rests.
_EMOTIONS = {
    "neutral": (1, 1, 1, 1, 0, 0, 0, 0, 0),
    "happy": (1.25, 1.2, 1.3, .9, .08, 10, -3, -6, -.3),
    "sad": (.65, .65, .45, .7, -.10, -6, 6, 12, .3),
    "angry": (1.3, 1.4, 1.3, 1.7, .05, 6, 6, 3, -.3),
    "fearful": (.65, 1.1, .7, 1.5, -.01, -8, -2, 4, .15),
    "surprised": (1.25, 1.35, .8, 1.2, .11, 10, -4, -5, 0),
    "disgusted": (.8, .9, .7, 1.3, 0, -4, -4, -2, .1),
    "relaxed": (.85, .8, .7, .8, -.03, 0, 0, 0, .15),
    "old": (.7, .65, .7, .9, -.06, -6, 10, 6, .1),
}


def expression(emotion: dict[str, float], energy: float) -> Expression:
    """The parameters in force. emotion: weights that sum to 1; factors blend as products of powers, offsets
    as sums. energy: 0..1, linear between calm, neutral, engaged and excited."""
    level = _at_level(energy)
    row = {name: getattr(level, name) for name in (field.name for field in fields(Expression))}
    for name, weight in emotion.items():
        values = _EMOTIONS[name]
        for factor, value in zip(_FACTORS, values[:4], strict=True):
            row[factor] *= value ** weight
        for offset, value in zip(_OFFSETS, values[4:8], strict=True):
            row[offset] += value * weight
        row["rest"] += values[8] * weight
    row["rest"] = min(max(row["rest"], .1), 1.0)
    return Expression(**row)


def _at_level(energy: float) -> Expression:
    place = min(max(energy, 0.0), 1.0) * (len(_LEVELS) - 1)
    low = min(int(place), len(_LEVELS) - 2)
    part = place - low
    return Expression(*(a + (b - a) * part
                        for a, b in zip(astuple(_LEVELS[low]), astuple(_LEVELS[low + 1]), strict=True)))
