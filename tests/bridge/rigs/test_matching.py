"""Bones matched by family, by words and by geometry; what is doubtful is said, what is impossible refused."""

import json
import random
import re
from dataclasses import replace

import pytest

from bridge.body.skeleton import CANONICAL
from bridge.problems import Problem
from bridge.rigs import drafts, matching
from bridge.rigs.family import families
from bridge.rigs.rig import Rig
from tests.bridge.rigs import bodies

CORE = ["hips", "spine", "neck", "head", *(part + side for side in (".L", ".R") for part in (
    "shoulder", "elbow", "wrist", "hip", "knee", "ankle", "toe"))]
FINGERS = ("Thumb", "Index", "Middle", "Ring", "Little")
needs_data = pytest.mark.skipif(not bodies.characters(),
                                reason="the characters (../shared/data/characters) are not here")


def right(found: dict, truth: dict, keys: list[str]) -> int:
    """How many landmarks are those of the truth; any bone of the spine is right for the spine."""
    return sum(found.get(key) == truth["landmarks"][key] or (key == "spine" and found.get(key) in truth["spine_bones"])
               for key in keys)


def renamed(rig: Rig, names: dict[str, str]) -> Rig:
    return replace(rig, bones=tuple(replace(bone, name=names[bone.name], parent=names.get(bone.parent))
                                    for bone in rig.bones))


@needs_data
@pytest.mark.parametrize("path", bodies.characters(), ids=lambda path: path.stem)
def test_all_landmarks_of_a_character(path):
    rig, truth = bodies.read(path)
    found = matching.landmarks(rig)
    for keys in (CORE, [key for key in truth["landmarks"] if key not in CORE]):
        assert right(found, truth, keys) == len(keys)
    match = matching.match(rig)
    assert match.certainty > 0.9
    assert not any("disagree" in remark for remark in match.remarks)


@needs_data
def test_characters_without_known_families(monkeypatch):
    monkeypatch.setattr(drafts, "families", lambda: ())
    total = good = 0
    for path in bodies.characters():
        rig, truth = bodies.read(path)
        found = matching.landmarks(rig)
        total, good = total + len(CORE), good + right(found, truth, CORE)
    assert good / total > 0.97


@needs_data
def test_characters_with_hidden_names():
    total = good = 0
    for path in bodies.characters():
        rig, truth = bodies.read(path)
        order = list(range(len(rig.bones)))
        random.Random(4).shuffle(order)
        names = {bone.name: f"b{place:03d}" for place, bone in zip(order, rig.bones, strict=True)}
        back = {new: old for old, new in names.items()}
        found = {key: back[bone.removesuffix(":tail")] + ":tail" * bone.endswith(":tail")
                 for key, bone in matching.landmarks(renamed(rig, names)).items()}
        total, good = total + len(CORE), good + right(found, truth, CORE)
    assert good / total > 0.95


@needs_data
def test_the_family_is_named():
    said = {path.stem: matching.match(bodies.read(path)[0]).family for path in bodies.characters()}
    for name, family in (("mixamo_ybot_bones", "mixamo"), ("readyplayerme_bones", "mixamo"), ("synth_vroid", "vroid"),
                         ("mpfb_game_engine", "unreal_4"), ("vrm_addon_example", "vrm_addon"),
                         ("synth_unreal_5", "unreal_5"), ("mpfb_default", "makehuman_default")):
        assert said[name] == family


def test_the_canonical_names_are_sure():
    match = matching.match(bodies.rig_of_canonical())
    assert match.family == "vrm_humanoid"
    assert match.joints == {joint: joint for joint in CANONICAL.names}
    assert match.certainty == 1.0 and not match.missing and not match.remarks


def test_prefixes_and_namespaces_do_not_matter():
    mixamo = next(family for family in families() if family.name == "mixamo")
    names = {joint: bones[0] for joint, bones in mixamo.joints.items()}
    names |= dict(zip(("spine", "chest", "upperChest", "neck"), ("Spine", "Spine1", "Spine2", "Neck"), strict=True))
    for prefix in ("", "mixamorig:", "mixamorig7:", "Armature|"):
        match = matching.match(bodies.rig_of_canonical(names={j: prefix + bone for j, bone in names.items()}))
        assert match.family == "mixamo"
        assert match.joints["leftUpperArm"] == f"{prefix}LeftArm"
        assert match.spine == tuple(prefix + bone for bone in ("Spine", "Spine1", "Spine2"))


