"""Figures of the character: joints, girths, fingers. Millimetres, left side, A-pose with arms 45 degrees down.

Lengths follow ANSUR II people of 1750 mm stature; breadths are 10-15 % slimmer, head and hands larger than life.
"""

from __future__ import annotations

import numpy as np

# Head parts are modelled at life size, then enlarged about this point and lowered (bigger face, shorter neck).
HEAD_SCALE, HEAD_PIVOT, HEAD_DROP = 1.12, (0.0, -32.0, 1500.0), (0.0, 0.0, -22.0)
EYE = (32.5, -124.5, 1637.0)  # centre of the left eye, life size

# bone: parent, head, tail
SPINE = {
    "hips": ("", (0.0, 0.0, 935.0), (0.0, -3.0, 1015.0)),
    "spine": ("hips", (0.0, -3.0, 1015.0), (0.0, -4.0, 1135.0)),
    "chest": ("spine", (0.0, -4.0, 1135.0), (0.0, -2.0, 1270.0)),
    "upperChest": ("chest", (0.0, -2.0, 1270.0), (0.0, -14.0, 1455.0)),
    "neck": ("upperChest", (0.0, -14.0, 1455.0), (0.0, -34.0, 1545.0)),
}
# The same, at life size.
HEAD_BONES = {
    "head": ("neck", (0.0, -34.0, 1560.0), (0.0, -52.0, 1751.0)),
    "jaw": ("head", (0.0, -55.0, 1602.0), (0.0, -140.0, 1530.0)),
}
LIMBS = {
    "Shoulder": ("upperChest", (22.0, -14.0, 1425.0), (160.0, -5.0, 1392.0)),
    "UpperArm": ("Shoulder", (160.0, -5.0, 1392.0), (361.5, -5.0, 1190.5)),
    "LowerArm": ("UpperArm", (361.5, -5.0, 1190.5), (541.1, -15.0, 1010.9)),
    "UpperLeg": ("hips", (90.0, -2.0, 920.0), (97.0, -8.0, 497.0)),
    "LowerLeg": ("UpperLeg", (97.0, -8.0, 497.0), (103.0, 18.0, 82.0)),
    "Foot": ("LowerLeg", (103.0, 18.0, 82.0), (107.0, -108.0, 22.0)),
    "Toes": ("Foot", (107.0, -108.0, 22.0), (108.0, -178.0, 18.0)),
}

# Height: half-width, half-depth, centre y, exponent of the superellipse.
TORSO = (
    (850, 148, 80, 8, 2.2), (900, 157, 98, 3, 2.3), (935, 161, 109, -1, 2.35),
    (970, 159, 109, -5, 2.35), (1010, 152, 103, -9, 2.3),
    (1060, 139, 96, -13, 2.25), (1110, 133, 94, -15, 2.3), (1160, 136, 98, -15, 2.45),
    (1210, 143, 104, -14, 2.6), (1260, 152, 109, -17, 2.65), (1310, 156, 108, -17, 2.55),
    (1350, 152, 99, -14, 2.4), (1385, 137, 86, -11, 2.2), (1415, 110, 74, -12, 2.05), (1440, 82, 65, -17, 2.0),
    (1460, 60, 57, -22, 2.0), (1480, 52.5, 53, -27, 2.0), (1510, 51, 52, -31, 2.0),
)
# Fraction of the bone: lateral radius, front-back radius, offsets to the side and back.
UPPER_ARM = ((-0.05, 46, 50, 5, 0), (0, 47, 52, 5, 0), (0.15, 49, 53, 4, 0), (0.35, 48, 51, 2, 0),
             (0.55, 47, 49, 0, 0), (0.8, 43, 46, 0, 0), (1, 42, 44, 0, 0))
LOWER_ARM = ((0, 42, 44, 0, 0), (0.12, 43, 44, 0, 0), (0.3, 41, 42, 0, 0), (0.55, 36, 37, 0, 0),
             (0.8, 31, 32.5, 0, 0), (1, 29, 32, 0, 0))
UPPER_LEG = ((0, 72, 88, 0, 4), (0.1, 78, 91, 2, 2), (0.2, 81, 90, 3, -3), (0.35, 81, 89, 5, -8),
             (0.6, 71, 78, 5, -10), (0.85, 61, 67, 4, -5), (1, 57, 62, 1, -2))
LOWER_LEG = ((0, 57, 62, 1, -2), (0.12, 56, 61, -1, 4), (0.3, 57, 61, -3, 12), (0.5, 53, 57, -4, 11),
             (0.75, 47, 51, -4, 6), (1, 46, 52, -3, 0))

