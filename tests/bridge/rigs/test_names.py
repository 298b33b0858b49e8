"""Names compared and sides read."""

import pytest

from bridge.rigs.names import plain, side_and_rest


@pytest.mark.parametrize(("name", "side", "rest"), [
    ("mixamorig:LeftArm", "left", "arm"), ("upperarm_l", "left", "upperarm"), ("Bip01 R Hand", "right", "bip01hand"),
    ("CC_Base_L_Thigh", "left", "ccbasethigh"), ("lShldrBend", "left", "shldrbend"), ("thigh.R", "right", "thigh"),
    ("左腕", "left", "腕"), ("J_Bip_R_UpperLeg", "right", "jbipupperleg"), ("JtWristLf", "left", "jtwrist"),
    ("upper_arm.L.001", "left", "upperarm001"), ("Arm(R)", "right", "arm"),
    ("clavicle", "", "clavicle"), ("pelvis", "", "pelvis"), ("lowerarm", "", "lowerarm"), ("spine.001", "", "spine001"),
    ("root", "", "root"), ("rig", "", "rig"),
])
def test_side(name, side, rest):
    assert side_and_rest(name) == (side, rest)


def test_names_are_compared_without_dress():
    assert plain("Armature|mixamorig1:Left_Hand Index.1") == plain("LeftHandIndex1")
    assert plain("左人指１") == plain("左人指1")
