"""How a body stands in rest: its joints in character space, +Z up, facing -Y, its left +X, metres.

The same description of the canonical skeleton and of any rig lets the two be aligned joint by joint.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..body.kinematics import rest_of as rest_of_skeleton
from ..body.skeleton import Skeleton
from ..problems import Problem
from .matching import Match
from .names import LEFT, RIGHT
from .rest import Rest

_NEXT = {"UpperArm": "LowerArm", "LowerArm": "Hand", "UpperLeg": "LowerLeg", "LowerLeg": "Foot", "Foot": "Toes",
         "Metacarpal": "Proximal", "Proximal": "Intermediate", "Intermediate": "Distal"}
_UPRIGHT, _STRAIGHT = np.cos(np.radians(25)), np.cos(np.radians(5))
_SIDES = (LEFT, RIGHT)


@dataclass(frozen=True)
class Stance:
    """points: joint -> (3,) where it is. ends: joint -> (3,) where its bone ends."""

    points: dict[str, np.ndarray]
    ends: dict[str, np.ndarray]

    def has(self, *joints: str) -> bool:
        return all(joint in self.points for joint in joints)

    def way(self, joint: str) -> np.ndarray:
        """(3,) from a joint to the end of its bone."""
        return self.ends[joint] - self.points[joint]

    def length(self, *joints: str) -> float:
        """Metres from joint to joint to joint."""
        points = np.array([self.points[joint] for joint in joints])
        return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())

    def middle(self, part: str) -> np.ndarray:
        """(3,) between the left and the right joint of a part."""
        return (self.points[LEFT + part] + self.points[RIGHT + part]) / 2

    def legs(self) -> bool:
        return self.has(*(side + part for side in _SIDES for part in ("UpperLeg", "LowerLeg", "Foot")))

    def arms(self) -> bool:
        return self.has(*(side + part for side in _SIDES for part in ("UpperArm", "LowerArm", "Hand")))

    def leg_length(self) -> float:
        return np.mean([self.length(side + "UpperLeg", side + "LowerLeg", side + "Foot") for side in _SIDES])

    def arm_length(self) -> float:
        return np.mean([self.length(side + "UpperArm", side + "LowerArm", side + "Hand") for side in _SIDES])


def of_skeleton(skeleton: Skeleton) -> Stance:
    """A skeleton whose joints carry canonical names and whose rest faces -Y."""
    _, places = rest_of_skeleton(skeleton)
    points = {name: places[j].astype(float) for j, name in enumerate(skeleton.names)}
    tips = {name: points[name] + np.array(tip, float) for name, tip in skeleton.tips.items() if name in points}
    return Stance(points, {joint: _end(points, joint, tips.get(joint)) for joint in points})


def of_rig(rest: Rest, match: Match, turn: np.ndarray) -> Stance:
    """A matched rig. turn: (3, 3) armature axes to character axes, from ``facing``."""
    scaled = rest.unit * turn
    points = {joint: scaled @ rest.heads[rest.index[match.place(joint)]] for joint in match.joints}
    ends = {}
    for joint in points:
        bone = rest.index[match.place(joint)]
        ends[joint] = _end(points, joint, scaled @ _tip(rest, bone))
    return Stance(points, ends)


def facing(rest: Rest, match: Match) -> np.ndarray:
    """(3, 3) rotation from armature axes to character axes. Raises ``Problem`` rig.flat for a rig without size."""
    if not np.isfinite(rest.to_world).all() or rest.unit < 1e-9:
        raise Problem("rig.flat", name=match.joints["hips"], why="its object has no size")
    heads = {joint: rest.heads[rest.index[match.place(joint)]] for joint in match.joints}
    up = _up(rest, heads)
    left = sum((heads[LEFT + part] - heads[RIGHT + part] for part in ("UpperLeg", "UpperArm", "Shoulder")
                if LEFT + part in heads and RIGHT + part in heads), np.zeros(3))
    left = left - up * (left @ up)
    if np.linalg.norm(left) < 1e-6 * max(np.ptp(rest.heads), 1e-9):
        raise Problem("rig.flat", name=match.joints["hips"], why="its left and right are in the same place")
    left = _snapped(_unit(left), up, _STRAIGHT)
    return np.array([left, np.cross(up, left), up])


def _up(rest: Rest, heads: dict[str, np.ndarray]) -> np.ndarray:
    """The armature axis along the trunk; the world's up, or the trunk itself, where none is near."""
    top = next((heads[joint] for joint in ("head", "neck", "upperChest", "chest", "spine") if joint in heads), None)
    world = _unit(np.linalg.solve(rest.to_world, (0.0, 0.0, 1.0)))
    if top is None or np.linalg.norm(top - heads["hips"]) < 1e-9:
        return world
    trunk = _unit(top - heads["hips"])
    axes = np.vstack((np.eye(3), -np.eye(3)))
    nearest = axes[np.argmax(axes @ trunk)]
    for axis in (nearest, world):
        if axis @ trunk > _UPRIGHT:
            return axis
    return trunk


def _snapped(way: np.ndarray, up: np.ndarray, near: float) -> np.ndarray:
    """``way``, or the armature axis square to ``up`` that it all but follows."""
    for axis in np.vstack((np.eye(3), -np.eye(3))):
        if abs(axis @ up) < 1e-9 and axis @ way > near:
            return axis
    return way


def _end(points: dict[str, np.ndarray], joint: str, tip: np.ndarray | None) -> np.ndarray:
    """The next joint of a limb or finger, else the bone's own tip, else straight on."""
    for part, following in _NEXT.items():
        after = joint.removesuffix(part) + following
        if joint.endswith(part) and after in points:
            return points[after]
    if joint.endswith("Proximal") and (after := joint.removesuffix("Proximal") + "Distal") in points:
        return points[after]
    return points[joint] if tip is None else tip


def _tip(rest: Rest, bone: int) -> np.ndarray:
    """Where a bone at the end of a chain points: to its child, by its tail, or on from its parent.

    Tails of end bones are often made up by importers; one that turns sharply off the chain is not believed.
    """
    head, parent = rest.heads[bone], rest.parents[bone]
    if len(rest.children[bone]) == 1:
        child = rest.heads[rest.children[bone][0]]
        if np.linalg.norm(child - head) > 1e-6:
            return child
    if parent < 0:
        return rest.tails[bone]
    before = head - rest.heads[parent]
    own = rest.tails[bone] - head
    if own @ before < np.cos(np.radians(50)) * np.linalg.norm(own) * np.linalg.norm(before):
        return head + before
    return rest.tails[bone]


def _unit(v: np.ndarray) -> np.ndarray:
    return v / np.linalg.norm(v)
