"""``FaceTrack``: a face moving over time, and the names of ARKit's 52 blend shapes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Order of the Live Link Face columns. Always address by name.
ARKIT = (
    "eyeBlinkLeft", "eyeLookDownLeft", "eyeLookInLeft", "eyeLookOutLeft", "eyeLookUpLeft", "eyeSquintLeft",
    "eyeWideLeft", "eyeBlinkRight", "eyeLookDownRight", "eyeLookInRight", "eyeLookOutRight",
    "eyeLookUpRight", "eyeSquintRight", "eyeWideRight", "jawForward", "jawRight", "jawLeft", "jawOpen",
    "mouthClose", "mouthFunnel", "mouthPucker", "mouthRight", "mouthLeft", "mouthSmileLeft",
    "mouthSmileRight", "mouthFrownLeft", "mouthFrownRight", "mouthDimpleLeft", "mouthDimpleRight",
    "mouthStretchLeft", "mouthStretchRight", "mouthRollLower", "mouthRollUpper", "mouthShrugLower",
    "mouthShrugUpper", "mouthPressLeft", "mouthPressRight", "mouthLowerDownLeft", "mouthLowerDownRight",
    "mouthUpperUpLeft", "mouthUpperUpRight", "browDownLeft", "browDownRight", "browInnerUp",
    "browOuterUpLeft", "browOuterUpRight", "cheekPuff", "cheekSquintLeft", "cheekSquintRight",
    "noseSneerLeft", "noseSneerRight", "tongueOut",
)
ARKIT_INDEX = {name: place for place, name in enumerate(ARKIT)}
HEAD_AND_EYES = ("headYaw", "headPitch", "headRoll", "leftEyeYaw", "leftEyePitch", "leftEyeRoll",
                 "rightEyeYaw", "rightEyePitch", "rightEyeRoll")


@dataclass(frozen=True)
class FaceTrack:
    """Blend-shape weights and the angles of head and eyes over T frames.

    weights: (T, 52) float32 in the order of ``ARKIT``, 0..1.
    angles: (T, 9) float32 radians in the order of ``HEAD_AND_EYES``; yaw + to the character's left,
        pitch + down, roll + to its left.
    closures: seconds of the centre of every obligatory lip closure (p, b, m), so that resampling keeps them.
    """

    weights: np.ndarray
    angles: np.ndarray
    fps: float
    closures: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        frames = len(self.weights)
        if self.weights.shape != (frames, len(ARKIT)) or self.angles.shape != (frames, len(HEAD_AND_EYES)):
            raise ValueError(f"face track has weights {self.weights.shape}, angles {self.angles.shape}")

    def __len__(self) -> int:
        return len(self.weights)
