"""A body put together from one source: a family's names, the words in names, or geometry."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..problems import Problem
from . import structure, words
from .family import FACE, FINGERS, Family, families
from .names import LEFT, RIGHT, plain, without_namespace
from .rest import Rest
from .rig import Rig

CORE = ("hips", "spine", "neck", "head",
        *(side + part for side in (LEFT, RIGHT)
          for part in ("UpperArm", "LowerArm", "Hand", "UpperLeg", "LowerLeg", "Foot", "Shoulder", "Toes")))
_LINES = tuple((side + a, side + b) for side in (LEFT, RIGHT)
               for a, b in (("UpperArm", "LowerArm"), ("LowerArm", "Hand"), ("UpperLeg", "LowerLeg"),
                            ("LowerLeg", "Foot")))


@dataclass
class Draft:
    """A body being put together."""

    joints: dict[str, str]
    spine: list[str]
    neck: list[str]
    source: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


# ---- by family ---------------------------------------------------------------------------------------------

def family_of(rig: Rig, rest: Rest) -> Family | None:
    """The family with the most of its names in the rig; of equals the one with the fewest names missing."""
    best, found = (False, 0.0, 0.0), None
    spoken: dict[str | None, dict[str, list[str]]] = {}
    for family in families():
        prefix = family.prefix.pattern if family.prefix else None
        if prefix not in spoken:
            spoken[prefix] = by_name(rig, family)
        score = _score(rest, family, spoken[prefix])
        if score is not None and score > best:
            best, found = score, family
    return found


def _score(rest: Rest, family: Family, bones: dict[str, list[str]]) -> tuple[bool, float, float] | None:
    """(is a control rig, names found, share of the family's names found), or None where it is not this family."""
    joints = {joint: bone for joint, names in family.joints.items()
              if joint not in FACE and (bone := pick(bones, names))}
    core = [joint for joint in CORE if joint in family.joints]
    held = [joint for joint in core if joint in joints]
    arms_or_legs = all(f"{side}{part}" in joints for side in (LEFT, RIGHT) for part in ("UpperArm", "Hand")) or \
        all(f"{side}{part}" in joints for side in (LEFT, RIGHT) for part in ("UpperLeg", "Foot"))
    if "hips" not in joints or len(held) < 0.5 * len(core) or not arms_or_legs:
        return None
    if not _in_line(rest, joints):
        return None
    chain = [pick(bones, names) for names in (*family.spine, *family.neck)]
    names = len(family.joints.keys() - set(FACE)) + len(chain)
    count = len(joints) + sum(bone is not None for bone in chain)
    weight = len(held) + sum(bone is not None for bone in chain) + 0.1 * (count - len(held))
    return family.controls, weight, count / names


def _in_line(rest: Rest, joints: dict[str, str]) -> bool:
    """Whether nearly all limbs hang together as limbs do."""
    pairs = [(joints[a], joints[b]) for a, b in _LINES if a in joints and b in joints]
    wrong = sum(rest.index[a] not in rest.ancestors(rest.index[b]) for a, b in pairs)
    return wrong <= 0.25 * len(pairs)


def by_name(rig: Rig, family: Family) -> dict[str, list[str]]:
    """Plain and exact names, with the family's prefix taken off, to bones."""
    found: dict[str, list[str]] = {}
    for bone in rig.bones:
        bare = without_namespace(bone.name)
        if family.prefix and (said := family.prefix.match(bare)):
            bare = bare[said.end():]
        found.setdefault("=" + bare, []).append(bone.name)
        found.setdefault(plain(bare), []).append(bone.name)
    return found


def pick(bones: dict[str, list[str]], names: tuple[str, ...]) -> str | None:
    return next(iter(named(bones, names)), None)


def named(bones: dict[str, list[str]], names: tuple[str, ...]) -> list[str]:
    """The bones with the first of ``names`` that any bone has, spelt exactly or plainly."""
    return next((bones[spelt] for name in names for spelt in ("=" + name, plain(name)) if spelt in bones), [])


def by_family(rig: Rig, family: Family) -> Draft:
    bones = by_name(rig, family)
    _refuse_two(rig, family, bones)
    joints = {joint: bone for joint, names in family.joints.items() if (bone := pick(bones, names))}
    spine, neck = ([bone for names in chain if (bone := pick(bones, names))] for chain in (family.spine, family.neck))
    return Draft(joints, spine, neck, dict.fromkeys([*joints, "spine", "neck"], "family"))


def _refuse_two(rig: Rig, family: Family, bones: dict[str, list[str]]) -> None:
    """Two skeletons in one armature have every name twice, told apart by a namespace or a prefix."""
    there = [found for names in family.joints.values() if (found := named(bones, names))]
    twice = [found for found in there if len(found) > 1]
    if len(twice) > len(there) / 2:
        raise Problem("rig.ambiguous", name=rig.name, one=twice[0][0], other=twice[0][1])


# ---- by words and geometry -----------------------------------------------------------------------------------

def by_words(rig: Rig, rest: Rest, seen: Draft | None) -> Draft:
    """Where several bones carry the same word, geometry says which is meant, else the first."""
    said = words.read(rig)
    shown = seen.joints if seen else {}
    joints = {joint: shown[joint] if shown.get(joint) in bones else bones[0]
              for joint, bones in said.items() if joint not in ("spine", "neck")}
    for above, below in _LINES:
        if above in joints and below in joints and not hangs(rest, joints[below], joints[above]):
            joints.pop(below)
    spine = _chain(rest, said.get("spine", []), joints.get("head"))
    neck = [bone for bone in _chain(rest, said.get("neck", []), joints.get("head")) if bone not in spine]
    if "hips" not in joints and "leftUpperLeg" in joints:
        joints |= _hips_over(rest, joints)
        spine = [bone for bone in spine if bone != joints.get("hips")]
    return Draft(joints, spine, neck, dict.fromkeys([*joints, "spine", "neck"], "words"))


def hangs(rest: Rest, bone: str, above: str) -> bool:
    return rest.index[above] in rest.ancestors(rest.index[bone])


def _chain(rest: Rest, bones: list[str], end: str | None) -> list[str]:
    """Those of the bones that lie on one line up to ``end`` (or to the last of them), upwards."""
    if not bones:
        return []
    last = rest.index[end] if end else max((rest.index[bone] for bone in bones), key=lambda b: len(rest.ancestors(b)))
    line = [rest.names[b] for b in reversed([last, *rest.ancestors(last)])]
    return [bone for bone in line if bone in bones]


def _hips_over(rest: Rest, joints: dict[str, str]) -> dict[str, str]:
    over = rest.ancestors(rest.index[joints["leftUpperLeg"]])
    other = rest.ancestors(rest.index[joints["rightUpperLeg"]]) if "rightUpperLeg" in joints else over
    both = next((b for b in over if b in other), None)
    return {} if both is None else {"hips": rest.names[both]}


def by_geometry(rest: Rest, body: structure.Body | None) -> Draft | None:
    if body is None:
        return None
    joints = {joint: rest.names[bone] for joint, bone in body.joints.items()}
    spine, neck = ([rest.names[bone] for bone in chain] for chain in (body.spine, body.neck))
    return Draft(joints, spine, neck, dict.fromkeys([*joints, "spine", "neck"], "geometry"))


def complete(draft: Draft, seen: Draft) -> None:
    """Adds from geometry what names left open, where no bone is taken twice."""
    taken = {*draft.joints.values(), *draft.spine, *draft.neck}
    fingers = any("Proximal" in joint for joint in draft.joints)
    for joint, bone in seen.joints.items():
        finger = any(part in joint for part in FINGERS)
        if joint not in draft.joints and bone not in taken and not (finger and fingers):
            draft.joints[joint], draft.source[joint] = bone, "geometry"
    for chain in ("spine", "neck"):
        if not getattr(draft, chain) and taken.isdisjoint(getattr(seen, chain)):
            setattr(draft, chain, list(getattr(seen, chain)))
            draft.source[chain] = "geometry"


def drop_doubles(draft: Draft) -> None:
    """A bone can be one joint only: the first that named it keeps it."""
    owner: dict[str, str] = {}
    for joint, bone in list(draft.joints.items()):
        if bone in owner:
            draft.joints.pop(joint)
            draft.remarks.append(f"Bone {bone} answers to {owner[bone]} and {joint}; it is taken as {owner[bone]}")
        owner.setdefault(bone, joint)
    draft.spine = [bone for bone in draft.spine if bone not in owner]
    draft.neck = [bone for bone in draft.neck if bone not in owner and bone not in draft.spine]
