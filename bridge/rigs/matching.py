"""Which bone of a rig is which joint of the body: by family, by the words in names, by geometry.

A family of known names is looked for first. Where none fits, words in the names and the rig's geometry are asked
together; geometry also confirms or doubts what names say. numpy and the standard library only.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..problems import Problem
from . import drafts, structure, words
from .drafts import CORE, Draft
from .family import AT_ELBOW, FACE, FINGERS, Family, Setting, finger_joints
from .names import LEFT, RIGHT
from .rest import Rest, rest_of
from .rig import Rig

SPINE_JOINTS = ("spine", "chest", "upperChest")
# how sure a source is, with geometry saying the same, nothing, or otherwise
_SURE = {"family": (1.0, 0.95, 0.8), "words": (0.9, 0.7, 0.4)}
_BY_GEOMETRY = 0.6
_OPTIONAL = ("Toes", "Shoulder", "neck")
_FEWEST_JOINTS = 8


@dataclass(frozen=True)
class Match:
    """The body found in a rig.

    family: name of the family, "words" or "geometry". joints: canonical joint -> bone that is keyed (with jaw,
    leftEye, rightEye where there are such bones). spine, neck: all bones between hips and head, upwards; joints
    names up to three of the spine and the first of the neck. twists: limb joint -> twist bones along it.
    confidence: joint -> 0..1; certainty: mean over trunk and limbs; absent ones count 0 but toes, clavicles, neck.
    missing: canonical joints without a bone. remarks: sentences for a person. at_elbow: see ``family``.
    places: joint, "spine.0" … -> bone whose head is the joint, where that is not the keyed bone. also, follows,
    settings, head_settings: of a control rig (see ``family``).
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
    settings: tuple[Setting, ...] = ()
    head_settings: tuple[Setting, ...] = ()

    def place(self, joint: str) -> str:
        """The bone whose head is the joint."""
        return self.places.get(joint) or self.joints[joint]


def match(rig: Rig) -> Match:
    """Raises ``Problem`` rig.no_match where the armature shows no body, rig.ambiguous where it shows two."""
    rest = rest_of(rig)
    body = structure.find(rest, np.array([bone.deform for bone in rig.bones], bool))
    seen = drafts.by_geometry(rest, body)
    family = drafts.family_of(rig, rest)
    if family is not None:
        draft, name = drafts.by_family(rig, family), family.name
    else:
        draft, name = drafts.by_words(rig, rest, seen), "words"
        if seen and len(_core(draft)) < len(_core(seen)) // 2:
            draft, name = seen, "geometry"
    if seen is not None and not (family and family.controls):
        drafts.complete(draft, seen)
    drafts.drop_doubles(draft)
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


def _core(draft: Draft) -> list[str]:
    return [joint for joint in CORE if joint in draft.joints or getattr(draft, joint, None)]


def _check(rig: Rig, draft: Draft) -> None:
    if "hips" not in draft.joints:
        raise Problem("rig.no_match", name=rig.name, why="no bone could be told to be the hips")
    if len(_core(draft)) < _FEWEST_JOINTS:
        raise Problem("rig.no_match", name=rig.name, why="too few of its bones could be told")


# ---- the result --------------------------------------------------------------------------------------------

def _finish(rig: Rig, rest: Rest, draft: Draft, seen: Draft | None, family: Family | None, name: str) -> Match:
    _name_chains(draft)
    if not (family and family.controls):
        _name_face(rig, draft)
    confidence = {joint: _confidence(draft, seen, joint) for joint in draft.joints}
    wanted = [*CORE[:4], "chest", "upperChest", *CORE[4:]]
    wanted += [joint for side in (LEFT, RIGHT) for finger in FINGERS for joint in finger_joints(side, finger, 3)]
    missing = tuple(joint for joint in wanted if joint not in draft.joints)
    return Match(
        family=name, joints=draft.joints, spine=tuple(draft.spine), neck=tuple(draft.neck),
        twists=_twists(rig, rest, family, draft), confidence=confidence,
        certainty=_certainty(confidence),
        missing=missing, at_elbow=_at_elbow(rig, family),
        remarks=tuple(draft.remarks + _remarks(rig, draft, confidence, missing)),
        **(_controls(family, rig, draft) if family and family.controls else {}))


