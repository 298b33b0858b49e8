"""Joints from the words in bone names, for rigs of no known family.

``read`` gives, for each part of the body, the bones whose names say so, the likeliest first. Which of two parts a
word means is decided by its neighbours: ``LeftShoulder`` is the upper arm where there is a collar besides.
Standard library only.
"""

from __future__ import annotations

import re

from .family import finger_joints
from .names import LEFT, MIDDLE, RIGHT, side_and_rest
from .rig import Rig

_HELPER = re.compile(r"twist|roll|^ik|ik$|pole|target|end$|nub|tip|leaf|share|helper|correct|^mch|^org|ctrl|control"
                     r"|weight|master|tweak|adj|socket|attach|prop|roll|phys|bust|breast|pectoral|skirt|hair")
_DRESS = re.compile(r"^(?:def|jnt|bip\d*|jbip|jbipc|ccbase|bone|character\d*)(?=[a-z])"
                    r"|(?:jnt|joint|bone|bind|def|skin)$")
_PARTS = {
    "hips": r"hips?|pelvis|cog|hipscenter|rootx",
    "spine": r"(?:lower|middle|mid|upper)?(?:spine|chest|abdomen|torso|back|thorax|ribcage|stomach|waist|belly)"
             r"(?:lower|upper|mid)?\w{0,2}",
    "neck": r"(?:lower|upper)?neck(?:lower|upper)?\w{0,2}",
    "head": r"head0?1?|skull\w?",
    "jaw": r"(?:lower)?jaw(?:root|bone|lower|open)?",
}
_SIDED = {
    "collar": r"clavicle|collar(?:bone)?|scapula",
    "shoulder": r"shoulder0?1?",
    "upperArm": r"(?:up|upper)arm0?1?|humerus|shldr(?:bend)?|armupper|bicep|arm(?:stretch|0?1)",
    "arm": r"arm",
    "lowerArm": r"fore?arm(?:bend|stretch)?0?1?|(?:lo|low|lower)arm0?1?|elbow|radius|armlower",
    "hand": r"hand|wrist",
    "upperLeg": r"(?:up|upper)leg0?1?|thigh(?:bend|stretch)?|hip|hipjoint|femur|legupper",
    "leg": r"leg",
    "lowerLeg": r"(?:lo|low|lower)leg0?1?|shin|calf|knee|tibia|leglower|legstretch",
    "foot": r"foot|ankle",
    "toes": r"toes?(?:base|0?1)?|ball|toe0",
    "eye": r"eye(?:ball)?",
}
_FINGER_WORDS = {"Thumb": r"thumb", "Index": r"index|fore(?=finger)|pointer", "Middle": r"middle|mid",
                 "Ring": r"ring", "Little": r"little|pinky|pinkie|small"}
_FINGER = {finger: re.compile(rf"(?:hand|f)?(?:{words})(?:finger)?(?P<place>\d+|[abcd]|proximal|medial|"
                              rf"intermediate|distal|metacarpal)?")
           for finger, words in _FINGER_WORDS.items()}
_PLACES = {"metacarpal": 0, "proximal": 1, "intermediate": 2, "medial": 2, "distal": 3}

Found = dict[str, list[str]]


def read(rig: Rig) -> Found:
    """Canonical joint (and "spine", "neck") -> names of bones in the rig's order, parents first."""
    found: Found = {}
    fingers: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for bone in rig.bones:
        side, word = side_and_rest(bone.name)
        word = _DRESS.sub("", word)
        if _HELPER.search(word):
            continue
        if side == MIDDLE:
            _put(found, _PARTS, "", word, bone.name)
            continue
        _put(found, _SIDED, side, word, bone.name)
        for finger, pattern in _FINGER.items():
            if said := pattern.fullmatch(word):
                fingers.setdefault((side, finger), []).append((_place(said["place"]), bone.name))
    for (side, finger), bones in fingers.items():
        found |= _finger(side, finger, bones)
    for side in (LEFT, RIGHT):
        _settle(found, side)
    return found


def _put(found: Found, parts: dict[str, str], side: str, word: str, bone: str) -> None:
    for part, pattern in parts.items():
        if re.fullmatch(pattern, word):
            found.setdefault(side + part[0].upper() + part[1:] if side else part, []).append(bone)
            return


def _place(said: str | None) -> int:
    if said is None:
        return 0
    if said.isdigit():
        return int(said)
    return _PLACES[said] if said in _PLACES else ord(said) - ord("a") + 1


def _finger(side: str, finger: str, bones: list[tuple[int, str]]) -> Found:
    """The three phalanges (for the thumb its metacarpal too) of what a name with a number may mean."""
    line = [bone for _, bone in sorted(bones, key=lambda row: row[0])]
    if len(line) > 3 and finger != "Thumb" and min(place for place, _ in bones) == 0:
        line = line[1:]
    return {joint: [bone] for joint, bone in zip(finger_joints(side, finger, 3), line, strict=False)}


def _settle(found: Found, side: str) -> None:
    """Gives the words with two meanings to the part that has no word of its own."""
    _share(found, side, "Arm", ("UpperArm",))
    _share(found, side, "Leg", ("LowerLeg", "UpperLeg") if found.get(f"{side}UpperLeg") else ("UpperLeg",))
    collar = found.pop(f"{side}Collar", [])
    shoulder = found.pop(f"{side}Shoulder", [])
    if collar and shoulder and not found.get(f"{side}UpperArm"):
        found[f"{side}UpperArm"], shoulder = shoulder, []
    if not collar and shoulder and not found.get(f"{side}UpperArm"):
        found[f"{side}UpperArm"], shoulder = shoulder, []
    if collar or shoulder:
        found[f"{side}Shoulder"] = collar or shoulder


def _share(found: Found, side: str, word: str, parts: tuple[str, ...]) -> None:
    bones = found.pop(side + word, [])
    free = next((part for part in parts if not found.get(side + part)), None)
    if bones and free:
        found[side + free] = bones


