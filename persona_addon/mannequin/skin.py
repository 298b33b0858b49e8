"""Skin weights: each vertex starts on the bone it belongs to, then the weights diffuse along the surface."""

from __future__ import annotations

import itertools

import numpy as np

from . import proportions as figure
from .fields import smoothstep
from .island import Island, neighbour_mean

Weights = dict[str, np.ndarray]
_LEAST = 0.004  # what is smaller is dropped
_BONES = figure.bones()
_SHOULDER_ROUNDS, _ELBOW_ROUNDS, _LEG_ROUNDS = 40, 16, 20
_TRUNK = ("hips", "spine", "chest", "upperChest")


def distance_to_bone(points: np.ndarray, bone: str) -> np.ndarray:
    """(V,) mm from the segment between a bone's head and tail."""
    _, head, tail = _BONES[bone]
    axis = tail - head
    t = np.clip((points - head) @ axis / (axis @ axis), 0.0, 1.0)
    return np.linalg.norm(points - head - t[:, None] * axis, axis=1)


def _beyond(points: np.ndarray, joint: np.ndarray, normal: np.ndarray) -> np.ndarray:
    return (points - joint) @ (normal / np.linalg.norm(normal))


def _along_trunk(z: np.ndarray, blend: float = 45.0) -> Weights:
    """Hips to upperChest by height, each joint blended over +-``blend`` mm."""
    weights, left = {}, np.ones(len(z))
    for bone, above in itertools.pairwise(_TRUNK):
        joint = _BONES[above][1][2]
        up = smoothstep(joint - blend, joint + blend, z)
        weights[bone] = left * (1.0 - up)
        left = left * up
    weights["upperChest"] = left
    return weights


def _blend_in(weights: Weights, share: np.ndarray, other: Weights) -> Weights:
    """``weights`` with ``share`` (V,) of it given over to ``other``."""
    mixed = {bone: w * (1.0 - share) for bone, w in weights.items()}
    for bone, w in other.items():
        mixed[bone] = mixed.get(bone, 0.0) + share * w
    return mixed


def diffused(weights: Weights, edges: np.ndarray, rounds: int) -> Weights:
    """w <- 0.4 w + 0.6 mean of the neighbours, so often; half-width about sqrt(rounds) edges."""
    names = list(weights)
    table = np.column_stack([weights[name] for name in names])
    for _ in range(rounds):
        table = 0.4 * table + 0.6 * neighbour_mean(table, edges)
    return dict(zip(names, table.T, strict=True))


def settled(weights: Weights, most: int = 4) -> Weights:
    """At most ``most`` bones a vertex, in whole thousandths that sum to one."""
    names = list(weights)
    table = np.column_stack([weights[name] for name in names])
    if len(names) > most:
        least = np.partition(table, -most, axis=1)[:, -most]
        table[table < least[:, None]] = 0.0
    table[table < _LEAST] = 0.0
    table = np.round(1000.0 * table / table.sum(1, keepdims=True))
    table[np.arange(len(table)), table.argmax(1)] += 1000.0 - table.sum(1)
    table /= 1000.0
    return {name: w for name, w in zip(names, table.T, strict=True) if w.any()}


def shirt(island: Island) -> Weights:
    points, edges = island.points, island.edges
    weights = _along_trunk(points[:, 2])
    weights = _blend_in(weights, at_collar(points[:, 2]), {"neck": np.ones(len(points))})
    (_, shoulder, elbow), (_, _, wrist) = figure.LIMBS["UpperArm"], figure.LIMBS["LowerArm"]
    for side, sign in (("left", 1.0), ("right", -1.0)):
        p = points * (sign, 1.0, 1.0)
        zone = ((p[:, 0] > 60.0) & (p[:, 2] > 1385.0)) * 0.6
        weights = _blend_in(weights, zone, {side + "Shoulder": np.ones(len(p))})
        near = distance_to_bone(points, side + "UpperArm") < 62.0
        near |= distance_to_bone(points, side + "LowerArm") < 75.0
        arm = near & (_beyond(p, np.array(shoulder), np.array([0.86, 0.0, -0.50])) > 0)
        weights = _blend_in(weights, arm * 1.0, {side + "UpperArm": np.ones(len(p))})
    weights = diffused(weights, edges, _SHOULDER_ROUNDS)
    for side, sign in (("left", 1.0), ("right", -1.0)):
        fore = _beyond(points * (sign, 1.0, 1.0), np.array(elbow), np.subtract(wrist, shoulder)) > 0
        fore &= weights[side + "UpperArm"] > 0.5
        weights = _blend_in(weights, fore * 1.0, {side + "LowerArm": np.ones(len(points))})
    return diffused(weights, edges, _ELBOW_ROUNDS)


