"""BVH: a hierarchy of joints and their Euler angles over time, as text.

Written with Y up, facing +Z, in centimetres, every joint frame aligned with the world in the zero pose, channels
ZXY and position channels on the root alone. Read in any order of channels, any unit, Y or Z up. A joint's angles
apply from left to right (ZXY: R = Rz Rx Ry) and its position channels replace its offset.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..body import rotations as rot
from ..body.kinematics import globals_of, rest_of
from ..body.motion import CONTACTS, Motion
from ..body.skeleton import CANONICAL, Skeleton
from ..problems import Problem

_AXES = {"X": 0, "Y": 1, "Z": 2}
_WRITTEN_ORDER = "YXZ"  # Blender's name of the angles that a file gives as Z, X, Y
_CENTIMETRE = 0.01
_BLOCK = 2048  # frames worked out at once, whatever the length
_UNITS = {1.0: 0.0, 0.1: 0.0, 0.01: 0.0, 0.001: 0.0, 0.0254: 0.35, 0.05644: 0.35}  # metres, and how unlikely
_STANDING = 1.7  # metres a body measures across in a first frame, more or less
_RATES = (24, 25, 29.97, 30, 50, 59.94, 60, 90, 100, 119.88, 120, 240)


@dataclass
class _Hierarchy:
    """Joints as the file has them: its axes, its unit."""

    names: list[str] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    offsets: list[list[float]] = field(default_factory=list)
    channels: list[list[str]] = field(default_factory=list)
    ends: dict[int, list[float]] = field(default_factory=dict)


def write(path: str | Path, motion: Motion) -> None:
    """Writes a motion on any skeleton; its joints get their world-aligned frames of the rest pose."""
    skeleton = motion.skeleton
    order, depth = _depth_first(skeleton)
    head = ["HIERARCHY", *_hierarchy_lines(skeleton, order, depth), "MOTION", f"Frames: {len(motion)}",
            f"Frame Time: {1 / motion.fps:.10g}"]
    line = " ".join(["%.6f"] * (3 + 3 * len(skeleton))) + "\n"
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write("\n".join(head) + "\n")
        for rows in _rows(motion, order):
            file.writelines(line % tuple(row) for row in rows.tolist())


def _rows(motion: Motion, order: list[int]) -> Iterator[np.ndarray]:
    """Channel values (n, 3 + 3 J), block by block: positions of the root, angles of the joints in file order."""
    skeleton = motion.skeleton
    rest_turns, _ = rest_of(skeleton)
    last = np.zeros((0, len(skeleton), 3))
    for start in range(0, len(motion), _BLOCK):
        block = slice(start, start + _BLOCK)
        turns, _ = globals_of(motion.rotations[block].astype(np.float64), motion.root[block], skeleton)
        aligned = rot.multiply(turns, rot.conjugate(rest_turns))
        local = aligned.copy()
        local[:, 1:] = rot.multiply(rot.conjugate(aligned[:, skeleton.parents[1:]]), aligned[:, 1:])
        angles = np.concatenate((last, rot.to_euler(_to_y_up_rotation(local), _WRITTEN_ORDER)))
        angles = rot.continuous_euler(angles, _WRITTEN_ORDER)[len(last):]
        last = angles[-1:]
        columns = np.degrees(angles[:, order][..., [2, 0, 1]]).reshape(len(angles), -1)
        yield np.concatenate((_to_y_up(motion.root[block].astype(np.float64)) / _CENTIMETRE, columns), 1)


def read(path: str | Path, metres_per_unit: float | None = None, up: str | None = None) -> Motion:
    """The motion of a file, in metres and with Z up; its rest is the file's zero pose.

    Unit and up axis ("Y" or "Z") are guessed from the first frame where they are not given. Joints whose position
    moves keep their median place; the root keeps its path. A file on the canonical skeleton comes back on it.
    Raises ``Problem`` (input.unreadable, bvh.invalid).
    """
    hierarchy, values, fps = _parse(path)
    offsets, root = _places(hierarchy, values)
    turns = _turns(hierarchy, values)
    parents, names = np.array(hierarchy.parents), _unique(hierarchy.names)
    identity = rot.identity(len(names))
    ends = {names[joint]: end for joint, end in hierarchy.ends.items()}
    raw = Skeleton(names, parents, offsets, identity)
    first = globals_of(turns[:1], root[:1], raw)[1][0]
    up = up or _guess_up(first)
    size = np.linalg.norm(np.ptp(first, axis=0))
    unit = metres_per_unit or min(_UNITS, key=lambda u: abs(np.log(max(size * u, 1e-9) / _STANDING)) + _UNITS[u])
    place, turn = (_to_z_up, _to_z_up_rotation) if up == "Y" else (np.asarray, np.asarray)
    tips = {name: tuple(place(np.array(end)) * unit) for name, end in ends.items() if np.any(end)}
    skeleton = Skeleton(names, parents, place(offsets) * unit, identity, tips)
    rotations, root = rot.continuous(turn(turns)), place(root) * unit
    if (order := _canonical_order(skeleton)) is not None:
        skeleton, rotations = CANONICAL, rotations[:, order]
    return Motion(skeleton, rotations.astype(np.float32), root.astype(np.float32), fps,
                  np.zeros((len(root), len(CONTACTS)), np.float32))


def _depth_first(skeleton: Skeleton) -> tuple[list[int], list[int]]:
    """Joints in the order of a BVH file, and how deep each stands."""
    order, depth, waiting = [], [], [(0, 0)]
    while waiting:
        joint, level = waiting.pop()
        order.append(joint)
        depth.append(level)
        waiting += [(child, level + 1) for child in reversed(skeleton.children[joint])]
    return order, depth


def _hierarchy_lines(skeleton: Skeleton, order: list[int], depth: list[int]) -> list[str]:
    rest_turns, rest_places = rest_of(skeleton)
    lines = []
    for place, (joint, level) in enumerate(zip(order, depth, strict=True)):
        parent = skeleton.parents[joint]
        offset = rest_places[joint] - (rest_places[parent] if parent >= 0 else 0)
        positions = "" if level else "Xposition Yposition Zposition "
        lines += [f"{'JOINT' if level else 'ROOT'} {skeleton.names[joint]}", "{", f"\tOFFSET {_triple(offset)}",
                  f"\tCHANNELS {3 if level else 6} {positions}Zrotation Xrotation Yrotation"]
        if not skeleton.children[joint]:
            tip = skeleton.tips.get(skeleton.names[joint])
            end = offset / 2 if tip is None else rot.rotate(rest_turns[joint], np.array(tip))
            lines += ["\tEnd Site", "\t{", f"\t\tOFFSET {_triple(end)}", "\t}"]
        after = depth[place + 1] if place + 1 < len(depth) else 0
        block = 4 if skeleton.children[joint] else 8
        lines[-block:] = ["\t" * level + line for line in lines[-block:]]
        lines += ["\t" * closed + "}" for closed in range(level, after - 1, -1)]
    return lines


def _triple(place: np.ndarray) -> str:
    return " ".join(f"{value:.6f}" for value in np.round(_to_y_up(place) / _CENTIMETRE, 6) + 0.0)


def _parse(path: str | Path) -> tuple[_Hierarchy, np.ndarray, float]:
    """Hierarchy, channel values (T, C) in the file's units and degrees, frames a second."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise Problem("input.unreadable", path=path, why=error.strerror or error) from error
    try:
        head, motion = re.split(r"^\s*MOTION\b", text, maxsplit=1, flags=re.MULTILINE)
        frames, seconds, body = re.match(
            r"\s*Frames:?\s*(\d+)\s+Frame\s+Time:?\s*(\S+)(.*)", motion, re.DOTALL | re.IGNORECASE).groups()
        hierarchy = _parse_hierarchy(head.split())
        width = sum(map(len, hierarchy.channels))
        values = np.array(body.split(), np.float64)[:int(frames) * width].reshape(-1, width)
        fps = 1 / float(seconds)
    except (ValueError, AttributeError, IndexError, KeyError, ZeroDivisionError, StopIteration) as error:
        comma = re.search(r"\d,\d", text[-2000:])
        why = "its numbers have decimal commas" if comma else f"its structure is broken ({error})"
        raise Problem("bvh.invalid", path=path, why=why) from error
    if not hierarchy.names or not len(values):
        raise Problem("bvh.invalid", path=path, why="it holds no frames")
    nearest = min(_RATES, key=lambda rate: abs(fps - rate))  # Frame Time is often rounded
    return hierarchy, _held(values), nearest if abs(fps / nearest - 1) < 0.002 else fps


