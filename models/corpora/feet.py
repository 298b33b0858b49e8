"""Feet that stay where they stand: two-bone IK of both legs to fixed ankles."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from bridge.body import rotations as rot
from bridge.body.skeleton import CANONICAL

from .poses import INDEX, SIDES, globals_of

THIGH, SHIN = .42, .415
STRETCH = .9985  # share of the whole leg that a standing leg may reach
DOWN = np.array((0, 0, -1), np.float32)


def stance(rotations: np.ndarray, root: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Median ankle position (3,) and foot rotation (4,) of each side over a standing clip, global."""
    turns, places = globals_of(rotations, root, [INDEX[f"{side}Foot"] for side in SIDES])
    found = {}
    for place, side in enumerate(SIDES):
        aligned = turns[:, place] * np.sign(np.sum(turns[:, place] * turns[0, place], -1, keepdims=True))
        found[side] = (np.median(places[:, place], 0), rot.normalise(aligned.mean(0)))
    return found


def pin(rotations: np.ndarray, root: np.ndarray,
        feet: dict[str, tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """The motion with both ankles held at ``feet``; the root sinks smoothly where a leg would over-stretch."""
    rotations, root = rotations.copy(), root.copy()
    hips = rotations[:, 0]
    sockets = {side: root + rot.rotate(hips, CANONICAL.offsets[INDEX[f"{side}UpperLeg"]].astype(np.float32))
               for side in SIDES}
    lack = np.max([_lack(feet[side][0] - sockets[side]) for side in SIDES], axis=0)
    sink = gaussian_filter1d(maximum_filter1d(lack, 15), 4, mode="nearest").astype(np.float32)
    root[:, 2] -= sink
    for side in SIDES:
        ankle, foot = feet[side]
        socket = sockets[side] - np.stack((0 * sink, 0 * sink, sink), -1)
        _bend(rotations, side, socket, ankle.astype(np.float32), foot.astype(np.float32))
    return rotations, root


def _lack(leg: np.ndarray) -> np.ndarray:
    """Metres that the hip has to sink so that a leg (T, 3) from hip to ankle is not longer than it can be."""
    longest = STRETCH * (THIGH + SHIN)
    flat = np.minimum(leg[:, 0] ** 2 + leg[:, 1] ** 2, longest ** 2 * .9)
    return np.maximum(-leg[:, 2] - np.sqrt(longest ** 2 - flat), 0)


def _bend(rotations: np.ndarray, side: str, socket: np.ndarray, ankle: np.ndarray, foot: np.ndarray) -> None:
    upper, lower, end = (INDEX[side + name] for name in ("UpperLeg", "LowerLeg", "Foot"))
    leg = ankle - socket
    length = np.clip(np.linalg.norm(leg, axis=-1), .3, STRETCH * (THIGH + SHIN))
    ahead = leg / np.linalg.norm(leg, axis=-1, keepdims=True)
    thigh = rot.multiply(rotations[:, 0], rotations[:, upper])
    toes = rot.rotate(foot, np.array((0, -1, 0), np.float32))
    side_of = toes - np.sum(toes * ahead, -1, keepdims=True) * ahead
    side_of /= np.linalg.norm(side_of, axis=-1, keepdims=True)
    cosine = (THIGH ** 2 + length ** 2 - SHIN ** 2) / (2 * THIGH * length)
    cosine = np.clip(cosine, -1, 1)[:, None]
    along = cosine * ahead + np.sqrt(1 - cosine ** 2) * side_of
    thigh = rot.multiply(rot.between(rot.rotate(thigh, DOWN), along), thigh)
    shin = rot.multiply(rot.between(rot.rotate(thigh, DOWN), socket + length[:, None] * ahead - socket
                                    - THIGH * along), thigh)
    rotations[:, upper] = rot.multiply(rot.conjugate(rotations[:, 0]), thigh)
    rotations[:, lower] = rot.multiply(rot.conjugate(thigh), shin)
    rotations[:, end] = rot.multiply(rot.conjugate(shin), np.broadcast_to(foot, shin.shape))
