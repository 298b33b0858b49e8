"""The tables of names: whole, of known joints, and each found again on a body that carries its names."""

import numpy as np
import pytest

from bridge.body.skeleton import CANONICAL
from bridge.rigs import family as tables
from bridge.rigs.family import FACE, Family, families
from bridge.rigs.matching import match
from bridge.rigs.rig import Bone, Rig
from tests.bridge.rigs.bodies import rest_places

KNOWN = {*CANONICAL.names, *FACE}


def test_there_are_the_families_asked_for():
    assert {"mixamo", "vrm_humanoid", "rigify_generated", "rigify_metarig", "vroid", "vrm_addon", "unreal_4",
            "unreal_5", "makehuman_default"} <= {family.name for family in families()}


@pytest.mark.parametrize("family", families(), ids=lambda family: family.name)
def test_table_is_whole(family):
    assert set(family.joints) <= KNOWN
    assert {"hips", "head", "leftUpperArm", "rightHand", "leftUpperLeg", "rightFoot"} <= set(family.joints)
    assert family.spine
    bones = [names[0] for names in (*family.joints.values(), *family.spine, *family.neck)]
    assert len(bones) == len(set(bones))
    assert not any("{" in bone for bone in bones)


def test_a_key_that_means_nothing_is_refused(tmp_path):
    path = tmp_path / "odd.toml"
    path.write_text('sides = ["L", "R"]\nfoo = 1\n[joints]\nhips = "Hips"\n', encoding="utf-8")
    with pytest.raises(ValueError, match="foo"):
        tables.read(path)


@pytest.mark.parametrize("family", [f for f in families() if not f.controls], ids=lambda family: family.name)
def test_a_body_with_its_names_is_found(family):
    found = match(body_of(family))
    for joint, names in family.joints.items():
        if joint not in FACE:
            assert found.joints[joint] == names[0]
    assert list(found.spine) == [names[0] for names in family.spine]
    assert list(found.neck) == [names[0] for names in family.neck]
    assert found.certainty > 0.85
    assert found.family not in ("words", "geometry")


def body_of(family: Family) -> Rig:
    """The canonical body under a family's names, with as many bones in spine and neck as the family has."""
    places = rest_places()
    name = {joint: names[0] for joint, names in family.joints.items() if joint in places}
    trunk = [name["hips"], *(names[0] for names in (*family.spine, *family.neck)), name["head"]]
    ups = np.linspace(places["hips"], places["head"], len(trunk))
    points = dict(zip(trunk, ups, strict=True))
    parents = {bone: above for above, bone in zip([None, *trunk], trunk, strict=False)}
    chest = family.spine[-1][0]
    for joint, bone in name.items():
        if bone in points:
            continue
        above = CANONICAL.names[CANONICAL.parents[CANONICAL.index[joint]]]
        while above not in name and above not in ("upperChest", "hips"):
            above = CANONICAL.names[CANONICAL.parents[CANONICAL.index[above]]]
        points[bone], parents[bone] = places[joint], chest if above == "upperChest" else name[above]
    bones = tuple(Bone(bone, parents[bone], tuple(point), (point[0], point[1], point[2] + 0.05))
                  for bone, point in points.items())
    return Rig.from_json(Rig(family.name, bones).to_json())
