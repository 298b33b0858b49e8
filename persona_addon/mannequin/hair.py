"""Hair: a closed shell round the skull whose height over the scalp is the highest of a cap and of broad locks.

A lock is a dome along a curve over the scalp, one side higher than the other, so that locks overlap like
shingles. Families of locks lie between two guides. Life size.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import clay
from .fields import Profile, smoothstep, union
from .island import Island, tube
from .surface import shoot

_AROUND = 208  # rays round the head
_STEPS = 8  # pieces of a lock
_UNDER = -6.0  # height where there is no hair: under the skin

# Elevation of the hairline and thickness of the cap, by absolute azimuth (degrees).
_HAIRLINE = Profile(((0, 46), (15, 46), (30, 43), (40, 34), (48, 22), (54, 11), (60, 1), (66, -7), (72, -9), (78, -3),
                     (86, 10), (94, 14), (104, 7), (118, -18), (140, -33), (180, -37)), 720)
_CAP = Profile(((0, 3), (45, 4), (70, 2.5), (120, 4), (180, 4)))
# Rows of the shell: shares of the way from the crown to just above the hairline, then degrees from it.
_ABOVE, _ABOUT = np.linspace(0.0, 1.0, 46), np.array([4.5, 3.2, 2.2, 1.3, 0.5, -0.3, -1.2, -2.2, -3.5, -5, -7, -9, -11])


@dataclass(frozen=True)
class Family:
    """Locks between two guides.

    first, last: rows of (x, y, z, height): a place near the scalp (mm) and the height of the lock's middle.
    width: half-widths at root, middle and tip (mm). tilt: how much higher its one side is than its middle.
    """

    first: tuple
    last: tuple
    count: int
    width: tuple[float, float, float]
    tilt: float


FAMILIES = (
    # top, up from the hairline and swept back to the right
    Family(((35, -128, 1698, 5), (26, -132, 1716, 15), (14, -108, 1742, 17), (2, -60, 1752, 13), (-10, -5, 1750, 8)),
           ((-47, -117, 1697, 4), (-60, -106, 1710, 11), (-68, -80, 1708, 11), (-72, -45, 1700, 9), (-72, -8, 1690, 6)),
           8, (6.5, 14.0, 6.0), 4.5),
    # left of the parting, down and back
    Family(((38, -124, 1702, 5), (55, -111, 1690, 7), (67, -90, 1666, 6), (72, -76, 1638, 2)),
           ((30, -15, 1747, 6), (56, 0, 1726, 9), (71, 10, 1690, 8), (70, 18, 1652, 4)), 6, (8.0, 13.0, 4.5), -2.5),
    # right side, from under the top
    Family(((-46, -116, 1702, 5), (-62, -100, 1686, 7), (-71, -82, 1662, 6), (-73, -75, 1636, 2)),
           ((-50, -5, 1724, 6), (-68, 6, 1700, 9), (-73, 12, 1672, 8), (-70, 16, 1650, 4)), 5, (8.0, 13.0, 4.5), 2.5),
)
# Down the back: count, elevations, heights, how far round (degrees), half-widths.
_BACK = ((7, (52.0, 26.0, 2.0, -20.0, -35.0), (5, 8, 8, 6, 3), 62.0, (9.0, 15.0, 6.0)),
         (6, (74.0, 54.0, 30.0, 8.0), (6, 11, 11, 7), 66.0, (9.0, 16.0, 6.0)))


@dataclass(frozen=True)
class _Lock:
    """curve (S + 1, 3) on the scalp, height and half-width (S + 1,), tilt."""

    curve: np.ndarray
    height: np.ndarray
    width: np.ndarray
    tilt: float


def _locks() -> list[_Lock]:
    guides, widths, tilts = [], [], []
    for family in FAMILIES:
        for i in range(family.count):
            v = i / (family.count - 1)
            guides.append((1.0 - v) * np.array(family.first, float) + v * np.array(family.last, float))
            guides[-1][1:-1, 3] += 1.2 * np.sin(2.4 * i + len(guides))
            widths.append(np.array(family.width) * (1.0 + 0.12 * np.sin(3.7 * i + 1.0)))
            tilts.append(family.tilt)
    for count, elevations, heights, spread, width in _BACK:
        for i, azimuth in enumerate(180.0 + np.linspace(-spread, spread, count)):
            rays = clay.direction(azimuth + np.linspace(12.0, 0.0, len(elevations)), np.array(elevations))
            guides.append(np.column_stack([clay.CENTRE + 90.0 * rays, heights]))
            widths.append(np.array(width) * (1.0 + 0.12 * np.sin(2.9 * i)))
            tilts.append(2.5)
    t = np.linspace(0.0, 1.0, _STEPS + 1)
    curves = np.stack([_smooth(guide, t) for guide in guides])
    rays = curves[..., :3] - clay.CENTRE
    rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
    scalp = shoot(clay.skull, clay.CENTRE, rays.reshape(-1, 3)).reshape(rays.shape)
    return [_Lock(curve, height, np.interp(t, (0.0, 0.5, 1.0), width), tilt)
            for curve, height, width, tilt in zip(scalp, curves[..., 3], widths, tilts, strict=True)]


def _smooth(rows: np.ndarray, t: np.ndarray) -> np.ndarray:
    """A Catmull-Rom curve through the rows, read at t in 0..1."""
    count = len(rows) - 1
    at = np.minimum((t * count).astype(int), count - 1)
    s = (t * count - at)[:, None]
    wide = np.concatenate([2 * rows[:1] - rows[1:2], rows, 2 * rows[-1:] - rows[-2:-1]])
    a, b, c, d = (wide[at + i] for i in range(4))
    return 0.5 * (2 * b + (c - a) * s + (2 * a - 5 * b + 4 * c - d) * s**2 + (3 * b - a - 3 * c + d) * s**3)


def _rise(lock: _Lock, scalp: np.ndarray, rays: np.ndarray) -> np.ndarray:
    """(N,) height of a lock over points of the scalp, ``_UNDER`` beside it."""
    best, high = np.full(len(scalp), np.inf), np.full(len(scalp), _UNDER)
    for i in range(len(lock.curve) - 1):
        axis = lock.curve[i + 1] - lock.curve[i]
        q = scalp - lock.curve[i]
        t = np.clip(q @ (axis / (axis @ axis)), 0.0, 1.0)
        off = q - t[:, None] * axis
        width = lock.width[i] + (lock.width[i + 1] - lock.width[i]) * t
        away = np.sqrt(np.einsum("ij,ij->i", off, off)) / width
        aside = np.einsum("ij,ij->i", off, np.cross(axis / np.linalg.norm(axis), rays)) / width
        middle = lock.height[i] + (lock.height[i + 1] - lock.height[i]) * t
        dome = np.maximum(1.0 - away * away, 0.0) ** 0.7
        rise = np.where(away < 1.0, dome * (middle + lock.tilt * aside - _UNDER) + _UNDER, _UNDER)
        nearer = away < best
        best, high = np.where(nearer, away, best), np.where(nearer, rise, high)
    return high


def height(scalp: np.ndarray, rays: np.ndarray) -> np.ndarray:
    """(N,) mm of hair over points of the scalp in the directions ``rays``."""
    azimuth, elevation = clay.angles(scalp)
    azimuth = np.abs(azimuth)
    grown = smoothstep(-2.0, 3.0, elevation - _HAIRLINE(azimuth)[0])
    high = grown * (_CAP(azimuth)[0] - _UNDER) + _UNDER
    for lock in _locks():
        middle = lock.curve.mean(0)
        reach = np.linalg.norm(lock.curve - middle, axis=1).max() + lock.width.max()
        near = np.flatnonzero(np.einsum("ij,ij->i", scalp - middle, scalp - middle) < reach * reach)
        high[near] = -union(-high[near], -_rise(lock, scalp[near], rays[near]), 1.2)
    return high


def _evened(high: np.ndarray) -> np.ndarray:
    """Heights (rows, azimuths) with the finest ripples, which are the rays' own, taken out."""
    around = 0.25 * (np.roll(high, 1, 1) + np.roll(high, -1, 1)) + 0.5 * high
    around[1:-1] = 0.25 * (around[:-2] + around[2:]) + 0.5 * around[1:-1]
    return around


def hair() -> Island:
    azimuth = np.arange(_AROUND) / _AROUND * 360.0
    line = _HAIRLINE(np.minimum(azimuth, 360.0 - azimuth))[0]
    elevation = np.concatenate([88.5 + _ABOVE[:, None] * (line + 6.0 - 88.5), line + _ABOUT[:, None]])
    rays = clay.direction(np.broadcast_to(azimuth, elevation.shape), elevation).reshape(-1, 3)
    scalp = shoot(clay.skull, clay.CENTRE, rays)
    high = _evened(height(scalp, rays).reshape(elevation.shape)).reshape(-1)
    shell = scalp + high[:, None] * rays
    inner = [clay.CENTRE + share * (shell[-_AROUND:] - clay.CENTRE) for share in (0.85, 0.5, 0.2)]
    points = np.concatenate([shell, *inner])
    return Island("hair", points, tube((len(elevation) + 3, _AROUND)), ("hair",)).outward()
