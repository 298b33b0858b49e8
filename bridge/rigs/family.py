"""Families of rigs whose bone names are known: one TOML file each in ``families/``.

``[joints]`` names a bone for each part of the body, ``{S}`` being the side token of ``sides`` (left, right),
``{s}`` L or R, ``{side}`` left or right; ``a|b`` are alternatives; ``spine``, ``neck`` and ``[fingers]`` are
chains from the body outwards. ``prefix`` is a regular expression taken off the front of bone names.
Control rigs say besides: ``[also]`` (bone to the joint whose rotation it takes too), ``[deform]`` (where a joint
is), ``[follows]`` (the parent as it acts), ``[settings]`` and ``[head_settings]`` (properties to key).
Standard library only.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from .names import LEFT, RIGHT

FINGERS = ("Thumb", "Index", "Middle", "Ring", "Little")
FACE = ("jaw", "leftEye", "rightEye")
_SIDED = ("shoulder", "upperArm", "lowerArm", "hand", "upperLeg", "lowerLeg", "foot", "toes", "eye")
_SINGLE = ("hips", "head", "jaw")
_CHAINS = ("spine", "neck")
_SETTINGS_KEYS = frozenset({"sides", "prefix", "controls", "joints", "fingers", "twists", "also", "deform",
                            "follows", "settings", "head_settings", "at_elbow"})

AT_ELBOW = 0.5  # so that neither elbow nor wrist is wrung

Names = tuple[str, ...]
Setting = tuple[str, str, float]  # bone, custom property, value


@dataclass(frozen=True)
class Family:
    """Bone names of one family, sides spelled out. A value of ``joints`` is a tuple of alternatives.

    joints: canonical joint -> alternatives. spine, neck: chains, each bone a tuple of alternatives.
    twists: canonical limb joint -> bones. prefix: taken off the front of bone names.
    at_elbow: share of the forearm's twist that its own bone takes where no twist bone is keyed.
    also, deform, follows, settings: see the module; ``deform`` has the keys of ``joints`` and "spine.0" …
    """

    name: str
    joints: dict[str, Names]
    spine: tuple[Names, ...]
    neck: tuple[Names, ...]
    twists: dict[str, Names]
    prefix: re.Pattern | None = None
    controls: bool = False
    at_elbow: float = AT_ELBOW
    also: dict[str, str] = field(default_factory=dict)
    deform: dict[str, str] = field(default_factory=dict)
    follows: dict[str, str] = field(default_factory=dict)
    settings: tuple[Setting, ...] = ()
    head_settings: tuple[Setting, ...] = ()


@cache
def families() -> tuple[Family, ...]:
    """Every family, by name. Read once."""
    folder = Path(__file__).with_name("families")
    return tuple(read(path) for path in sorted(folder.glob("*.toml")))


def read(path: Path) -> Family:
    """Raises ValueError where the file has a key that means nothing."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    sides = _sides(table["sides"])
    unknown = set(table) - _SETTINGS_KEYS
    unknown |= set(table["joints"]) - {*_SIDED, *_SINGLE, *_CHAINS}
    if unknown:
        raise ValueError(f"{path.name}: unknown keys {', '.join(sorted(unknown))}")
    joints, chains = _joints(table["joints"] | table.get("fingers", {}), sides)
    deform, deform_chains = _joints(table.get("deform", {}), sides)
    places = {joint: names[0] for joint, names in deform.items()}
    places |= {f"{chain}.{i}": names[0] for chain, rows in deform_chains.items() for i, names in enumerate(rows)}
    prefix = table.get("prefix")
    return Family(
        name=path.stem, joints=joints, spine=chains.get("spine", ()), neck=chains.get("neck", ()),
        twists={joint: names for joint, names in _sided_lists(table.get("twists", {}), sides)},
        prefix=re.compile(prefix, re.IGNORECASE) if prefix else None, controls=bool(table.get("controls")),
        at_elbow=float(table.get("at_elbow", AT_ELBOW)),
        also=dict(table.get("also", {})), deform=places,
        follows={_fill(a, s): _fill(b, s) for a, b in table.get("follows", {}).items() for s in sides.values()},
        settings=_settings(table.get("settings", {}), sides),
        head_settings=_settings(table.get("head_settings", {}), sides))


def finger_joints(side: str, finger: str, bones: int) -> tuple[str, ...]:
    """Canonical joints of a finger that has that many bones, from the hand outwards."""
    segments = ("Metacarpal", "Proximal", "Distal") if finger == "Thumb" else ("Proximal", "Intermediate", "Distal")
    return tuple(f"{side}{finger}{segment}" for segment in segments[:bones])


def _joints(table: dict, sides: dict[str, dict]) -> tuple[dict[str, Names], dict[str, tuple[Names, ...]]]:
    joints: dict[str, Names] = {}
    chains: dict[str, tuple[Names, ...]] = {}
    for role, value in table.items():
        if role in _CHAINS:
            chains[role] = tuple(_alternatives(name) for name in value)
        elif role in _SINGLE:
            joints[role] = _alternatives(value)
        else:
            for side, tokens in sides.items():
                joints |= _sided(role, value, side, tokens)
    return joints, chains


def _sided(role: str, value: str | list[str], side: str, tokens: dict) -> dict[str, Names]:
    if role.capitalize() in FINGERS:
        names = finger_joints(side, role.capitalize(), len(value))
        return {joint: _alternatives(_fill(bone, tokens)) for joint, bone in zip(names, value, strict=True)}
    return {side + role[0].upper() + role[1:]: _alternatives(_fill(value, tokens))}


def _sided_lists(table: dict, sides: dict[str, dict]) -> list[tuple[str, Names]]:
    return [(side + role[0].upper() + role[1:], tuple(_fill(bone, tokens) for bone in bones))
            for role, bones in table.items() for side, tokens in sides.items()]


def _settings(table: dict, sides: dict[str, dict]) -> tuple[Setting, ...]:
    return tuple(dict.fromkeys((_fill(bone, tokens), name, float(value)) for bone, row in table.items()
                               for name, value in row.items() for tokens in sides.values()))


def _sides(tokens: list[str]) -> dict[str, dict]:
    return {LEFT: {"S": tokens[0], "s": "L", "side": LEFT}, RIGHT: {"S": tokens[1], "s": "R", "side": RIGHT}}


def _fill(name: str, tokens: dict) -> str:
    return name.format(**tokens)


def _alternatives(names: str) -> Names:
    return tuple(names.split("|"))