def _parse_hierarchy(tokens: list[str]) -> _Hierarchy:
    found, stack, at = _Hierarchy(), [], 0
    while at < len(tokens):
        word = tokens[at].upper()
        if word in ("ROOT", "JOINT"):
            if word == "ROOT" and found.names:
                raise ValueError("two roots")
            brace = tokens.index("{", at)
            found.names.append(" ".join(tokens[at + 1:brace]))
            found.parents.append(stack[-1] if stack else -1)
            found.offsets.append([0.0, 0.0, 0.0])
            found.channels.append([])
            stack.append(len(found.names) - 1)
            at = brace
        elif word == "END":
            offset = next(i for i in range(at, len(tokens)) if tokens[i].upper() == "OFFSET")
            found.ends[stack[-1]] = [float(value) for value in tokens[offset + 1:offset + 4]]
            at = tokens.index("}", offset)
        elif word == "OFFSET":
            found.offsets[stack[-1]] = [float(value) for value in tokens[at + 1:at + 4]]
            at += 3
        elif word == "CHANNELS":
            count = int(tokens[at + 1])
            if count < 0:
                raise ValueError("fewer channels than none")
            found.channels[stack[-1]] = tokens[at + 2:at + 2 + count]
            if not all(name[0].upper() in _AXES for name in found.channels[stack[-1]]):
                raise ValueError("a channel of no axis")
            at += 1 + count
        elif word == "}":
            stack.pop()
        at += 1
    return found


