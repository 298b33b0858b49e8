"""Rotations as quaternions w, x, y, z, vectorised over every leading axis.

All functions take (..., 4) unit quaternions that act on column vectors (q rotates v: q v q*), broadcast
like numpy, and keep float32 or float64 as it comes. Angles are radians. Euler orders have Blender's meaning:
order "XYZ" turns about X first, R = Rz Ry Rx, and the three angles always stand in the order x, y, z.
"""

from __future__ import annotations

import numpy as np

_AXES = {"X": 0, "Y": 1, "Z": 2}
IDENTITY = (1.0, 0.0, 0.0, 0.0)


def identity(*shape: int) -> np.ndarray:
    """(*shape, 4) identity rotations, float64."""
    q = np.zeros((*shape, 4))
    q[..., 0] = 1
    return q


def multiply(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a b: the rotation b followed by a."""
    a, b = np.asarray(a), np.asarray(b)
    aw, ax, ay, az = (a[..., i] for i in range(4))
    bw, bx, by, bz = (b[..., i] for i in range(4))
    return _pack(aw * bw - ax * bx - ay * by - az * bz,
                 aw * bx + ax * bw + ay * bz - az * by,
                 aw * by - ax * bz + ay * bw + az * bx,
                 aw * bz + ax * by - ay * bx + az * bw)


def conjugate(q: np.ndarray) -> np.ndarray:
    """The inverse of a unit quaternion."""
    q = np.asarray(q)
    return q * np.array((1, -1, -1, -1), q.dtype)


def normalise(q: np.ndarray) -> np.ndarray:
    """Unit length; a quaternion of length 0 becomes the identity."""
    q = _floats(q)
    length = np.sqrt(_dot(q, q))[..., None]
    unit = np.where(length > 0, q / np.where(length > 0, length, 1), np.array(IDENTITY, q.dtype))
    return unit.astype(q.dtype, copy=False)


def rotate(q: np.ndarray, v: np.ndarray) -> np.ndarray:
    """v (..., 3) turned by q."""
    q, v = np.asarray(q), np.asarray(v)
    w, x, y, z = (q[..., i] for i in range(4))
    vx, vy, vz = (v[..., i] for i in range(3))
    tx, ty, tz = 2 * (y * vz - z * vy), 2 * (z * vx - x * vz), 2 * (x * vy - y * vx)
    return _pack(vx + w * tx + y * tz - z * ty,
                 vy + w * ty + z * tx - x * tz,
                 vz + w * tz + x * ty - y * tx)


def angle_between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(...) angle of the rotation from a to b, 0..pi, exact for small angles. Need not be unit length."""
    difference = multiply(conjugate(a), b)
    return 2 * np.arctan2(np.sqrt(_dot(difference[..., 1:], difference[..., 1:])), np.abs(difference[..., 0]))


def slerp(a: np.ndarray, b: np.ndarray, t: np.ndarray | float) -> np.ndarray:
    """The rotation at t (..., 0 = a, 1 = b) on the shorter arc with constant speed (Shoemake 1985)."""
    a, b = _floats(a), _floats(b)
    t = np.asarray(t, a.dtype)
    b = np.where((_dot(a, b) < 0)[..., None], -b, b)
    chord, sum_ = a - b, a + b
    theta = 2 * np.arctan2(np.sqrt(_dot(chord, chord)), np.sqrt(_dot(sum_, sum_)))
    ratio = np.sinc(theta / np.pi)  # sin(theta) / theta, so that nothing divides by an angle of 0
    wa = (1 - t) * np.sinc((1 - t) * theta / np.pi) / ratio
    wb = t * np.sinc(t * theta / np.pi) / ratio
    return normalise((wa[..., None] * a + wb[..., None] * b).astype(a.dtype, copy=False))


def between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The smallest rotation that takes direction a (..., 3) to direction b (..., 3); any length but 0.

    Opposite directions turn half round about some axis square to them.
    """
    a, b = np.broadcast_arrays(_unit(a), _unit(b))
    w = 1 + _dot(a, b)
    q = _pack(w, *_cross(a, b))
    return normalise(np.where((w < 1e-9)[..., None], _pack(np.zeros_like(w), *_square_to(a)), q))


def swing_twist(q: np.ndarray, axis: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(swing, twist) with q = swing twist; the twist turns about axis (..., 3), the swing square to it.

    Where q is half a turn square to the axis the twist is not determined and the identity is taken.
    """
    q, axis = _floats(q), _unit(axis)
    along = _dot(q[..., 1:], axis)
    twist = np.concatenate((q[..., :1], along[..., None] * axis), -1)
    undetermined = (_dot(twist, twist) < 1e-12)[..., None]
    twist = normalise(np.where(undetermined, np.array(IDENTITY, q.dtype), twist).astype(q.dtype, copy=False))
    return multiply(q, conjugate(twist)), twist


def twist_angle(q: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """(...) angle in -pi..pi of the twist of q about axis (..., 3)."""
    q, axis = _floats(q), _unit(axis)
    angle = 2 * np.arctan2(_dot(q[..., 1:], axis), q[..., 0])
    return np.arctan2(np.sin(angle), np.cos(angle))


def continuous(q: np.ndarray) -> np.ndarray:
    """The same rotations (T, ..., 4) with signs chosen so that no step in time goes the long way round."""
    q = np.asarray(q)
    if len(q) < 2:
        return q.copy()
    flips = np.where(_dot(q[1:], q[:-1]) < 0, -1, 1).astype(q.dtype)
    signs = np.concatenate((np.ones_like(flips[:1]), np.cumprod(flips, axis=0)))
    return q * signs[..., None]


def resample(q: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """q (T, ..., 4) read by slerp at positions (N,), counted in frames of q; its ends are held."""
    low, part = _between_frames(len(q), positions)
    part = part.reshape(-1, *(1,) * (q.ndim - 2))
    return continuous(slerp(q[low], q[np.minimum(low + 1, len(q) - 1)], part))


def from_rotation_vector(v: np.ndarray) -> np.ndarray:
    """Rotation by |v| about v (..., 3), radians."""
    v = _floats(v)
    half = np.sqrt(_dot(v, v)) / 2
    q = np.concatenate((np.cos(half)[..., None], np.sinc(half / np.pi)[..., None] * v / 2), -1)
    return q.astype(v.dtype, copy=False)


def to_rotation_vector(q: np.ndarray) -> np.ndarray:
    """(..., 3) axis times angle, at most pi long."""
    q = _floats(q)
    q = np.where(q[..., :1] < 0, -q, q)
    sine = np.sqrt(_dot(q[..., 1:], q[..., 1:]))
    half = np.arctan2(sine, q[..., 0])
    return (2 / np.sinc(half / np.pi)[..., None] * q[..., 1:]).astype(q.dtype, copy=False)


def from_axis_angle(values: np.ndarray) -> np.ndarray:
    """From Blender's AXIS_ANGLE: (..., 4) angle, x, y, z, an axis of any length; 0 gives the identity."""
    values = _floats(values)
    axis, half = values[..., 1:], values[..., :1] / 2
    length = np.sqrt(_dot(axis, axis))[..., None]
    unit = axis / np.where(length > 0, length, 1)
    q = np.concatenate((np.where(length > 0, np.cos(half), 1), np.sin(half) * unit), -1)
    return q.astype(values.dtype, copy=False)


def to_axis_angle(q: np.ndarray) -> np.ndarray:
    """To Blender's AXIS_ANGLE: (..., 4) angle 0..2 pi, x, y, z; the identity turns by 0 about y.

    The sign of q counts (-q turns the other way round), so that continuous q gives continuous angles.
    """
    q = _floats(q)
    sine = np.sqrt(_dot(q[..., 1:], q[..., 1:]))[..., None]
    axis = np.where(sine > 0, q[..., 1:] / np.where(sine > 0, sine, 1), np.array((0, 1, 0), q.dtype))
    return np.concatenate((2 * np.arctan2(sine, q[..., :1]), axis), -1).astype(q.dtype, copy=False)


def to_matrix(q: np.ndarray) -> np.ndarray:
    """(..., 3, 3) rotation matrix for column vectors."""
    w, x, y, z = (np.asarray(q)[..., i] for i in range(4))
    rows = _pack(1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y),
                 2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x),
                 2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y))
    return rows.reshape(*rows.shape[:-1], 3, 3)


