"""The twist of arms spread over the bones of a rig, so that neither elbow nor wrist is wrung."""

from __future__ import annotations

import numpy as np

from ..body.rotations import conjugate, from_rotation_vector, multiply, twist_angle
from .driven import Driven
from .matching import Match
from .stance import Stance

ARMS = ("leftUpperArm", "rightUpperArm", "leftLowerArm", "rightLowerArm")


def spread(turns: np.ndarray, bones: Driven, match: Match, source: dict[str, np.ndarray], joint: str,
           aligned: np.ndarray, target: Stance) -> None:
    """Spreads the twist of an upper or lower arm over its twist bones, in turns (T, N, 4).

    source: joint -> (T, 4) global turns. aligned: (4,) the joint's alignment.

    A bone in the chain (Daz, MakeHuman) takes all of it from the limb before it. Bones beside the limb take it by
    their place along it, the forearm itself none of it, the upper arm all. A forearm without twist bones takes
    the family's share, the hand the rest.
    """
    above = joint.replace("Lower", "Upper") if "Lower" in joint else joint.replace("UpperArm", "Shoulder")
    local = multiply(conjugate(source[above]), source[joint])
    axis = np.array((1.0, 0.0, 0.0))
    angle = np.unwrap(twist_angle(local, axis))[:, None] * axis
    swing = multiply(multiply(source[above], local), from_rotation_vector(-angle))
    limb = bones.index[match.joints[joint]]
    following = _following(bones, match, joint)
    along, in_chain = match.twists.get(joint, ()), False
    for name in along:
        bone = bones.index[name]
        chained = following is not None and bone in bones.line(following)
        share = 1.0 if chained else _along(bones, bone, limb, target, joint)
        in_chain |= chained
        turns[:, bone] = multiply(multiply(swing, from_rotation_vector(share * angle)), aligned)
    if in_chain or "Lower" in joint:
        share = 0.0 if along else match.at_elbow
        turns[:, limb] = multiply(multiply(swing, from_rotation_vector(share * angle)), aligned)


def _following(bones: Driven, match: Match, joint: str) -> int | None:
    after = joint.replace("LowerArm", "Hand") if "Lower" in joint else joint.replace("Upper", "Lower")
    return bones.index[match.joints[after]] if after in match.joints else None


def _along(bones: Driven, bone: int, limb: int, target: Stance, joint: str) -> float:
    """Share of the limb at which a bone beside it begins."""
    way = target.way(joint)
    return float(np.clip((bones.heads[bone] - bones.heads[limb]) @ way / (way @ way), 0.0, 1.0))
