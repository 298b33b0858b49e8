"""Which bone of a rig is which joint of the body: by family, by the words in names, by geometry.

A family of known names is looked for first. Where none fits, words in the names and the rig's geometry are asked
together; geometry also confirms or doubts what names say. numpy and the standard library only.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..problems import Problem
from . import structure, words
from .family import AT_ELBOW, FINGERS, Family, families, finger_joints
from .names import LEFT, RIGHT, plain, without_namespace
from .rest import Rest, rest_of
from .rig import Rig

SPINE_JOINTS = ("spine", "chest", "upperChest")
LIMBS = ("UpperArm", "LowerArm", "Hand", "UpperLeg", "LowerLeg", "Foot")
CORE = ("hips", "spine", "neck", "head",
        *(side + part for side in (LEFT, RIGHT) for part in (*LIMBS, "Shoulder", "Toes")))
FACE = ("jaw", "leftEye", "rightEye")
_LINES = tuple((side + a, side + b) for side in (LEFT, RIGHT)
               for a, b in (("UpperArm", "LowerArm"), ("LowerArm", "Hand"), ("UpperLeg", "LowerLeg"),
                            ("LowerLeg", "Foot")))
# how sure a source is, with geometry saying the same, nothing, or otherwise
_SURE = {"family": (1.0, 0.95, 0.8), "words": (0.9, 0.7, 0.4)}
_BY_GEOMETRY = 0.6
_FEWEST_JOINTS = 8


@dataclass(frozen=True)
class Match:
    """The body found in a rig.

    family: name of the family, "words" or "geometry". joints: canonical joint -> bone that is keyed (with jaw,
    leftEye, rightEye where there are such bones). spine, neck: all bones between hips and head, upwards; joints
    names up to three of the spine and the first of the neck. twists: limb joint -> twist bones along it.
    confidence: joint -> 0..1; certainty: mean over the 20 joints of the trunk and limbs, absent ones counting 0.
    missing: canonical joints without a bone. remarks: sentences for a person. at_elbow: see ``family``.
    places: joint, "spine.0" … -> bone whose head is the joint, where that is not the keyed bone. also, follows,
    settings: of a control rig (see ``family``).
    """

    family: str
    joints: dict[str, str]
    spine: tuple[str, ...]
    neck: tuple[str, ...]
    twists: dict[str, tuple[str, ...]]
    confidence: dict[str, float]
    certainty: float
    missing: tuple[str, ...]
    remarks: tuple[str, ...]
    at_elbow: float = AT_ELBOW
    places: dict[str, str] = field(default_factory=dict)
    also: dict[str, str] = field(default_factory=dict)
    follows: dict[str, str] = field(default_factory=dict)
    settings: tuple[tuple[str, str, float], ...] = ()

    def place(self, joint: str) -> str:
        """The bone whose head is the joint."""
        return self.places.get(joint) or self.joints[joint]


@dataclass
class _Draft:
    """A body being put together."""

    joints: dict[str, str]
    spine: list[str]
    neck: list[str]
    source: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


def match(rig: Rig) -> Match:
    """Raises ``Problem`` rig.no_match where the armature shows no body, rig.ambiguous where it shows two."""
    rest = rest_of(rig)
    body = structure.find(rest, np.array([bone.deform for bone in rig.bones], bool))
    seen = _by_geometry(rest, body)
    family = _family_of(rig, rest)
    if family is not None:
        draft, name = _by_family(rig, family), family.name
    else:
        draft, name = _by_words(rig, rest, seen), "words"
        if seen and len(_core(draft)) < len(_core(seen)) // 2:
            draft, name = seen, "geometry"
    if seen is not None and not (family and family.controls):
        _complete(draft, seen)
    _drop_doubles(draft)
    _check(rig, draft)
    return _finish(rig, rest, draft, seen, family, name)


def landmarks(rig: Rig) -> dict[str, str]:
    """The match in the project's landmark names: hips, spine, neck, head, clavicle.L, shoulder.L … little as pinky.

    A value is the bone whose head is the landmark, or "bone:tail".
    """
    found = match(rig)
    named = {"hips": "hips", "neck": "neck", "head": "head"}
    for side, mark in ((LEFT, ".L"), (RIGHT, ".R")):
        named |= {landmark + mark: side + part for landmark, part in (
            ("clavicle", "Shoulder"), ("shoulder", "UpperArm"), ("elbow", "LowerArm"), ("wrist", "Hand"),
            ("hip", "UpperLeg"), ("knee", "LowerLeg"), ("ankle", "Foot"), ("toe", "Toes"))}
    result = {landmark: found.place(joint) for landmark, joint in named.items() if joint in found.joints}
    if found.spine:
        middle = len(found.spine) // 2
        result["spine"] = found.places.get(f"spine.{middle}") or found.spine[middle]
    if "neck.0" in found.places:
        result["neck"] = found.places["neck.0"]
    for side, mark in ((LEFT, ".L"), (RIGHT, ".R")):
        foot = f"{side}Foot"
        if foot in found.joints and f"toe{mark}" not in result:
            result[f"toe{mark}"] = f"{found.place(foot)}:tail"
        for finger in FINGERS:
            result |= _finger_landmarks(found, side, finger, mark)
    return result


def _finger_landmarks(found: Match, side: str, finger: str, mark: str) -> dict[str, str]:
    name = "pinky" if finger == "Little" else finger.lower()
    line = [found.place(joint) for joint in finger_joints(side, finger, 3) if joint in found.joints]
    result = {f"{name}{i + 1}{mark}": bone for i, bone in enumerate(line)}
    if line:
        result[f"{name}_tip{mark}"] = f"{line[-1]}:tail"
    return result


# ---- by family ---------------------------------------------------------------------------------------------

def _family_of(rig: Rig, rest: Rest) -> Family | None:
    """The family with the most of its names in the rig; of equals the one with the fewest names missing."""
    best, found = (False, 0.0, 0.0), None
    spoken: dict[str | None, dict[str, list[str]]] = {}
    for family in families():
        prefix = family.prefix.pattern if family.prefix else None
        if prefix not in spoken:
            spoken[prefix] = _by_name(rig, family)
        score = _score(rest, family, spoken[prefix])
        if score is not None and score > best:
            best, found = score, family
    return found


def _score(rest: Rest, family: Family, bones: dict[str, list[str]]) -> tuple[bool, float, float] | None:
    """(is a control rig, names found, share of the family's names found), or None where it is not this family."""
    joints = {joint: bone for joint, names in family.joints.items()
              if joint not in FACE and (bone := _pick(bones, names))}
    core = [joint for joint in CORE if joint in family.joints]
    held = [joint for joint in core if joint in joints]
    arms_or_legs = all(f"{side}{part}" in joints for side in (LEFT, RIGHT) for part in ("UpperArm", "Hand")) or \
        all(f"{side}{part}" in joints for side in (LEFT, RIGHT) for part in ("UpperLeg", "Foot"))
    if "hips" not in joints or len(held) < 0.5 * len(core) or not arms_or_legs:
        return None
    if not _in_line(rest, joints):
        return None
    chain = [_pick(bones, names) for names in (*family.spine, *family.neck)]
    names = len(family.joints.keys() - set(FACE)) + len(chain)
    count = len(joints) + sum(bone is not None for bone in chain)
    weight = len(held) + sum(bone is not None for bone in chain) + 0.1 * (count - len(held))
    return family.controls, weight, count / names


def _in_line(rest: Rest, joints: dict[str, str]) -> bool:
    """Whether nearly all limbs hang together as limbs do."""
    pairs = [(joints[a], joints[b]) for a, b in _LINES if a in joints and b in joints]
    wrong = sum(rest.index[a] not in rest.ancestors(rest.index[b]) for a, b in pairs)
    return wrong <= 0.25 * len(pairs)


def _by_name(rig: Rig, family: Family) -> dict[str, list[str]]:
    """Plain and exact names, with the family's prefix taken off, to bones."""
    found: dict[str, list[str]] = {}
    for bone in rig.bones:
        bare = without_namespace(bone.name)
        if family.prefix and (said := family.prefix.match(bare)):
            bare = bare[said.end():]
        found.setdefault("=" + bare, []).append(bone.name)
        found.setdefault(plain(bare), []).append(bone.name)
    return found


def _pick(bones: dict[str, list[str]], names: tuple[str, ...]) -> str | None:
    for name in names:
        for spelled in ("=" + name, plain(name)):
            if spelled in bones:
                return bones[spelled][0]
    return None


def _by_family(rig: Rig, family: Family) -> _Draft:
    bones = _by_name(rig, family)
    _refuse_two(rig, family, bones)
    joints = {joint: bone for joint, names in family.joints.items() if (bone := _pick(bones, names))}
    spine, neck = ([bone for names in chain if (bone := _pick(bones, names))] for chain in (family.spine, family.neck))
    return _Draft(joints, spine, neck, dict.fromkeys([*joints, "spine", "neck"], "family"))


def _refuse_two(rig: Rig, family: Family, bones: dict[str, list[str]]) -> None:
    """Two skeletons in one armature have every name twice, told apart by a namespace or a prefix."""
    twice = [found for names in family.joints.values() if len(found := bones.get("=" + names[0], ())) > 1]
    if len(twice) > len(family.joints) / 2:
        raise Problem("rig.ambiguous", name=rig.name, one=twice[0][0], other=twice[0][1])


# ---- by words and geometry -----------------------------------------------------------------------------------

def _by_words(rig: Rig, rest: Rest, seen: _Draft | None) -> _Draft:
    """Where several bones carry the same word, geometry says which is meant, else the first."""
    said = words.read(rig)
    shown = seen.joints if seen else {}
    joints = {joint: shown[joint] if shown.get(joint) in bones else bones[0]
              for joint, bones in said.items() if joint not in ("spine", "neck")}
    for above, below in _LINES:
        if above in joints and below in joints and not _hangs(rest, joints[below], joints[above]):
            joints.pop(below)
    spine = _chain(rest, said.get("spine", []), joints.get("head"))
    neck = [bone for bone in _chain(rest, said.get("neck", []), joints.get("head")) if bone not in spine]
    if "hips" not in joints and "leftUpperLeg" in joints:
        joints |= _hips_over(rest, joints)
        spine = [bone for bone in spine if bone != joints.get("hips")]
    return _Draft(joints, spine, neck, dict.fromkeys([*joints, "spine", "neck"], "words"))


def _hangs(rest: Rest, bone: str, above: str) -> bool:
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


def _by_geometry(rest: Rest, body: structure.Body | None) -> _Draft | None:
    if body is None:
        return None
    joints = {joint: rest.names[bone] for joint, bone in body.joints.items()}
    spine, neck = ([rest.names[bone] for bone in chain] for chain in (body.spine, body.neck))
    return _Draft(joints, spine, neck, dict.fromkeys([*joints, "spine", "neck"], "geometry"))


def _complete(draft: _Draft, seen: _Draft) -> None:
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


def _drop_doubles(draft: _Draft) -> None:
    """A bone can be one joint only: the first that named it keeps it."""
    owner: dict[str, str] = {}
    for joint, bone in list(draft.joints.items()):
        if bone in owner:
            draft.joints.pop(joint)
            draft.remarks.append(f"Bone {bone} answers to {owner[bone]} and {joint}; it is taken as {owner[bone]}")
        owner.setdefault(bone, joint)
    draft.spine = [bone for bone in draft.spine if bone not in owner]
    draft.neck = [bone for bone in draft.neck if bone not in owner and bone not in draft.spine]


def _core(draft: _Draft) -> list[str]:
    return [joint for joint in CORE if joint in draft.joints or getattr(draft, joint, None)]


def _check(rig: Rig, draft: _Draft) -> None:
    if "hips" not in draft.joints:
        raise Problem("rig.no_match", name=rig.name, why="no bone could be told to be the hips")
    if len(_core(draft)) < _FEWEST_JOINTS:
        raise Problem("rig.no_match", name=rig.name, why="too few of its bones could be told")


# ---- the result --------------------------------------------------------------------------------------------

def _finish(rig: Rig, rest: Rest, draft: _Draft, seen: _Draft | None, family: Family | None, name: str) -> Match:
    _name_chains(draft)
    if not (family and family.controls):
        _name_face(rig, draft)
    confidence = {joint: _confidence(draft, seen, joint) for joint in draft.joints}
    wanted = [*CORE[:4], "chest", "upperChest", *CORE[4:]]
    wanted += [joint for side in (LEFT, RIGHT) for finger in FINGERS for joint in finger_joints(side, finger, 3)]
    missing = tuple(joint for joint in wanted if joint not in draft.joints)
    present = {bone.name for bone in rig.bones}
    return Match(
        family=name, joints=draft.joints, spine=tuple(draft.spine), neck=tuple(draft.neck),
        twists=_twists(rig, rest, family, draft), confidence=confidence,
        certainty=round(sum(confidence.get(joint, 0.0) for joint in CORE) / len(CORE), 3),
        missing=missing, at_elbow=family.at_elbow if family else AT_ELBOW,
        remarks=tuple(draft.remarks + _remarks(rig, draft, confidence, missing)),
        **(_controls(family, present, draft) if family and family.controls else {}))


def _name_chains(draft: _Draft) -> None:
    """The joints spine, chest, upperChest and neck from the chains: first, middle and last."""
    count = len(draft.spine)
    places = {1: (0,), 2: (0, 1)}.get(count, (0, count // 2, count - 1)) if count else ()
    for joint, place in zip(SPINE_JOINTS, places, strict=False):
        draft.joints[joint] = draft.spine[place]
    if draft.neck:
        draft.joints["neck"] = draft.neck[0]
    draft.source |= dict.fromkeys(SPINE_JOINTS, draft.source.get("spine", "geometry"))


def _name_face(rig: Rig, draft: _Draft) -> None:
    """Jaw and eyes by their words, where the family has none."""
    said = words.read(rig)
    taken = set(draft.joints.values())
    for joint in FACE:
        bones = [bone for bone in said.get(joint, []) if bone not in taken]
        if joint not in draft.joints and bones:
            draft.joints[joint], draft.source[joint] = bones[0], "words"


def _confidence(draft: _Draft, seen: _Draft | None, joint: str) -> float:
    source = draft.source.get(joint, "words")
    if source == "geometry":
        return _BY_GEOMETRY
    agree, silent, differ = _SURE[source]
    if seen is None or (joint not in seen.joints and joint not in (*SPINE_JOINTS, "neck")):
        return silent
    chain = seen.spine if joint in SPINE_JOINTS else seen.neck if joint == "neck" else [seen.joints[joint]]
    return agree if draft.joints[joint] in chain else differ


def _twists(rig: Rig, rest: Rest, family: Family | None, draft: _Draft) -> dict[str, tuple[str, ...]]:
    """Twist bones that may be keyed: those of the family that nothing else drives."""
    if family is None or not family.twists:
        return {}
    bones = _by_name(rig, family)
    free = {bone.name for bone in rig.bones if not bone.constraints}
    found = {}
    for joint, names in family.twists.items():
        line = [bone for name in names if (bone := _pick(bones, (name,))) and bone in free
                and joint in draft.joints and _hangs(rest, bone, draft.joints[joint])]
        if line:
            found[joint] = tuple(line)
    return found


def _controls(family: Family, present: set[str], draft: _Draft) -> dict:
    return {
        "places": {joint: bone for joint, bone in family.deform.items() if bone in present},
        "also": {bone: joint for bone, joint in family.also.items() if bone in present and joint in draft.joints},
        "follows": {bone: parent for bone, parent in family.follows.items() if {bone, parent} <= present},
        "settings": tuple(row for row in family.settings if row[0] in present),
    }


def _remarks(rig: Rig, draft: _Draft, confidence: dict[str, float], missing: tuple[str, ...]) -> list[str]:
    remarks = []
    if all(f"{side}UpperArm" in missing for side in (LEFT, RIGHT)):
        remarks.append(f"{rig.name} has no arms that could be found")
    if all(f"{side}UpperLeg" in missing for side in (LEFT, RIGHT)):
        remarks.append(f"{rig.name} has no legs that could be found: only the upper body moves")
    doubtful = [joint for joint in CORE if 0 < confidence.get(joint, 1.0) < 0.5]
    if doubtful:
        remarks.append("Names and shape of the rig disagree on "
                       + ", ".join(f"{joint} ({draft.joints[joint]})" for joint in doubtful)
                       + ": look at them before you generate")
    hands = sum(any(f"{side}{finger}{part}" in draft.joints for part in ("Proximal", "Metacarpal"))
                for side in (LEFT, RIGHT) for finger in FINGERS)
    if 0 < hands < 2 * len(FINGERS):
        remarks.append(f"{hands} of 10 fingers have bones")
    constrained = {bone.name: bone.constraints for bone in rig.bones if bone.constraints}
    held = [bone for bone in draft.joints.values() if bone in constrained]
    if held:
        remarks.append("Constraints may override the keys of " + ", ".join(sorted(held)))
    return remarks