def from_matrix(m: np.ndarray) -> np.ndarray:
    """From a rotation matrix (..., 3, 3), w >= 0: the best conditioned of four forms (Shepperd 1978)."""
    m = _floats(m)
    xx, yy, zz = m[..., 0, 0], m[..., 1, 1], m[..., 2, 2]
    wx, wy, wz = m[..., 2, 1] - m[..., 1, 2], m[..., 0, 2] - m[..., 2, 0], m[..., 1, 0] - m[..., 0, 1]
    xy, xz, yz = m[..., 0, 1] + m[..., 1, 0], m[..., 0, 2] + m[..., 2, 0], m[..., 1, 2] + m[..., 2, 1]
    forms = np.stack((_pack(1 + xx + yy + zz, wx, wy, wz), _pack(wx, 1 + xx - yy - zz, xy, xz),
                      _pack(wy, xy, 1 - xx + yy - zz, yz), _pack(wz, xz, yz, 1 - xx - yy + zz)), -2)
    best = np.argmax(np.diagonal(forms, axis1=-2, axis2=-1), -1)
    q = normalise(np.take_along_axis(forms, best[..., None, None], -2)[..., 0, :])
    return np.where(q[..., :1] < 0, -q, q)


def from_euler(angles: np.ndarray, order: str = "XYZ") -> np.ndarray:
    """From Blender's Euler angles (..., 3) x, y, z: those of order "XYZ" turn about X first."""
    angles = _floats(angles)
    turns = []
    for letter in order:
        q = np.zeros((*angles.shape[:-1], 4), angles.dtype)
        half = angles[..., _AXES[letter]] / 2
        q[..., 0], q[..., 1 + _AXES[letter]] = np.cos(half), np.sin(half)
        turns.append(q)
    return multiply(turns[2], multiply(turns[1], turns[0]))


