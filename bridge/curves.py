"""``Track`` (sampled channels) and ``Curves`` (few Bezier keys), and the fit from one to the other.

Frames are scene frames; tracks are sampled on whole frames.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from .bezier import evaluate_segments
from .curve_fitting import Segments, fit_segments, squared_error, squared_limit
from .watch import Watch

CONSTANT, LINEAR, BEZIER = 0, 1, 2  # Blender's numbers
_SAME_FRAME = 1e-4  # so near a key Blender takes the key's own value
KINDS = ("quaternion", "euler", "axis_angle", "location", "weight", "property")


@dataclass(frozen=True)
class Track:
    """One property of one data-block sampled at every scene frame of a range.

    owner: name of the armature object (``owner_type`` "OBJECT") or of the mesh object whose shape keys
        carry it ("KEY"). data_path: as in Blender, e.g. ``pose.bones["spine"].rotation_quaternion``.
    values: (T, n) float64; n is 4 for quaternion (w, x, y, z) and axis_angle (angle, x, y, z), 3 for euler
        (radians) and location (in the units of the data path), 1 for weight and property.
    tolerance: greatest error allowed at every sample: radians of rotation for rotations, else units of values.
    group: name of the channel group (the bone's name, or "Face").
    """

    owner: str
    owner_type: str
    data_path: str
    kind: str
    values: np.ndarray
    tolerance: float
    group: str


@dataclass(frozen=True)
class Channel:
    """Address of one f-curve."""

    owner: str
    owner_type: str
    data_path: str
    index: int
    group: str


@dataclass(frozen=True)
class Curves:
    """Keys of many f-curves, flat so that they travel as four arrays.

    channels: C addresses. starts: (C + 1,) int32, keys of channel c are starts[c]..starts[c + 1].
    keys: (K, 2) float32 frame, value. left, right: (K, 2) float32 handles, frame, value (type FREE).
    interpolation: (K,) uint8, 0 constant, 1 linear, 2 Bezier (Blender's numbers).
    """

    channels: tuple[Channel, ...]
    starts: np.ndarray
    keys: np.ndarray
    left: np.ndarray
    right: np.ndarray
    interpolation: np.ndarray


def fit(tracks: list[Track], first_frame: int, dense: bool = False, watch: Watch | None = None) -> Curves:
    """Bezier keys on whole frames that keep every track within its tolerance at every sample, small ones closer.

    first_frame: scene frame of the first sample. dense: a linear key on every frame instead. The channels of one
    track share their key frames, but a channel that never changes has one key. Raises ValueError where a
    sample is not a finite number.
    """
    watch = watch or Watch()
    for track in tracks:
        if track.kind not in KINDS:
            raise ValueError(f"{track.data_path} has the unknown kind {track.kind!r}")
        if not len(track.values) or not np.isfinite(track.values).all():
            raise ValueError(f"{track.data_path} of {track.owner} holds no samples or some that are no numbers")
    if dense:
        return _curves(tracks, [_dense(track) for track in tracks], first_frame, LINEAR)
    segments = _sparse(tracks, first_frame, watch)
    curves = _curves(tracks, segments, first_frame, BEZIER)
    # Stored as float32, handles of late frames miss their third of the gap: fit again where that was too much.
    for tighter in (0.9, 0.5, 0.0):
        loose = [i for i, fits in enumerate(_kept(tracks, curves, first_frame)) if not fits]
        if not loose:
            break
        again = [replace(tracks[i], tolerance=tighter * tracks[i].tolerance) for i in loose]
        for i, segment in zip(loose, _sparse(again, first_frame, watch), strict=True):
            segments[i] = segment
        curves = _curves(tracks, segments, first_frame, BEZIER)
    return curves


def evaluate(curves: Curves, frames: np.ndarray) -> dict[Channel, np.ndarray]:
    """Value of every channel at frames (N,), which may be fractional, as Blender evaluates them: (N,) float64."""
    frames = np.asarray(frames, np.float64)
    return {channel: _evaluate_channel(curves, slice(*curves.starts[c:c + 2]), frames)
            for c, channel in enumerate(curves.channels)}


def _sparse(tracks: list[Track], first_frame: int, watch: Watch) -> list[Segments]:
    """Tracks that stay in one place get one key; the rest is fitted by kind and width, many tracks at once."""
    tracks = [_alive(track) for track in tracks]
    found: dict[int, Segments] = {i: still for i, track in enumerate(tracks) if (still := _still(track))}
    moving = sorted((i for i in range(len(tracks)) if i not in found), key=lambda i: _shape(tracks[i]))
    for (kind, _), group in groupby(moving, key=lambda i: _shape(tracks[i])):
        members = list(group)
        values = [np.asarray(tracks[i].values, np.float64) for i in members]
        fitted = fit_segments(values, kind, [_inside(tracks[i].tolerance) for i in members], first_frame, watch)
        found.update(zip(members, fitted, strict=True))
        watch.advance(len(found), len(tracks))
    return [found[i] for i in range(len(tracks))]


def _kept(tracks: list[Track], curves: Curves, first_frame: int) -> Iterator[bool]:
    """For each track whether its stored curves keep its tolerance."""
    channel = 0
    for track in tracks:
        frames, width = first_frame + np.arange(len(track.values), dtype=np.float64), np.shape(track.values)[1]
        stored = [_evaluate_channel(curves, slice(*curves.starts[c:c + 2]), frames)
                  for c in range(channel, channel + width)]
        error = squared_error(track.kind, np.stack(stored, 1), np.asarray(track.values, np.float64))
        yield bool(error.max() <= squared_limit(track.kind, track.tolerance))
        channel += width


def _shape(track: Track) -> tuple[str, int]:
    return track.kind, np.shape(track.values)[1]


def _inside(tolerance: float) -> float:
    """A little less than the tolerance: keys and handles are stored as float32."""
    return 0.999 * tolerance


def _alive(track: Track) -> Track:
    """The track with a tolerance small enough for its own size, down to a fifth: a bone that only breathes keeps
    breathing, and a large movement costs no more keys for it."""
    if track.kind in ("weight", "property"):
        return track
    values = np.asarray(track.values, np.float64)
    middle = np.broadcast_to(_middle(track.kind, values), values.shape)
    size = np.sqrt(np.maximum(squared_error(track.kind, middle, values), 0).mean())
    if track.kind in ("quaternion", "axis_angle"):
        size = 2 * np.arcsin(min(size, 1.0))
    return replace(track, tolerance=min(track.tolerance, max(size, track.tolerance) / 5))


def _middle(kind: str, values: np.ndarray) -> np.ndarray:
    middle = values.mean(0) if np.ptp(values, 0).any() else values[0]
    return middle / np.linalg.norm(middle) if kind == "quaternion" else middle


def _still(track: Track) -> Segments | None:
    """One key, if it alone keeps the track within its tolerance."""
    values = np.asarray(track.values, np.float64)
    middle = _middle(track.kind, values)
    error = squared_error(track.kind, np.broadcast_to(middle, values.shape), values)
    if error.max() > squared_limit(track.kind, _inside(track.tolerance)):
        return None
    return Segments(np.zeros(1, int), *np.zeros((2, 1, values.shape[1])), values=middle[None])


def _dense(track: Track) -> Segments:
    """A key on every frame, handles on the straight lines between them."""
    values = np.asarray(track.values, np.float64)
    step = np.diff(values, axis=0)
    return Segments(np.arange(len(values)), np.concatenate((step[:1], step)) if len(step) else np.zeros_like(values),
                    np.concatenate((step, step[-1:])) if len(step) else np.zeros_like(values), values=values)


def _curves(tracks: list[Track], segments: list[Segments], first_frame: int, interpolation: int) -> Curves:
    channels, keys, left, right = [], [], [], []
    for track, segment in zip(tracks, segments, strict=True):
        frames = segment.frames + float(first_frame)
        gap = np.diff(frames) / 3 if len(frames) > 1 else np.ones(1)
        back, on = np.concatenate((gap[:1], gap)), np.concatenate((gap, gap[-1:]))
        for c in range(segment.values.shape[1]):
            still = interpolation == BEZIER and np.ptp(np.asarray(track.values)[:, c]) <= 1e-4 * track.tolerance
            used = slice(0, 1) if still else slice(None)
            key = np.stack((frames[used], segment.values[used, c]), 1)
            channels.append(Channel(track.owner, track.owner_type, track.data_path, c, track.group))
            keys.append(key)
            left.append(_handles(key, -back[:len(frames)][used], segment.before[used, c]))
            right.append(_handles(key, on[:len(frames)][used], segment.after[used, c]))
    starts = np.cumsum([0, *map(len, keys)]).astype(np.int32)
    keys, left, right = (np.concatenate(a or [np.zeros((0, 2))]).astype(np.float32) for a in (keys, left, right))
    return Curves(tuple(channels), starts, keys, left, right, np.full(len(keys), interpolation, np.uint8))


def _handles(keys: np.ndarray, reach: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """Handles (n, 2) at ``reach`` frames from their keys (n, 2), on the tangent even after rounding to float32."""
    frames = (keys[:, 0] + reach).astype(np.float32).astype(np.float64)
    return np.stack((frames, keys[:, 1] + slopes * (frames - keys[:, 0])), 1)


def _evaluate_channel(curves: Curves, part: slice, frames: np.ndarray) -> np.ndarray:
    keys, left, right = (a[part].astype(np.float64) for a in (curves.keys, curves.left, curves.right))
    if len(keys) == 1:
        return np.full(len(frames), keys[0, 1])
    frames = np.clip(frames, keys[0, 0], keys[-1, 0])  # extrapolation is constant
    low = np.clip(np.searchsorted(keys[:, 0] - _SAME_FRAME, frames, "right") - 1, 0, len(keys) - 2)
    frames = np.where(np.abs(frames - keys[low, 0]) < _SAME_FRAME, keys[low, 0], frames)
    share = (frames - keys[low, 0]) / (keys[low + 1, 0] - keys[low, 0])
    line = (1 - share) * keys[low, 1] + share * keys[low + 1, 1]
    bent = evaluate_segments(keys[low], right[low], left[low + 1], keys[low + 1], frames)
    kind = curves.interpolation[part][low]
    return np.select((kind == BEZIER, kind == LINEAR), (bent, line), keys[low + (share >= 1), 1])
