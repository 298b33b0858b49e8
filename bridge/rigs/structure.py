"""Which bone is what, from positions and parents alone: names are never read.

A body is found by its symmetry, its two legs that reach the ground and its two arms that end in a fan of fingers
or far to the side. Lengths are shares of the rig's height. The measures and thresholds were tuned on some twenty
rigs of different makers.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np

from . import fingers
from .names import LEFT, RIGHT
from .rest import Rest
from .shape import ON_PLANE, Shape, shape_of


@dataclass(frozen=True)
class Body:
    """Bones by place: joints (canonical name -> bone), the chains of spine and neck from the hips upwards."""

    joints: dict[str, int]
    spine: tuple[int, ...]
    neck: tuple[int, ...]


def find(rest: Rest, deform: np.ndarray) -> Body | None:
    """The body of a rig, or None where its geometry shows none. deform: (B,) bool, bones that move a mesh."""
    shape = shape_of(rest, deform)
    if shape is None:
        return None
    starts = [b for b, mate in shape.mate.items() if shape.side[b] > 0
              and (shape.parent(b) < 0 or shape.side[shape.parent(b)] < ON_PLANE) and mate != b]
    leg = _leg(shape, starts)
    arm = _arm(shape, [s for s in starts if leg is None or s not in shape.under(leg[0])])
    if leg is None or arm is None:
        return None
    return _assemble(shape, leg, arm)


# ---- legs ------------------------------------------------------------------------------------------------

def _leg(shape: Shape, starts: list[int]) -> tuple[int, list[int]] | None:
    """(start, [hip, knee, ankle, toe]) of the side with positive distance; the toe may be missing."""
    z = shape.points[:, 2]
    best, found = -np.inf, None
    for start in starts:
        if z[start] < 0.2 or min(z[shape.under(start)]) > 0.1:
            continue
        for path in {tuple(path) for path in shape.paths(start)}:
            for a, b, c in combinations(range(len(path)), 3):
                score = _leg_score(shape, path, a, b, c)
                if score > best:
                    best, found = score, (start, [path[a], path[b], path[c]], path[c + 1:])
    if found is None or best < -20:
        return None
    start, joints, _ = found
    toe = _toe(shape, joints[2])
    return start, joints + ([] if toe is None else [toe])


def _leg_score(shape: Shape, path: tuple[int, ...], a: int, b: int, c: int) -> float:
    p = shape.points[list(path)]
    upper, lower = p[b] - p[a], p[c] - p[b]
    u, low = np.linalg.norm(upper), np.linalg.norm(lower)
    if u < 0.05 or low < 0.05:
        return -np.inf
    down = -(upper[2] / u + lower[2] / low) / 2
    ahead = 0.0
    if c + 1 < len(path):
        foot = p[c + 1] - p[c]
        ahead = np.linalg.norm(foot[:2]) / max(np.linalg.norm(foot), 1e-9)
    score = -(np.log(u / low) / 0.25) ** 2 / 2 + 2 * down + 1.2 * ahead + 3 * (u + low)
    score -= 60 * max(0.0, p[c][2] - 0.12)
    return score - 25 * max(0.0, _bulge(p, a, b, c) - 0.045)


def _bulge(p: np.ndarray, a: int, b: int, c: int) -> float:
    """How far the joints between lie off the straight lines a-b and b-c, as a share of the segment."""
    worst = 0.0
    for first, last in ((a, b), (b, c)):
        line = p[last] - p[first]
        length = np.linalg.norm(line)
        for k in range(first + 1, last):
            off = np.linalg.norm(np.cross(line, p[k] - p[first])) / length
            worst = max(worst, off / length)
    return worst


def _toe(shape: Shape, ankle: int) -> int | None:
    """The ball of the foot: the first bone far enough ahead of the ankle and low enough."""
    p = shape.points
    below = shape.under(ankle)[1:]
    if not below:
        return None
    reach = {b: float(np.linalg.norm(p[b][:2] - p[ankle][:2])) for b in below}
    far = max(reach.values())
    good = [b for b in below if reach[b] > 0.3 * far and p[b][2] < 0.45 * p[ankle][2]]
    if not good:
        return max(below, key=reach.get)
    depth = {b: len(shape.rest.ancestors(b)) for b in good}
    shallow = [b for b in good if depth[b] == min(depth.values())]
    middle = np.median([shape.side[b] for b in shallow])
    # of five toes the big one, that is the innermost, carries the foot's line best
    return min(shallow, key=lambda b: shape.side[b]) if len(shallow) > 2 else \
        min(shallow, key=lambda b: abs(shape.side[b] - middle))


# ---- arms ------------------------------------------------------------------------------------------------

def _arm(shape: Shape, starts: list[int]) -> tuple[int, list[int]] | None:
    """(start, [shoulder, elbow, wrist]) of the side with positive distance."""
    z = shape.points[:, 2]
    best, found = -np.inf, None
    for start in starts:
        if z[start] < 0.35 or min(z[shape.under(start)]) < 0.12:
            continue
        for wrist, worth in _wrists(shape, start):
            path = [*reversed([a for a in shape.rest.ancestors(wrist) if a in shape.under(start)]), wrist]
            for a, b in combinations(range(len(path) - 1), 2):
                score = worth + _arm_score(shape, path[a], path[b], wrist)
                if score > best:
                    best, found = score, (start, [path[a], path[b], wrist])
    return found


def _wrists(shape: Shape, start: int) -> list[tuple[int, float]]:
    """Bones that may be the wrist, each with what speaks for it: a fan of fingers, or being far out."""
    p = shape.points
    fans = []
    for bone in shape.under(start):
        chains = [c for c in shape.children[bone] if len(shape.under(c)) >= 2]
        reach = float(np.linalg.norm(p[bone] - p[start]))
        if len(chains) >= 2 and reach > 0.12:
            fans.append((bone, len(chains) + 5 * reach))
    if fans:
        return fans
    outermost = max(shape.under(start), key=lambda b: shape.side[b])
    line = [b for b in [outermost, *shape.rest.ancestors(outermost)] if b in shape.under(start)]
    return [(b, 0.0) for b in line if shape.side[b] > 0.12]


def _arm_score(shape: Shape, shoulder: int, elbow: int, wrist: int) -> float:
    p = shape.points
    u, low = np.linalg.norm(p[elbow] - p[shoulder]), np.linalg.norm(p[wrist] - p[elbow])
    if u < 0.03 or low < 0.03:
        return -np.inf
    out = max(shape.side[shoulder], 1e-3) / (u + low)
    return float(-(np.log(u / (1.08 * low)) / 0.25) ** 2 / 2 - (np.log(out / 0.33) / 0.5) ** 2 / 2 + 2 * (u + low))


# ---- trunk -----------------------------------------------------------------------------------------------

def _assemble(shape: Shape, leg: tuple[int, list[int]], arm: tuple[int, list[int]]) -> Body | None:
    hips = _hips(shape, leg[1][0], arm[1][0])
    trunk = _trunk(shape, hips, arm) if hips is not None else None
    if trunk is None:
        return None
    spine, neck, head = trunk
    joints = {"hips": hips, "head": head}
    sides = (LEFT, RIGHT) if _positive_is_left(shape, leg[1]) else (RIGHT, LEFT)
    clavicle = _clavicle(shape, arm[1][0], {*spine, *neck, hips})
    far = _far_side(shape, leg[1], arm[1], clavicle)
    if far is None:
        return None
    for side, limbs in zip(sides, ((leg[1], arm[1], clavicle), far), strict=True):
        joints |= _limbs(side, *limbs)
        joints |= fingers.find(shape, side, limbs[1][2])
    return Body(joints, tuple(spine), tuple(neck))


def _hips(shape: Shape, thigh: int, shoulder: int) -> int | None:
    """The deepest bone over leg and arm, or a parent close by that carries both."""
    over_arm = set(shape.rest.ancestors(shoulder))
    hips = next((b for b in shape.rest.ancestors(thigh) if b in over_arm), None)
    if hips is None:
        return None
    p = shape.points
    while (parent := shape.parent(hips)) >= 0 and np.linalg.norm(p[parent] - p[hips]) < 0.08 and p[parent][2] > 0.25:
        hips = parent
    return hips


def _trunk(shape: Shape, hips: int, arm: tuple[int, list[int]]) -> tuple[list[int], list[int], int] | None:
    """(spine, neck, head) on the way from the hips to the arms and above."""
    p = shape.points
    up = shape.rest.ancestors(arm[1][0])
    other = shape.mate.get(arm[1][0])
    chest = next((b for b in up if other in shape.under(b)), None)
    if chest is None or (hips not in [chest, *shape.rest.ancestors(chest)]):
        return None
    necks: list[int] = []
    if p[chest][2] > p[arm[1][0]][2] + 0.025 and shape.parent(chest) >= 0:
        necks, chest = [chest], shape.parent(chest)  # clavicles that hang on the neck, as in 3ds Max
    spine = [b for b in reversed([chest, *shape.rest.ancestors(chest)]) if hips in shape.rest.ancestors(b)]
    start = necks[0] if necks else _neck(shape, chest, hips, arm[0], arm[1][0])
    if start is None:
        return None
    line = _upwards(shape, start)
    head = _head(shape, line)
    return spine, line[:line.index(head)], head


def _neck(shape: Shape, chest: int, hips: int, arm_start: int, shoulder: int) -> int | None:
    p = shape.points
    other = shape.mate.get(shoulder)
    line = [b for b in [chest, *shape.rest.ancestors(chest)] if b == hips or hips in shape.rest.ancestors(b)]
    for base in line:
        near = [c for c in shape.children[base]
                if shape.on_plane(c) and c not in line and not {arm_start, other}.intersection(shape.under(c))
                and max(p[b][2] for b in shape.under(c)) > p[hips][2] + 0.2 and p[c][2] > p[hips][2] + 0.1]
        if near:
            return max(near, key=lambda c: len(shape.under(c)) + 20 * p[c][2])
    return None


def _upwards(shape: Shape, start: int) -> list[int]:
    p = shape.points
    line = [start]
    while True:
        higher = [c for c in shape.children[line[-1]]
                  if shape.on_plane(c) and p[c][2] > p[line[-1]][2] + 0.25 * np.linalg.norm(p[c] - p[line[-1]])]
        if not higher:
            return line
        line.append(max(higher, key=lambda c: len(shape.under(c))))


def _head(shape: Shape, line: list[int]) -> int:
    """The first bone with a face or hair on it, else the one with the longest way up."""
    p = shape.points
    for bone in line[1:]:
        if len(shape.children[bone]) >= 2:
            return bone
    if len(line) == 1:
        return line[0]
    ways = [p[b][2] - p[a][2] for a, b in pairwise(line)] + [0.09]
    if len(line) > 2 and not shape.children[line[-1]] and (ways[-2] > 0.05 or _is_end(shape.rest, line[-1])):
        return line[-2]
    return line[1 + int(np.argmax(ways[1:]))]


def _is_end(rest: Rest, leaf: int) -> bool:
    """Whether an importer made the leaf up: it is as long as the way from its parent."""
    own = np.linalg.norm(rest.tails[leaf] - rest.heads[leaf])
    before = np.linalg.norm(rest.heads[leaf] - rest.heads[rest.parents[leaf]])
    return bool(abs(own - before) < 0.02 * before)


def _positive_is_left(shape: Shape, leg: list[int]) -> bool:
    """The character looks from ankle to toe, without toes to where its knees bend, else along -Y; its left is
    up x forward."""
    p = shape.points
    ahead = p[leg[3]] - p[leg[2]] if len(leg) > 3 else p[leg[1]] - (p[leg[0]] + p[leg[2]]) / 2
    if np.linalg.norm(ahead[:2]) < 0.005:
        ahead = np.array((0.0, -1.0, 0.0))
    return bool(np.cross((0, 0, 1.0), ahead) @ shape.normal > 0)


def _clavicle(shape: Shape, shoulder: int, trunk: set[int]) -> int | None:
    """The first bone off the trunk on the way to the arm, where there is one before the arm itself."""
    way = [b for b in shape.rest.ancestors(shoulder) if not trunk.intersection((b, *shape.under(b)))]
    return way[-1] if way else None


def _far_side(shape: Shape, leg: list[int], arm: list[int], clavicle: int | None
              ) -> tuple[list[int], list[int], int | None] | None:
    """Leg, arm and clavicle of the other side, by their mirrored places."""
    legs, arms = [shape.mate.get(b) for b in leg], [shape.mate.get(b) for b in arm]
    if None in legs[:3] or None in arms:
        return None
    trunk = set(shape.rest.ancestors(clavicle)) if clavicle is not None else set()
    way = [b for b in shape.rest.ancestors(arms[0]) if b not in trunk]
    return [b for b in legs if b is not None], arms, way[-1] if way and trunk else None


def _limbs(side: str, leg: list[int], arm: list[int], clavicle: int | None) -> dict[str, int]:
    names = ("UpperLeg", "LowerLeg", "Foot", "Toes")
    found = {side + name: bone for name, bone in zip(names, leg, strict=False)}
    found |= {side + name: bone for name, bone in zip(("UpperArm", "LowerArm", "Hand"), arm, strict=True)}
    if clavicle is not None:
        found[f"{side}Shoulder"] = clavicle
    return found