def to_euler(q: np.ndarray, order: str = "XYZ") -> np.ndarray:
    """To Blender's Euler angles (..., 3) x, y, z, the middle one in -pi/2..pi/2 (Shoemake 1994).

    For keys over time pass the result through ``continuous_euler``.
    """
    m = to_matrix(q)
    i, j, k = (_AXES[letter] for letter in order)
    sign = 1 if (j - i) % 3 == 1 else -1
    cosine = np.hypot(m[..., i, i], m[..., j, i])
    free = cosine > 1e-6 if m.dtype == np.float64 else cosine > 1e-3
    angles = np.empty((*m.shape[:-2], 3), m.dtype)
    angles[..., i] = np.where(free, np.arctan2(m[..., k, j], m[..., k, k]),
                              np.arctan2(-m[..., j, k], m[..., j, j]))
    angles[..., j] = np.arctan2(-m[..., k, i], cosine)
    angles[..., k] = np.where(free, np.arctan2(m[..., j, i], m[..., i, i]), 0)
    return sign * angles


def continuous_euler(angles: np.ndarray, order: str = "XYZ") -> np.ndarray:
    """The same rotations (T, ..., 3) with the smallest steps in time: other triples, whole turns added."""
    angles = _floats(angles)
    middle = _AXES[order[1]]
    other = angles + np.array(np.pi, angles.dtype)
    other[..., middle] = np.pi - angles[..., middle]

    def step(after: np.ndarray) -> np.ndarray:
        turn = after - angles[:-1]
        return np.abs(turn - 2 * np.pi * np.round(turn / (2 * np.pi))).sum(-1)

    # Two triples name each rotation; a change from one kind to the other costs the same from either kind,
    # so that the choice is a running parity.
    changes = step(other[1:]) < step(angles[1:])
    odd = np.concatenate((np.zeros((1, *changes.shape[1:]), bool), np.cumsum(changes, axis=0) % 2 == 1))
    return np.unwrap(np.where(odd[..., None], other, angles), axis=0).astype(angles.dtype, copy=False)


def six_d(q: np.ndarray) -> np.ndarray:
    """(..., 6) first two columns of the rotation matrix, one after the other (Zhou et al. 2019)."""
    m = to_matrix(q)
    return np.concatenate((m[..., 0], m[..., 1]), -1)


def from_six_d(columns: np.ndarray) -> np.ndarray:
    """From (..., 6) two columns that need be neither unit nor square to each other (Gram-Schmidt)."""
    columns = _floats(columns)
    x = _unit(columns[..., :3])
    y = columns[..., 3:] - _dot(x, columns[..., 3:])[..., None] * x
    y = _unit(y)
    return from_matrix(np.stack((x, y, _pack(*_cross(x, y))), -1))


def _floats(a: np.ndarray) -> np.ndarray:
    a = np.asarray(a)
    return a if a.dtype in (np.float32, np.float64) else a.astype(np.float64)


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.einsum("...i,...i->...", a, b)


def _cross(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return (a[..., 1] * b[..., 2] - a[..., 2] * b[..., 1],
            a[..., 2] * b[..., 0] - a[..., 0] * b[..., 2],
            a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0])


def _pack(*components: np.ndarray) -> np.ndarray:
    return np.stack(np.broadcast_arrays(*components), -1)


def _unit(v: np.ndarray) -> np.ndarray:
    v = _floats(v)
    return v / np.sqrt(_dot(v, v))[..., None]


def _square_to(v: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Some direction square to the unit directions v."""
    smallest = np.eye(3, dtype=v.dtype)[np.argmin(np.abs(v), -1)]
    return _cross(v, smallest)


def _between_frames(count: int, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(frame before, share of the way to the next one) of positions in 0..count - 1."""
    positions = np.clip(np.asarray(positions, np.float64), 0, count - 1)
    low = np.minimum(positions.astype(np.int64), max(count - 2, 0))
    return low, positions - low
