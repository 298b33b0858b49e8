"""Rigs made for tests, and what Blender would make of tracks on them, worked out anew bone by bone.

``pose`` shares no code with the retargeter but the rest matrices, which a test compares with Blender's own.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from bridge.body.kinematics import globals_of
from bridge.body.kinematics import rest_of as rest_of_skeleton
from bridge.body.motion import Motion
from bridge.body.rotations import (
    continuous,
    from_axis_angle,
    from_euler,
    from_matrix,
    from_rotation_vector,
    normalise,
    to_matrix,
)
from bridge.body.skeleton import CANONICAL
from bridge.curves import Track
from bridge.rigs.rest import Rest, rest_of
from bridge.rigs.rig import Bone, Rig

DATA = Path(__file__).parents[3].parent / "shared" / "data"
CHARACTERS, CLIPS = DATA / "characters", DATA / "motion" / "canonical"
PLANTED = 0.5


def characters() -> list[Path]:
    """Rigs of the data folder; none where it is not here."""
    return sorted(path for path in CHARACTERS.glob("*.json")
                  if path.stem != "families" and not path.stem.endswith(".landmarks"))


def read(path: Path) -> tuple[Rig, dict]:
    """A rig of the data folder and its true landmarks with ``spine_bones``."""
    fields = json.loads(path.read_text(encoding="utf-8"))
    return Rig.from_json(fields), fields


def clip(name: str) -> Motion:
    """A clip of the data folder with contacts by speed (under 0.15 m/s) and height (within 45 mm of its lowest)."""
    file = np.load(CLIPS / f"{name}.npz")
    turns = normalise(file["q"].astype(np.float32) / 32767)
    root, fps = file["root"].astype(np.float32), float(file["fps"])
    _, places = globals_of(turns, root)
    down = []
    for joint in ("leftFoot", "leftToes", "rightFoot", "rightToes"):
        path = places[:, CANONICAL.index[joint]]
        slow = np.linalg.norm(np.gradient(path, 1 / fps, axis=0), axis=-1) < 0.15
        down.append(slow & (path[:, 2] < np.percentile(path[:, 2], 2) + 0.045))
    return Motion(CANONICAL, turns, root, fps, np.stack(down, 1).astype(np.float32))


def wander(frames: int = 40, seed: int = 3, legs: bool = True, size: float = 0.5) -> Motion:
    """A smooth made-up motion; the arms low enough to be usual, knees and elbows bending the right way."""
    rng = np.random.default_rng(seed)
    turns = np.zeros((frames, len(CANONICAL), 3))
    time = np.linspace(0, 2 * np.pi, frames)[:, None]
    for j, joint in enumerate(CANONICAL.names):
        if not legs and ("Leg" in joint or "Foot" in joint or "Toes" in joint or joint == "hips"):
            continue
        reach = size * (0.3 if "Leg" in joint or joint in ("hips", "spine", "chest", "upperChest") else 1.0)
        turns[:, j] = reach * rng.uniform(0.2, 0.5, 3) * np.sin(time + rng.uniform(0, 6, 3))
    for side, sign in (("left", 1), ("right", -1)):
        turns[:, CANONICAL.index[f"{side}UpperArm"], 1] += sign * 0.9
        turns[:, CANONICAL.index[f"{side}LowerArm"], 2] -= sign * 0.9
        turns[:, CANONICAL.index[f"{side}Hand"], 0] = 0
        turns[:, CANONICAL.index[f"{side}LowerLeg"], 0] += 0.35
    rotations = continuous(from_rotation_vector(turns)).astype(np.float32)
    root = (CANONICAL.offsets[0] + 0.03 * np.sin(time + np.arange(3))).astype(np.float32)
    return Motion(CANONICAL, rotations, root, 30.0, np.zeros((frames, 4), np.float32))


def standing(frames: int = 90) -> Motion:
    """A body that sways over feet that stay put: the hips wander, the legs are bent to fit."""
    motion = wander(frames, legs=False)
    time = np.linspace(0, 2 * np.pi, frames)
    root = CANONICAL.offsets[0] + np.stack((0.05 * np.sin(time), 0.03 * np.cos(2 * time), -0.02 + 0 * time), -1)
    rotations = motion.rotations.copy()
    for side in ("left", "right"):
        hip = root + CANONICAL.offsets[CANONICAL.index[f"{side}UpperLeg"]]
        ankle = rest_places()[f"{side}Foot"]
        rotations[:, [CANONICAL.index[f"{side}{part}"] for part in ("UpperLeg", "LowerLeg", "Foot")]] = _leg(hip, ankle)
    return Motion(CANONICAL, rotations, root.astype(np.float32), 30.0, np.ones((frames, 4), np.float32))


def _leg(hip: np.ndarray, ankle: np.ndarray) -> np.ndarray:
    """(T, 3, 4) local turns of thigh, shin and foot that put the ankle where it is, the foot level."""
    upper, lower = 0.42, 0.415
    way = ankle - hip
    far = np.linalg.norm(way, axis=1)
    knee = np.arccos((upper**2 + lower**2 - far**2) / (2 * upper * lower))
    at_hip = np.arcsin(lower * np.sin(knee) / far)
    turns = []
    for w, k, h in zip(way, knee, at_hip, strict=True):
        swing = _between((0, 0, -1), w)
        thigh = swing @ _about_x(-h)
        shin = _about_x(np.pi - k)
        turns.append(np.stack((thigh, shin, (thigh @ shin).T)))
    return from_matrix(np.array(turns))


def _about_x(angle: float) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    return np.array(((1, 0, 0), (0, c, -s), (0, s, c)))


def _between(a, b) -> np.ndarray:
    a, b = np.array(a, float), b / np.linalg.norm(b)
    v = np.cross(a, b)
    cross = np.array(((0, -v[2], v[1]), (v[2], 0, -v[0]), (-v[1], v[0], 0)))
    return np.eye(3) + cross + cross @ cross / (1 + a @ b)


def rig_of_canonical(lowered: float = 0.0, seed: int | None = None, names: dict[str, str] | None = None,
                     size: float = 1.0, turn: np.ndarray | None = None, mode: str = "QUATERNION") -> Rig:
    """The canonical skeleton as a rig.

    lowered: radians by which the arms hang in rest (0 = T-pose). seed: of random rolls, None = all 0. names: joint
    to bone name. size: armature units for a metre (the object is scaled back). turn: (3, 3) character axes to
    armature axes, which the object turns back.
    """
    vectors = np.zeros((1, len(CANONICAL), 3))
    for side, sign in (("left", 1), ("right", -1)):
        vectors[0, CANONICAL.index[f"{side}UpperArm"], 1] = sign * lowered
    pose = from_rotation_vector(vectors)
    spins, places = globals_of(pose, CANONICAL.offsets[:1])
    rng = np.random.default_rng(seed)
    turn = np.eye(3) if turn is None else turn
    bones = []
    for j, joint in enumerate(CANONICAL.names):
        children = CANONICAL.children[j]
        tip = CANONICAL.tips.get(joint, (0, 0, 0.1))
        tail = places[0, children[0]] if len(children) == 1 else \
            places[0, j] + to_matrix(spins[0, j]) @ np.array(tip, float)
        parent = int(CANONICAL.parents[j])
        called = [(names or {}).get(name, name) for name in (joint, CANONICAL.names[parent])]
        bones.append(Bone(called[0], None if parent < 0 else called[1],
                          tuple(size * turn @ places[0, j]), tuple(size * turn @ tail),
                          0.0 if seed is None else float(rng.uniform(-3, 3)), rotation_mode=mode))
    matrix = np.eye(4)
    matrix[:3, :3] = turn.T / size
    return Rig("Body", tuple(bones), tuple(map(tuple, matrix.tolist())))


def change(rig: Rig, *names: str, **fields: object) -> Rig:
    """The rig with fields of some bones changed."""
    return replace(rig, bones=tuple(replace(bone, **fields) if bone.name in names else bone for bone in rig.bones))


def pose(rig: Rig, tracks: list[Track], frames: int) -> tuple[Rest, np.ndarray, np.ndarray]:
    """(rest, rotations (T, B, 3, 3), heads (T, B, 3)) in armature space, by Blender's rules for a bone's channels."""
    rest = rest_of(rig)
    turned, moved = _channels(rig, rest, tracks)
    rotations, heads = np.zeros((frames, len(rig.bones), 3, 3)), np.zeros((frames, len(rig.bones), 3))
    for b, bone in enumerate(rig.bones):
        own, parent = rest.axes[b], rest.parents[b]
        basis = turned.get(b, np.eye(3))
        offset = moved.get(b, np.zeros((1, 3))) * (not (bone.connect and parent >= 0))
        offset = offset @ own.T if bone.local_location else offset
        if parent < 0:
            rotations[:, b], heads[:, b] = own @ basis, rest.heads[b] + offset
            continue
        spin = rotations[:, parent] @ rest.axes[parent].T
        way = rest.heads[b] - rest.heads[parent] + offset
        heads[:, b] = heads[:, parent] + np.einsum("tij,tj->ti", spin, np.broadcast_to(way, (frames, 3)))
        rotations[:, b] = (spin @ own if bone.inherit_rotation else own) @ basis
    return rest, rotations, heads


def _channels(rig: Rig, rest: Rest, tracks: list[Track]) -> tuple[dict[int, np.ndarray], dict[int, np.ndarray]]:
    turned, moved = {}, {}
    for track in tracks:
        if track.kind == "property":
            continue
        b = rest.index[track.group]
        if track.kind == "location":
            moved[b] = track.values
        elif track.kind == "quaternion":
            turned[b] = to_matrix(normalise(track.values))
        elif track.kind == "axis_angle":
            turned[b] = to_matrix(from_axis_angle(track.values))
        else:
            turned[b] = to_matrix(from_euler(track.values, rig.bones[b].rotation_mode))
    return turned, moved


def world(rest: Rest, heads: np.ndarray) -> np.ndarray:
    """Armature space to the world, metres."""
    return heads @ rest.to_world.T + rest.origin


def rest_places() -> dict[str, np.ndarray]:
    """The canonical joints in rest."""
    return dict(zip(CANONICAL.names, rest_of_skeleton()[1], strict=True))


def speeds(path: np.ndarray, down: np.ndarray, fps: float) -> np.ndarray:
    """Speeds (m/s) of a point (T, 3) in the frames in which it and its neighbours are planted."""
    inside = down & np.roll(down, 1) & np.roll(down, -1)
    return np.linalg.norm(np.gradient(path, 1 / fps, axis=0), axis=-1)[inside]


def angles(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Degrees between directions (..., 3)."""
    across, along = np.linalg.norm(np.cross(a, b), axis=-1), (a * b).sum(-1)
    return np.degrees(np.arctan2(across, along))
