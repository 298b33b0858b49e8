"""The loops of mouth and eyes: concentric rings that fill the holes of the head's grid, life size.

A ring is numbered from its corner at the character's right (mouth) or at the nose (eye): along the upper
side to the other corner, back along the lower. With n vertices in a ring, k and n - k are partners, the
two that touch when it closes; 0 and n / 2 are the corners.
"""

from __future__ import annotations

import numpy as np

from . import clay

MOUTH_WIDTH = 24.0  # half
MOUTH_LINE = 1568.0
CONTACT = 9  # the ring where the lips touch
VERMILION = 5  # the ring round the red of the lips
EYE_WIDTH = 15.8  # half
MARGIN = 6  # the ring of the lid's outer edge


def chain(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Of n vertices round a ring: place from corner to corner (-1..1), and which are on the upper side."""
    s = 2.0 * np.arange(n) / n
    upper = np.arange(n) <= n // 2
    return np.where(upper, 2.0 * s - 1.0, 3.0 - 2.0 * s), upper


def eased(u: np.ndarray, straight: float) -> np.ndarray:
    """u in -1..1 with its ends drawn together."""
    return straight * u + (1.0 - straight) * np.sin(u * np.pi / 2.0)


def lip_line(x: np.ndarray) -> np.ndarray:
    """Height of the line between the lips."""
    q = np.minimum(np.abs(x) / MOUTH_WIDTH, 1.2)
    return MOUTH_LINE + 1.6 * q**2.5 - 0.7 * np.exp(-((x / 5.0) ** 2))


def lip_heights(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Height z of the upper and the lower edge of the red of the lips."""
    q = np.minimum(np.abs(x) / MOUTH_WIDTH, 1.0)
    line = lip_line(x)
    return (line + 7.2 * (1 - q**1.6) ** 0.95 - 1.5 * np.exp(-((x / 3.6) ** 2)) * (1 - q),
            line - 8.2 * (1 - q**2.2) ** 0.9)


def mouth(border: np.ndarray) -> np.ndarray:
    """(18, n, 3) rings from the border of the hole (n, 3), through the lips, to the back of the mouth."""
    u, upper = chain(len(border))
    x = MOUTH_WIDTH * eased(u, 0.55)
    q = np.abs(x) / MOUTH_WIDTH
    line = lip_line(x)
    height = np.where(upper, *lip_heights(x)) - line
    lips = _lips(border, x, line, height)
    flat = (1.0 - q**2.4)[None, :, None] * (0.0, 1.0, 0.0)
    lips[4:] += flat * np.where(upper, np.array([[0.2, 0.4, -2.0, -2.6, -1.8, -0.5]]).T,
                                np.array([[0.4, 0.4, -2.4, -3.4, -2.4, -0.5]]).T)[..., None]
    dimple = np.exp(-(((1.0 - q) / 0.12) ** 2))
    lips[5:, :, 1] += np.array([0.6, 0.9, 1.2, 1.6, 2.0])[:, None] * dimple
    partner = -np.arange(len(border)) % len(border)
    lips[CONTACT] = 0.5 * (lips[CONTACT] + lips[CONTACT, partner])
    return np.concatenate([lips, _inside(lips[CONTACT], q, upper)])


def _lips(border: np.ndarray, x: np.ndarray, line: np.ndarray, height: np.ndarray) -> np.ndarray:
    """Rings 0 to 9 as they lie on the clay."""
    def seen(scale: float, share: float) -> np.ndarray:
        wide = scale * x
        depth = -153.0 + 9.0 * (wide / MOUTH_WIDTH) ** 2
        return np.stack(clay.angles(np.stack([wide, depth, line + share * height], -1)))

    start, edge = np.stack(clay.angles(border)), seen(1.07, 1.0)
    skin = [start + f * (edge - start) for f in (0.28, 0.52, 0.74, 0.90, 1.0)]
    red = [seen(1.045, 0.72), seen(1.02, 0.40), seen(1.005, 0.14), seen(1.0, 0.0)]
    rays = np.stack(skin + red)
    return np.concatenate([border[None], clay.on(clay.head, rays[:, 0], rays[:, 1])])


def _inside(contact: np.ndarray, q: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """Rings 10 to 17: the lips' inner side and the bag of the mouth."""
    sign = np.where(upper, 1.0, -1.0)
    rings = []
    for back, high in ((2.5, 0.35), (5.0, 1.8), (7.0, 6.0)):
        ring = contact + np.array([0.0, back, 0.0])
        ring[:, 2] += sign * high * np.maximum(1.0 - q * q, 0.0) ** 0.4
        rings.append(ring)
    for back, high, wide in ((9.5, 12.0, 1.06), (17, 17, 1.16), (30, 18, 1.14), (45, 15, 1.0), (58, 9, 0.72)):
        ring = contact * (wide, 1.0, 1.0) + (0.0, back, 0.0)
        ring[:, 2] = 1566.0 + sign * high * np.maximum(1.0 - q * q, 0.0) ** 0.4
        rings.append(ring)
    return np.stack(rings)


def eye(border: np.ndarray) -> np.ndarray:
    """(11, n, 3) rings of the left eye: border, skin to the crease, lid, margins, socket. The back stays open."""
    u, upper = chain(len(border))
    ex = EYE_WIDTH * eased(u, 0.5)
    e = ex / EYE_WIDTH
    opening = np.where(upper, 6.4 * (1 - np.abs(e + 0.1 * (1 - e * e)) ** 2.1) ** 0.85,
                       -5.7 * (1 - np.abs(e - 0.12 * (1 - e * e)) ** 2.3) ** 0.85)
    ez = 0.2 + 1.5 * e + opening
    w = np.sqrt(np.maximum(1.0 - e * e, 0.0))

    def at(scale: float, above: float, below: float) -> np.ndarray:
        return _on_lid(scale * ex, ez + np.where(upper, above, -below) * w)

    start = np.stack(clay.angles(border))
    crease = np.stack(clay.angles(at(1.14, 4.6, 4.2)))
    rays = np.stack([start + f * (crease - start) for f in (0.4, 0.75, 1.0)]
                    + [np.stack(clay.angles(at(1.09, 2.9, 2.9))), np.stack(clay.angles(at(1.045, 1.3, 1.3)))])
    skin = clay.on(clay.head, rays[:, 0], rays[:, 1])
    skin[2, :, 1] += np.where(upper, 1.3, 0.35) * w
    outer = at(1.0, 0.0, 0.0)
    return np.concatenate([border[None], skin, outer[None], _socket(outer)])


def _on_lid(dx: np.ndarray, dz: np.ndarray) -> np.ndarray:
    """Points over the eye at (dx, dz) from its centre; the corners lie beside the ball."""
    r = clay.EYE_RADIUS + clay.LID
    depth = np.sqrt(np.maximum(r * r - dx * dx - dz * dz, (0.33 * r) ** 2))
    return clay.EYE + np.stack([dx, -depth, dz], -1)


def _socket(outer: np.ndarray) -> np.ndarray:
    """Rings 7 to 10: the lids' inner margin and the bag behind the ball."""
    off = outer - clay.EYE
    off /= np.linalg.norm(off, axis=1, keepdims=True)
    polar = np.arccos(np.clip(-off[:, 1], -1.0, 1.0))
    round_axis = off * (1.0, 0.0, 1.0) / np.maximum(np.hypot(off[:, 0], off[:, 2]), 1e-9)[:, None]
    rings = [clay.EYE + (clay.EYE_RADIUS + 0.25) * off]
    for share in (0.18, 0.5, 0.8):
        angle = polar + share * (np.pi - polar)
        turned = np.sin(angle)[:, None] * round_axis - np.cos(angle)[:, None] * (0.0, 1.0, 0.0)
        rings.append(clay.EYE + (clay.EYE_RADIUS + 0.3) * turned)
    return np.stack(rings)