def test_eyes_and_jaw_are_told():
    rig = bodies.rig_of_canonical()
    head = next(bone for bone in rig.bones if bone.name == "head")
    more = tuple(replace(head, name=name, parent="head") for name in ("jaw", "leftEye", "rightEye"))
    match = matching.match(replace(rig, bones=rig.bones + more))
    assert [match.joints[joint] for joint in ("jaw", "leftEye", "rightEye")] == ["jaw", "leftEye", "rightEye"]


def without(rig: Rig, *parts: str) -> Rig:
    return replace(rig, bones=tuple(bone for bone in rig.bones if not any(part in bone.name for part in parts)))


def test_a_rig_without_arms_is_remarked_on():
    match = matching.match(without(bodies.rig_of_canonical(), "Arm", "Hand", *FINGERS))
    assert any("no arms" in remark for remark in match.remarks)
    assert "leftUpperArm" in match.missing


def test_a_half_body_has_no_legs():
    match = matching.match(without(bodies.rig_of_canonical(), "Leg", "Foot", "Toes"))
    assert any("no legs" in remark for remark in match.remarks)
    assert match.joints["leftHand"] == "leftHand"


def test_four_fingers_are_counted():
    match = matching.match(without(bodies.rig_of_canonical(), "Ring"))
    assert "8 of 10 fingers have bones" in match.remarks


@pytest.mark.parametrize("fingers", [True, False])
def test_two_bodies_in_one_armature_are_refused(fingers):
    rig = bodies.rig_of_canonical()
    if not fingers:
        kept = tuple(bone for bone in rig.bones if not re.search("Thumb|Index|Middle|Ring|Little", bone.name))
        rig = replace(rig, bones=kept)
    other = renamed(rig, {joint: f"second:{joint}" for joint in CANONICAL.names})
    with pytest.raises(Problem) as error:
        matching.match(replace(rig, bones=rig.bones + other.bones))
    assert error.value.code == "rig.ambiguous"
    assert "second:hips" in str(error.value)


def test_bones_that_are_no_body_are_refused():
    rig = bodies.rig_of_canonical(names={joint: f"tentacle {i}" for i, joint in enumerate(CANONICAL.names)})
    with pytest.raises(Problem) as error:
        matching.match(replace(rig, bones=rig.bones[:9]))
    assert error.value.code == "rig.no_match"


def test_a_bone_that_answers_twice_is_one_joint():
    draft = drafts.Draft({"hips": "a", "spine": "a", "head": "c"}, ["a", "b"], ["c"])
    drafts.drop_doubles(draft)
    assert draft.joints == {"hips": "a", "head": "c"}
    assert draft.spine == ["b"] and draft.neck == []
    assert "a answers to hips and spine" in draft.remarks[0]


def test_constraints_on_matched_bones_are_told():
    rig = bodies.change(bodies.rig_of_canonical(), "leftFoot", constraints=("IK",))
    assert any("leftFoot" in remark for remark in matching.match(rig).remarks)


def test_words_settle_what_a_shoulder_is():
    """Beside a collar a shoulder is the upper arm; alone it is the clavicle."""
    names = {f"{side}{joint}": f"Zz{mark}_{word}" for side, mark in (("left", "L"), ("right", "R")) for joint, word in (
        ("Shoulder", "Collarbone"), ("UpperArm", "Shoulder"), ("LowerArm", "Elbow"), ("Hand", "Wrist"),
        ("UpperLeg", "Hip"), ("LowerLeg", "Knee"), ("Foot", "Ankle"))}
    match = matching.match(bodies.rig_of_canonical(names={j: n.replace("Zz", "x_") for j, n in names.items()}))
    assert match.joints["leftUpperArm"] == "x_L_Shoulder"
    assert match.joints["leftShoulder"] == "x_L_Collarbone"


def test_a_match_survives_json():
    rig = bodies.rig_of_canonical(seed=2)
    again = Rig.from_json(json.loads(json.dumps(rig.to_json())))
    assert matching.match(again) == matching.match(rig)
