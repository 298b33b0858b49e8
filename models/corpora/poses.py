"""Where joints are: forward kinematics of the canonical skeleton for the joints a measure needs."""

from __future__ import annotations

import numpy as np

from bridge.body import rotations as rot
from bridge.body.skeleton import CANONICAL

INDEX = CANONICAL.index
SIDES = ("left", "right")
FINGER_JOINTS = tuple(f"{finger}{bone}" for finger in ("Index", "Middle", "Ring", "Little")
                      for bone in ("Proximal", "Intermediate", "Distal"))
THUMB_JOINTS = ("ThumbMetacarpal", "ThumbProximal", "ThumbDistal")
ARM_JOINTS = ("UpperArm", "LowerArm", "Hand")
SPINE = tuple(INDEX[name] for name in ("spine", "chest", "upperChest"))


def arm(side: str) -> list[int]:
    """Joints of the upper arm down to the finger ends: those a gesture takes over."""
    return [INDEX[side + name] for name in ARM_JOINTS + THUMB_JOINTS + FINGER_JOINTS]


def globals_of(rotations: np.ndarray, root: np.ndarray, joints: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Global rotations (T, n, 4) and positions (T, n, 3) of the joints asked for (and of their ancestors only)."""
    turned: dict[int, np.ndarray] = {}
    placed: dict[int, np.ndarray] = {}
    for joint in sorted(_with_ancestors(joints)):
        parent = int(CANONICAL.parents[joint])
        if parent < 0:
            turned[joint], placed[joint] = rotations[:, joint], root
            continue
        offset = CANONICAL.offsets[joint].astype(rotations.dtype)
        turned[joint] = rot.multiply(turned[parent], rotations[:, joint])
        placed[joint] = placed[parent] + rot.rotate(turned[parent], offset)
    return np.stack([turned[j] for j in joints], 1), np.stack([placed[j] for j in joints], 1)


def positions(rotations: np.ndarray, root: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """(T, n, 3) global positions of named joints."""
    return globals_of(rotations, root, [INDEX[name] for name in names])[1]


def wrists(rotations: np.ndarray, root: np.ndarray) -> np.ndarray:
    """(T, 2, 3) left and right wrist relative to the hips, metres, canonical axes."""
    return positions(rotations, root, ("leftHand", "rightHand")) - root[:, None]


def smoothed(track: np.ndarray) -> np.ndarray:
    """A 5-frame Hann window over axis 0, ends held: what every speed is measured on."""
    window = np.array((.25, .75, 1, .75, .25), track.dtype)
    padded = np.concatenate((track[:1], track[:1], track, track[-1:], track[-1:]))
    return sum(w * padded[i:i + len(track)] for i, w in enumerate(window / window.sum()))


def speed(track: np.ndarray, fps: float) -> np.ndarray:
    """(T, ...) speed of points (T, ..., 3) in m/s, smoothed."""
    return np.linalg.norm(np.gradient(smoothed(track), axis=0), axis=-1) * fps


def _with_ancestors(joints: list[int]) -> set[int]:
    found: set[int] = set()
    for joint in joints:
        while joint >= 0 and joint not in found:
            found.add(joint)
            joint = int(CANONICAL.parents[joint])
    return found
