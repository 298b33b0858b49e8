"""A frame in each bone of a resting body, from joints alone, so that two bodies are aligned frame by frame.

Neither the rest pose (T or A, palms down or in) nor the bones' rolls matter: a limb's frame is its direction and
the hinge of its elbow or knee, a hand's the direction of its knuckles and the line across them. With F the
frames of source and target, the target bone turns by R_source F_source F_target^T from its rest.
"""

from __future__ import annotations

import numpy as np

from .family import FINGERS, finger_joints
from .names import LEFT, RIGHT
from .stance import Stance

_UP, _FORWARD = np.array((0.0, 0.0, 1.0)), np.array((0.0, -1.0, 0.0))
_BENT, _LIKELY = np.sin(np.radians(2)), np.cos(np.radians(60))
_FLAT = 0.02


def align(source: Stance, target: Stance) -> dict[str, np.ndarray]:
    """Joint -> (3, 3) rotation that takes the target's rest bone to the pose of the source's rest."""
    ours, theirs = frames(_only(source, target)), frames(_only(target, source))
    return {joint: ours[joint] @ frame.T for joint, frame in theirs.items()}


def _only(body: Stance, other: Stance) -> Stance:
    """The body with those joints alone that the other has too, so that both are measured on the same."""
    return Stance({joint: point for joint, point in body.points.items() if joint in other.points}, body.ends)


def frames(body: Stance) -> dict[str, np.ndarray]:
    """Joint -> (3, 3) frame, columns unit and square to each other. Trunk, head and clavicles keep their own rest:
    the identity, which stands for the body's up and facing."""
    found = {joint: np.eye(3) for joint in body.points}
    for side in (LEFT, RIGHT):
        found |= _limb(body, side, ("UpperArm", "LowerArm", "Hand"), _FORWARD)
        found |= _limb(body, side, ("UpperLeg", "LowerLeg", "Foot"), -_FORWARD)
        found |= _foot(body, side)
        found |= _hand(body, side, found.get(f"{side}LowerArm", np.eye(3)))
    return found


def frame(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(3, 3) columns: x made unit, z square to x and y, and what completes them."""
    x = x / np.linalg.norm(x)
    z = np.cross(x, y)
    z = z / np.linalg.norm(z)
    return np.stack((x, np.cross(z, x), z), -1)


def _limb(body: Stance, side: str, parts: tuple[str, str, str], bends_to: np.ndarray) -> dict[str, np.ndarray]:
    """Upper and lower segment on the hinge between them. bends_to: where the lower one goes when it bends."""
    upper, lower, _ = (side + part for part in parts)
    if not body.has(upper, lower):
        return {}
    first, second = _unit(body.way(upper)), _unit(body.way(lower))
    usual = np.cross(first, bends_to)
    if np.linalg.norm(usual) < 0.2:  # an arm held forward: palms down, it bends inwards
        usual = _UP if side == RIGHT else -_UP
    hinge = np.cross(first, second)
    bend = np.linalg.norm(hinge)
    if bend < _BENT or hinge @ usual < _LIKELY * bend * np.linalg.norm(usual):
        hinge = usual
    return {upper: frame(first, hinge), lower: frame(second, hinge)}


def _foot(body: Stance, side: str) -> dict[str, np.ndarray]:
    """Only the heading of the foot: one that is flat in rest stays flat, whatever the height of its ankle."""
    foot = f"{side}Foot"
    if not body.has(foot):
        return {}
    ahead = body.way(foot) * (1, 1, 0)
    heading = frame(ahead, _UP) if np.linalg.norm(ahead) > _FLAT * np.linalg.norm(body.way(foot)) else np.eye(3)
    return {joint: heading for joint in (foot, f"{side}Toes") if body.has(joint)}


def _hand(body: Stance, side: str, forearm: np.ndarray) -> dict[str, np.ndarray]:
    """The hand by its knuckles (without them by its forearm), fingers by the knuckle line, the thumb by the palm."""
    hand = f"{side}Hand"
    if not body.has(hand):
        return {}
    knuckles = [body.points[joint] for finger in FINGERS[1:] if body.has(joint := f"{side}{finger}Proximal")]
    if len(knuckles) < 2:
        return {joint: forearm for joint in (hand, *_finger_bones(body, side))}
    across = knuckles[-1] - knuckles[0]
    found = {hand: frame(np.mean(knuckles, 0) - body.points[hand], across)}
    palm = found[hand][:, 2]
    for finger in FINGERS:
        for joint in finger_joints(side, finger, 3):
            if body.has(joint) and np.linalg.norm(body.way(joint)) > 1e-9:
                found[joint] = frame(body.way(joint), palm if finger == "Thumb" else across)
    return found


def _finger_bones(body: Stance, side: str) -> list[str]:
    return [joint for finger in FINGERS for joint in finger_joints(side, finger, 3) if body.has(joint)]


def _unit(v: np.ndarray) -> np.ndarray:
    return v / np.linalg.norm(v)