def _held(values: np.ndarray) -> np.ndarray:
    """What is no number repeats the value before it."""
    if np.isfinite(values).all():
        return values
    good = np.isfinite(values)
    last = np.maximum.accumulate(np.where(good, np.arange(len(values))[:, None], 0), axis=0)
    return np.nan_to_num(np.take_along_axis(values, last, 0), nan=0.0, posinf=0.0, neginf=0.0)


def _columns(hierarchy: _Hierarchy, kind: str) -> list[list[tuple[int, int]]]:
    """For every joint the (column, axis) of its channels of a kind, in the file's order."""
    found, column = [], 0
    for channels in hierarchy.channels:
        found.append([(column + i, _AXES[name[0].upper()]) for i, name in enumerate(channels)
                      if name[1:].lower() == kind])
        column += len(channels)
    return found


def _places(hierarchy: _Hierarchy, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Offsets (J, 3) and the root's path (T, 3)."""
    offsets = np.array(hierarchy.offsets)
    root = np.tile(offsets[0], (len(values), 1))
    for joint, columns in enumerate(_columns(hierarchy, "position")):
        for column, axis in columns:
            if joint == 0:
                root[:, axis] = values[:, column]
        if joint and columns:
            place = offsets[joint].copy()
            place[[axis for _, axis in columns]] = np.median(values[:, [column for column, _ in columns]], axis=0)
            added = np.linalg.norm(place) < 0.1 * np.linalg.norm(offsets[joint])  # some write what to add
            offsets[joint] = offsets[joint] + place if added else place
    return offsets, root


def _turns(hierarchy: _Hierarchy, values: np.ndarray) -> np.ndarray:
    """Local rotations (T, J, 4) in the file's axes."""
    turns = rot.identity(len(values), len(hierarchy.names))
    for joint, columns in enumerate(_columns(hierarchy, "rotation")):
        for column, axis in columns:
            turn = np.radians(values[:, column])[:, None] * np.eye(3)[axis]
            turns[:, joint] = rot.multiply(turns[:, joint], rot.from_rotation_vector(turn))
    return turns


def _guess_up(places: np.ndarray) -> str:
    """A body that stands is tall along its up axis and thin along the way it faces."""
    extent = np.ptp(places, axis=0)
    return "Z" if extent[2] > 2 * extent[1] else "Y"


def _unique(names: list[str]) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    unique = []
    for name in names:
        seen[name] = seen.get(name, -1) + 1
        unique.append(f"{name}.{seen[name]:03d}" if seen[name] else name)
    return tuple(unique)


def _canonical_order(skeleton: Skeleton) -> list[int] | None:
    """Places of the canonical joints, if this is the canonical skeleton."""
    if set(skeleton.names) != set(CANONICAL.names):
        return None
    order = [skeleton.index[name] for name in CANONICAL.names]
    same = np.allclose(skeleton.offsets[order][1:], CANONICAL.offsets[1:], atol=1e-5)
    return order if same else None


def _to_y_up(places: np.ndarray) -> np.ndarray:
    return places[..., [0, 2, 1]] * (1, 1, -1)


def _to_z_up(places: np.ndarray) -> np.ndarray:
    return places[..., [0, 2, 1]] * (1, -1, 1)


def _to_y_up_rotation(q: np.ndarray) -> np.ndarray:
    return q[..., [0, 1, 3, 2]] * (1, 1, 1, -1)


def _to_z_up_rotation(q: np.ndarray) -> np.ndarray:
    return q[..., [0, 1, 3, 2]] * (1, 1, -1, 1)
