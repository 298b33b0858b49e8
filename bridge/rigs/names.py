"""Bone names compared: namespaces, separators and case taken off, the side read from its usual marks."""

from __future__ import annotations

import re
import unicodedata

LEFT, RIGHT, MIDDLE = "left", "right", ""

_NAMESPACE = re.compile(r"^.*[:|]")
_SEPARATORS = re.compile(r"[\s._\-()]+")
# In this order: whole words first, then a lone letter between separators, at the ends or at a CamelCase border.
_SIDES = (
    (re.compile(r"left|左", re.IGNORECASE), LEFT), (re.compile(r"right|右", re.IGNORECASE), RIGHT),
    (re.compile(r"(?:^|(?<=[\s._\-(]))l(?=$|[\s._\-)])", re.IGNORECASE), LEFT),
    (re.compile(r"(?:^|(?<=[\s._\-(]))r(?=$|[\s._\-)])", re.IGNORECASE), RIGHT),
    (re.compile(r"^[lL](?=[A-Z])"), LEFT), (re.compile(r"^[rR](?=[A-Z])"), RIGHT),
    (re.compile(r"(?<=[a-z])(?:L|Lf)$"), LEFT), (re.compile(r"(?<=[a-z])(?:R|Rt)$"), RIGHT),
)


def without_namespace(name: str) -> str:
    """The name after its last ``:`` or ``|``, full-width characters made plain (NFKC)."""
    return _NAMESPACE.sub("", unicodedata.normalize("NFKC", name))


def plain(name: str) -> str:
    """A name for comparing: no namespace, no separators, no case."""
    return _SEPARATORS.sub("", without_namespace(name)).casefold()


def side_and_rest(name: str) -> tuple[str, str]:
    """(side, the plain name without its side mark): ("left", "arm") for ``mixamorig:LeftArm``."""
    bare = without_namespace(name)
    for pattern, side in _SIDES:
        if pattern.search(bare):
            return side, plain(pattern.sub(" ", bare, count=1))
    return MIDDLE, plain(bare)
