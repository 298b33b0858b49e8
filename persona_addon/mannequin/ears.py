"""Ears: rim, inner fold, bowl and lobe as one small field, meshed once and mirrored. Life size."""

from __future__ import annotations

import itertools

import numpy as np

from .fields import cone, cut, ellipsoid, union
from .island import Island
from .surface import mesh

_CENTRE = np.array([70.0, -44.0, 1616.0])
_LEAN, _FLARE = np.radians(10.0), np.radians(21.0)  # backward, and away from the skull

# Own frame: x back, y up, z away from the head.
_RIM = ((-9, 0, 1.0), (-13, 12, 3.0), (-10, 24, 4.0), (-1, 30.5, 5.0), (9, 26.5, 5.5), (14.5, 15, 5.5), (15, 1, 5.0),
        (12, -12, 4.0), (6, -22, 2.5), (0, -28, 2.0))
_FOLD = ((1, 21, 2.5), (6, 12, 4.0), (7.5, 1, 4.5), (5.5, -9, 4.0), (0, -15, 3.5))


def _chain(p: np.ndarray, places: tuple, radius: float) -> np.ndarray:
    d = None
    for a, b in itertools.pairwise(places):
        part = cone(p, a, b, radius)
        d = part if d is None else np.minimum(d, part)
    return d


def _ear(p: np.ndarray) -> np.ndarray:
    plate = ellipsoid(p, (1.0, 1.0, 1.0), (15.5, 30.0, 5.0))
    d = union(plate, _chain(p, _RIM, 2.8), 3.5)
    d = union(d, _chain(p, _FOLD, 2.3), 4.0)
    d = union(d, ellipsoid(p, (-2.0, -25.5, 1.0), (7.5, 8.5, 3.8)), 6.0)
    d = cut(d, ellipsoid(p, (-2.5, -3.0, 6.5), (7.5, 12.0, 7.5)), 3.0)
    d = union(d, ellipsoid(p, (-11.5, -5.0, 2.0), (4.0, 5.5, 4.0)), 3.5)
    return union(d, ellipsoid(p, (-7.0, -2.0, -5.0), (9.0, 18.0, 5.0)), 5.0)


def ear() -> Island:
    """The left one."""
    points, quads = mesh(_ear, (-20, -40, -14), (24, 38, 16), 2.2)
    c, s = np.cos(_LEAN), np.sin(_LEAN)
    back, up, out = points.T
    back, up = c * back + s * up, c * up - s * back
    cf, sf = np.cos(_FLARE), np.sin(_FLARE)
    back, out = cf * back - sf * out, cf * out + sf * back
    return Island("leftEar", _CENTRE + np.column_stack([out, back, up]), quads).outward()
