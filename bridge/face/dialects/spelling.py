"""The many ways to write the name of a shape: jawOpen, Jaw_Open, head.jawOpen, A25_Jaw_Open, facs_jnt_JawOpen ..."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_SIDE = re.compile(r"(?:[ ._-](?P<apart>l|r|L|R|left|right|LEFT|RIGHT)|(?<=[a-z0-9])(?P<camel>[LR]))$")
_COPY = re.compile(r"(?:\.\d{3}|_copy|_div2|\(fin\))+$")
_LABEL = re.compile(r"^(?:ARKit|blendshapes?|BS|shapes?|shapekey|Face|morph|A\d\d|T\d\d|facs_(?:bs|jnt|ctrl)|"
                    r"CTRL_expressions|CTRL|eCTRL|v)[ _.-]*(?=[A-Za-z])", re.IGNORECASE)
_SEPARATORS = ("|", ":", "__", ".", "/")


def normal(name: str) -> str:
    """A name without case, separators and width of kana, its side written out."""
    name = unicodedata.normalize("NFKC", name)
    side = _SIDE.search(name)
    if side:
        letter = (side["apart"] or side["camel"])[0].lower()
        name = name[:side.start()] + ("Left" if letter == "l" else "Right")
    return re.sub(r"[ _.:|/-]", "", name).lower()


def readings(shape: str) -> Iterator[str]:
    """Normal names a shape key may stand for, the most literal first."""
    seen = set()
    for name in _stripped(shape):
        reading = normal(name)
        if reading and reading not in seen:
            seen.add(reading)
            yield reading


def _stripped(shape: str) -> Iterator[str]:
    plain = _COPY.sub("", shape)
    bases = [shape, plain]
    for separator in _SEPARATORS:
        if separator in plain:
            bases.append(plain.rsplit(separator, 1)[1])
            head, side = plain.rsplit(separator, 1)
            if side.lower() in ("l", "r", "left", "right") and separator in head:
                bases.append(head.rsplit(separator, 1)[1] + "_" + side)
    yield from bases
    for base in bases:
        bare = base
        while True:
            shorter = _LABEL.sub("", bare)
            if shorter == bare:
                break
            bare = shorter
            yield bare
