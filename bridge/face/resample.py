"""A face at another rate: averaged over each frame's time, with closures and blinks kept whole."""

from __future__ import annotations

import numpy as np

from .track import ARKIT, FaceTrack

_LIDS = np.array([name.startswith("eyeBlink") for name in ARKIT])
_MOUTH = np.array([name.startswith(("mouth", "jaw", "tongue")) for name in ARKIT])
_SLOW = 40.0  # frames a second up to which a closure is held for two frames


def resample(face: FaceTrack, fps: float, frames: int) -> FaceTrack:
    """``frames`` frames at i / fps seconds. Beyond the end the last frame goes on.

    Weights and angles are averaged over a frame's time; lids take the most shut moment in it, or fast blinks would
    fade. The frame nearest to each closure's centre, and at slow rates the one on its other side, shows that centre.
    """
    if len(face) == 0:
        return FaceTrack(np.zeros((frames, len(ARKIT)), np.float32), np.zeros((frames, 9), np.float32), fps,
                         face.closures)
    times = np.arange(frames) / fps
    weights = _averaged(face.weights.astype(np.float64), face.fps, times, 1.0 / fps)
    weights[:, _LIDS] = _most(face.weights[:, _LIDS].astype(np.float64), face.fps, times, 0.5 / fps)
    for centre in face.closures:
        source = min(len(face) - 1, round(centre * face.fps))
        nearest = round(centre * fps)
        other = nearest + (1 if centre * fps > nearest else -1)
        for frame in (nearest, other) if fps < _SLOW else (nearest,):
            if 0 <= frame < frames:
                weights[frame, _MOUTH] = face.weights[source, _MOUTH]
    angles = _averaged(face.angles.astype(np.float64), face.fps, times, 1.0 / fps)
    return FaceTrack(weights.astype(np.float32), angles.astype(np.float32), fps, face.closures)


def _averaged(values: np.ndarray, rate: float, times: np.ndarray, width: float) -> np.ndarray:
    """Mean of the linear interpolation of (T, C) ``values`` over ``width`` seconds around each time."""
    last = len(values) - 1
    steps = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum((values[:-1] + values[1:]) / 2, axis=0)])

    def integral(place: np.ndarray) -> np.ndarray:
        inside = np.clip(place, 0, last)
        low = np.minimum(inside.astype(int), max(last - 1, 0))
        share = (inside - low)[:, None]
        high = np.minimum(low + 1, last)
        within = values[low] * share + (values[high] - values[low]) * share**2 / 2
        outside = (place - inside)[:, None] * np.where(place[:, None] < 0, values[0], values[-1])
        return steps[low] + within + outside

    start, stop = (times - width / 2) * rate, (times + width / 2) * rate
    return (integral(stop) - integral(start)) / (stop - start)[:, None]


def _most(values: np.ndarray, rate: float, times: np.ndarray, reach: float) -> np.ndarray:
    """Greatest of (T, C) ``values`` within ``reach`` seconds of each time."""
    centre = np.clip(np.round(times * rate).astype(int), 0, len(values) - 1)
    most = values[centre]
    for shift in range(1, int(reach * rate) + 1):
        for place in (centre - shift, centre + shift):
            most = np.maximum(most, values[np.clip(place, 0, len(values) - 1)])
    return most