def _name_chains(draft: Draft) -> None:
    """The joints spine, chest, upperChest and neck from the chains: first, middle and last."""
    count = len(draft.spine)
    places = {1: (0,), 2: (0, 1)}.get(count, (0, count // 2, count - 1)) if count else ()
    for joint, place in zip(SPINE_JOINTS, places, strict=False):
        draft.joints[joint] = draft.spine[place]
    if draft.neck:
        draft.joints["neck"] = draft.neck[0]
    draft.source |= dict.fromkeys(SPINE_JOINTS, draft.source.get("spine", "geometry"))


def _name_face(rig: Rig, draft: Draft) -> None:
    """Jaw and eyes by their words, where the family has none."""
    said = words.read(rig)
    taken = set(draft.joints.values())
    for joint in FACE:
        bones = [bone for bone in said.get(joint, []) if bone not in taken]
        if joint not in draft.joints and bones:
            draft.joints[joint], draft.source[joint] = bones[0], "words"


def _confidence(draft: Draft, seen: Draft | None, joint: str) -> float:
    source = draft.source.get(joint, "words")
    if source == "geometry":
        return _BY_GEOMETRY
    agree, silent, differ = _SURE[source]
    if seen is None or (joint not in seen.joints and joint not in (*SPINE_JOINTS, "neck")):
        return silent
    chain = seen.spine if joint in SPINE_JOINTS else seen.neck if joint == "neck" else [seen.joints[joint]]
    return agree if draft.joints[joint] in chain else differ


def _certainty(confidence: dict[str, float]) -> float:
    counted = [joint for joint in CORE if joint in confidence or not joint.endswith(_OPTIONAL)]
    return round(sum(confidence.get(joint, 0.0) for joint in counted) / len(counted), 3)


def _twists(rig: Rig, rest: Rest, family: Family | None, draft: Draft) -> dict[str, tuple[str, ...]]:
    """Twist bones that may be keyed: those of the family that nothing else drives."""
    if family is None or not family.twists:
        return {}
    bones = drafts.by_name(rig, family)
    free = {bone.name for bone in rig.bones if not bone.constraints}
    found = {}
    for joint, names in family.twists.items():
        line = [bone for name in names if (bone := drafts.pick(bones, (name,))) and bone in free
                and joint in draft.joints and drafts.hangs(rest, bone, draft.joints[joint])]
        if line:
            found[joint] = tuple(line)
    return found


def _at_elbow(rig: Rig, family: Family | None) -> float:
    """The family's share; none where the rig itself turns twist bones of the forearm by constraints."""
    if family is None:
        return AT_ELBOW
    bones, driven = drafts.by_name(rig, family), {bone.name for bone in rig.bones if bone.constraints}
    own = [drafts.pick(bones, (name,)) for name in family.twists.get("leftLowerArm", ())]
    return 0.0 if driven.intersection(own) else family.at_elbow


def _controls(family: Family, rig: Rig, draft: Draft) -> dict:
    present = {bone.name for bone in rig.bones}

    def there(bone: str, name: str) -> bool:
        """Whether a bone has a property; a rig that tells of none is trusted to have all."""
        return bone in present and (not rig.properties or name in rig.properties.get(bone, ()))

    return {
        "places": {joint: bone for joint, bone in family.deform.items() if bone in present},
        "also": {bone: joint for bone, joint in family.also.items() if bone in present and joint in draft.joints},
        "follows": {bone: parent for bone, parent in family.follows.items() if {bone, parent} <= present},
        "settings": tuple(row for row in family.settings if there(*row[:2])),
        "head_settings": tuple(row for row in family.head_settings if there(*row[:2])),
    }


def _remarks(rig: Rig, draft: Draft, confidence: dict[str, float], missing: tuple[str, ...]) -> list[str]:
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