def trousers(island: Island) -> Weights:
    points = island.points
    weights: Weights = {"hips": np.ones(len(points))}
    for side, sign in (("left", 1.0), ("right", -1.0)):
        p = points * (sign, 1.0, 1.0)
        leg = (p[:, 0] > 0) & (p[:, 2] < 905.0 - 0.25 * (100.0 - np.abs(p[:, 0])))
        shank = p[:, 2] < figure.LIMBS["LowerLeg"][1][2]
        weights = _blend_in(weights, leg * 1.0, {side + "UpperLeg": 1.0 - shank, side + "LowerLeg": shank * 1.0})
    return diffused(weights, island.edges, _LEG_ROUNDS)


def hand(island: Island) -> Weights:
    """Left hand: fingers by distance over girth; the wrist bends over a short sleeve of forearm weight."""
    points = island.points
    fingers = [f"left{f}{part}" for f in figure.FINGERS for part in figure.PHALANGES]
    fingers += [f"leftThumb{part}" for part in figure.THUMB_BONES]
    names = ["leftHand", *fingers]
    reach = np.column_stack([_palm_distance(points) if n == "leftHand" else
                             distance_to_bone(points, n) / _girth(n) for n in names])
    nearest = reach.argmin(1)
    weights = {name: (nearest == i) * 1.0 for i, name in enumerate(names)}
    weights = diffused(weights, island.edges, 7)
    wrist, axes = figure.hand_frame()
    forearm = smoothstep(14.0, -26.0, (points - wrist) @ axes[0])
    return _blend_in(weights, forearm, {"leftLowerArm": np.ones(len(points))})


def _palm_distance(points: np.ndarray) -> np.ndarray:
    """Distance from the fan of metacarpals in palm thicknesses."""
    ends = [_BONES[f"left{finger}Proximal"][1] for finger in figure.FINGERS]
    wrist = _BONES["leftHand"][1]
    nearest = np.full(len(points), np.inf)
    for end in ends:
        start = wrist + 0.25 * (end - wrist)
        axis = end - start
        t = np.clip((points - start) @ axis / (axis @ axis), 0.0, 1.0)
        nearest = np.minimum(nearest, np.linalg.norm(points - start - t[:, None] * axis, axis=1))
    return nearest / 13.5


def _girth(bone: str) -> float:
    finger = next(f for f in ("Thumb", *figure.FINGERS) if f in bone)
    part = figure.THUMB_BONES if finger == "Thumb" else figure.PHALANGES
    place = next(i for i, name in enumerate(part) if bone.endswith(name))
    return figure.finger_radii(finger)[place] * figure.HAND_SCALE


def shoe(island: Island) -> Weights:
    """Left shoe: it bends at the ball."""
    ball = _BONES["leftToes"][1]
    toes = (island.points[:, 1] < ball[1]) * 1.0
    return diffused({"leftFoot": 1.0 - toes, "leftToes": toes}, island.edges, 8)


def head(modelled: np.ndarray, jaw: np.ndarray) -> Weights:
    """Head and neck of points at life size: the border tilts, so that chin and jaw stay with the head.

    jaw: (V,) how far each goes with the jaw; that share of the head's weight is the jaw bone's.
    """
    share = smoothstep(0.0, 72.0, modelled[:, 2] - 0.40 * (modelled[:, 1] + 35.0) - 1500.0)
    free = at_collar(figure.enlarged_head(modelled)[:, 2])
    return {"head": share * (1.0 - jaw), "neck": (1.0 - share) * free, "jaw": share * jaw,
            "upperChest": (1.0 - share) * (1.0 - free)}


def at_collar(z: np.ndarray) -> np.ndarray:
    """How far skin, shirt and collar go with the neck at a height: the same for all three, or skin shows through."""
    return smoothstep(1435.0, 1520.0, z)


def rigid(island: Island, bone: str) -> Weights:
    return {bone: np.ones(len(island.points))}
