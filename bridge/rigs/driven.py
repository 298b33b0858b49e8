"""The bones of a rig that are keyed, as a skeleton of their own: what each follows and where it stands in rest.

Everything is in character space (see ``stance``), and every rotation of a bone is its turn from rest, so that
``turn`` of a bone = what it does to a vector of its rest. With D the turns, R the rest rotation and p the parent,
the channels of a bone hold ``R^-1 D_p^-1 D R``, and its head is ``x_p + D_p (h - h_p)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..body.rotations import conjugate, from_matrix, multiply, rotate
from .family import FACE
from .matching import Match
from .rest import Rest
from .rig import Bone, Rig


@dataclass(frozen=True)
class Driven:
    """N bones, a parent always before its children.

    parents: (N,) int, the bone each follows, -1 for none. inherits: (N,) bool, whether it turns with its parent.
    heads: (N, 3) metres. rests: (N, 4) rest rotations. mover: the bone whose location moves all others.
    """

    bones: tuple[Bone, ...]
    parents: np.ndarray
    inherits: np.ndarray
    heads: np.ndarray
    rests: np.ndarray
    mover: int

    def __len__(self) -> int:
        return len(self.bones)

    @cached_property
    def index(self) -> dict[str, int]:
        return {bone.name: place for place, bone in enumerate(self.bones)}

    @cached_property
    def levels(self) -> list[np.ndarray]:
        """Bones by their distance from a root."""
        depth = np.zeros(len(self), int)
        for n, parent in enumerate(self.parents):
            depth[n] = depth[parent] + 1 if parent >= 0 else 0
        return [np.flatnonzero(depth == level) for level in range(depth.max() + 1)]

    def line(self, bone: int) -> list[int]:
        """Parent, grandparent … of a bone."""
        found = []
        while (bone := int(self.parents[bone])) >= 0:
            found.append(bone)
        return found

    def places(self, turns: np.ndarray, shift: np.ndarray) -> np.ndarray:
        """(T, N, 3) heads of bones with turns (T, N, 4), the mover shifted by (T, 3) metres."""
        found = np.empty((*turns.shape[:2], 3))
        for level in self.levels:
            parents = self.parents[level]
            if parents[0] < 0:
                found[:, level] = self.heads[level]
            else:
                found[:, level] = found[:, parents] + rotate(turns[:, parents], self.heads[level] - self.heads[parents])
            if self.mover in level:
                found[:, self.mover] += shift
        return found

    def channels(self, turns: np.ndarray) -> np.ndarray:
        """(T, N, 4) rotation channels (pose basis) of the turns (T, N, 4)."""
        local = turns.copy()
        follow = np.flatnonzero((self.parents >= 0) & self.inherits)
        local[:, follow] = multiply(conjugate(turns[:, self.parents[follow]]), turns[:, follow])
        return multiply(conjugate(self.rests), multiply(local, self.rests))

    def turns(self, channels: np.ndarray) -> np.ndarray:
        """(T, N, 4) turns of rotation channels (T, N, 4): the reverse of ``channels``."""
        found = multiply(self.rests, multiply(channels, conjugate(self.rests)))
        for level in self.levels[1:]:
            follow = level[self.inherits[level]]
            found[:, follow] = multiply(found[:, self.parents[follow]], found[:, follow])
        return found


def driven(rig: Rig, rest: Rest, match: Match, turn: np.ndarray, also: tuple[str, ...] = ()) -> Driven:
    """The bones of a match that carry the body, and those of ``also``.

    turn: (3, 3) armature axes to character axes.
    """
    keyed = {*match.joints.values(), *match.spine, *match.neck, *match.also,
             *(bone for joint, line in match.twists.items() if joint.endswith("Arm") for bone in line)}
    keyed -= {match.joints[joint] for joint in FACE if joint in match.joints} - {*also}
    keyed.update(also)
    mover = _mover(rig, rest, match, keyed)
    keyed.add(mover)
    order = _parents_first(rest, match, keyed)
    place = {bone: n for n, bone in enumerate(order)}
    followed = [_followed(rest, match, keyed, bone) for bone in order]
    bones = tuple(rig.bones[rest.index[bone]] for bone in order)
    rows = [rest.index[bone] for bone in order]
    return Driven(
        bones=bones, parents=np.array([place[bone] if bone else -1 for bone in followed], int),
        inherits=np.array([_inherits(rig, rest, match, bone, parent)
                           for bone, parent in zip(order, followed, strict=True)], bool),
        heads=rest.unit * rest.heads[rows] @ turn.T, rests=from_matrix(turn @ rest.axes[rows]), mover=place[mover])


def _followed(rest: Rest, match: Match, keyed: set[str], bone: str) -> str | None:
    """The keyed bone that a bone follows: as the family says, else the nearest one up the hierarchy."""
    if (parent := match.follows.get(bone)) in keyed:
        return parent
    return next((rest.names[a] for a in rest.ancestors(rest.index[bone]) if rest.names[a] in keyed), None)


def _parents_first(rest: Rest, match: Match, keyed: set[str]) -> list[str]:
    order: list[str] = []

    def put(bone: str) -> None:
        if bone in order:
            return
        if parent := _followed(rest, match, keyed, bone):
            put(parent)
        order.append(bone)

    for bone in rest.names:
        if bone in keyed:
            put(bone)
    return order


def _inherits(rig: Rig, rest: Rest, match: Match, bone: str, parent: str | None) -> bool:
    """Whether no bone on the way up to the parent refuses its parent's rotation. In a control rig constraints
    stand in for what such bones refuse."""
    if parent is None or match.follows or match.settings:
        return True
    way = [rest.index[bone]]
    while rest.names[rest.parents[way[-1]]] != parent:
        way.append(int(rest.parents[way[-1]]))
    return all(rig.bones[b].inherit_rotation for b in way)


def _mover(rig: Rig, rest: Rest, match: Match, keyed: set[str]) -> str:
    """The bone whose location moves the body: the hips, or what is over them where other bones hang beside them.

    A bone connected to its parent ignores its location, so that the next one up moves.
    """
    hips = match.joints["hips"]
    line = [hips, *(rest.names[a] for a in rest.ancestors(rest.index[hips]))]
    lines = [{bone, *(rest.names[a] for a in rest.ancestors(rest.index[bone]))} for bone in keyed]
    over_all = [bone for bone in line if all(bone in found for found in lines)]
    start = line.index(over_all[0]) if over_all else 0
    free = [bone for bone in line[start:] if not rig.bones[rest.index[bone]].connect]
    return free[0] if free else hips