# The hand's own frame: x distal from the wrist, y dorsal, z to the thumb; before HAND_SCALE.
HAND_SCALE = 1.08
# finger: first joint, splay (degrees), lengths of the phalanges, radii at base, two joints and tip
FINGERS = {
    "Index": ((89.0, 1.0, 26.0), 5.0, (45.0, 27.0, 20.0), (10.6, 9.4, 8.2, 7.0)),
    "Middle": ((87.0, 3.0, 6.5), 0.5, (50.0, 32.0, 21.0), (10.8, 9.7, 8.4, 7.1)),
    "Ring": ((82.0, 1.5, -12.5), -4.5, (46.0, 31.0, 21.0), (10.2, 9.1, 8.0, 6.7)),
    "Little": ((77.0, -3.0, -29.5), -10.0, (37.0, 23.0, 18.5), (9.0, 8.0, 7.0, 6.0)),
}
REST_CURL = (8.0, 20.0, 28.0)  # degrees from the palm's plane, of each phalanx: they give the bending plane
THUMB = ((19.0, -9.0, 23.0), (46.0, 34.0, 29.0), (14.0, 11.6, 10.4, 8.2),
         ((0.70, -0.25, 0.66), (0.84, -0.20, 0.50), (0.93, -0.16, 0.33)))
THUMBNAIL = (-0.30, 0.50, 0.80)  # where it faces, in the hand's own frame
PHALANGES = ("Proximal", "Intermediate", "Distal")
THUMB_BONES = ("Metacarpal", "Proximal", "Distal")


def finger_joints(finger: str) -> np.ndarray:
    """(4, 3) joints and tip of a finger in the hand's own frame, before HAND_SCALE."""
    if finger == "Thumb":
        start, lengths, _, directions = THUMB
        steps = np.array([np.array(d) / np.linalg.norm(d) for d in directions])
    else:
        start, splay, lengths, _ = FINGERS[finger]
        curl, spread = np.radians(REST_CURL), np.radians(splay)
        steps = np.column_stack([np.cos(curl) * np.cos(spread), -np.sin(curl), np.cos(curl) * np.sin(spread)])
    return np.array(start) + np.concatenate([np.zeros((1, 3)), np.cumsum(steps * np.array(lengths)[:, None], 0)])


def finger_radii(finger: str) -> tuple[float, ...]:
    return THUMB[2] if finger == "Thumb" else FINGERS[finger][3]


def hand_frame() -> tuple[np.ndarray, np.ndarray]:
    """Origin (3,) and axes (3, 3; rows x distal, y dorsal, z to the thumb) of the left hand, thumb forward."""
    _, elbow, wrist = LIMBS["LowerArm"]
    x = np.subtract(wrist, elbow) / np.linalg.norm(np.subtract(wrist, elbow))
    z = np.array([0.0, -1.0, 0.0]) + x[1] * x
    z /= np.linalg.norm(z)
    return np.array(wrist), np.stack([x, np.cross(z, x), z])


def from_hand(points: np.ndarray) -> np.ndarray:
    """Points of the hand's own frame on the body."""
    origin, axes = hand_frame()
    return origin + HAND_SCALE * np.asarray(points) @ axes


def enlarged_head(points: np.ndarray) -> np.ndarray:
    """Head parts as modelled, at their size and place on the body."""
    pivot = np.array(HEAD_PIVOT)
    return pivot + HEAD_SCALE * (np.asarray(points) - pivot) + np.array(HEAD_DROP)


def bones() -> dict[str, tuple[str, np.ndarray, np.ndarray]]:
    """Every bone in order, parents first: name -> parent, head, tail in mm."""
    table = {name: (parent, np.array(head), np.array(tail)) for name, (parent, head, tail) in SPINE.items()}
    for name, (parent, head, tail) in HEAD_BONES.items():
        table[name] = (parent, enlarged_head(head), enlarged_head(tail))
    table["neck"] = (*table["neck"][:2], table["head"][1])
    for side, sign in (("left", 1.0), ("right", -1.0)):
        flip = np.array([sign, 1.0, 1.0])
        for name, (parent, head, tail) in {**_eye_bone(), **LIMBS, **_hand_bones()}.items():
            full = parent if parent in table else side + parent
            table[side + name] = (full, np.array(head) * flip, np.array(tail) * flip)
    return table


def _eye_bone() -> dict[str, tuple[str, np.ndarray, np.ndarray]]:
    centre = enlarged_head(EYE)
    return {"Eye": ("head", centre, centre - np.array([0.0, 21.0, 0.0]))}


def _hand_bones() -> dict[str, tuple[str, np.ndarray, np.ndarray]]:
    middle = from_hand(finger_joints("Middle"))
    table = {"Hand": ("LowerArm", np.array(LIMBS["LowerArm"][2]), middle[0])}
    for finger in ("Thumb", *FINGERS):
        joints, parent = from_hand(finger_joints(finger)), "Hand"
        for i, part in enumerate(THUMB_BONES if finger == "Thumb" else PHALANGES):
            table[finger + part] = (parent, joints[i], joints[i + 1])
            parent = finger + part
    return table
