"""Where the face moves: smooth weights over its vertices, from which every shape is put together."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from . import face as loops
from . import proportions as figure
from .actor import Face
from .fields import smoothstep
from .island import edges_of

HINGE = np.array(figure.HEAD_BONES["jaw"][1])
_JAW_ROUNDS = 260


class Regions:
    """Weights (V,) over the vertices of a face; zero on what does not move by fields."""

    def __init__(self, face: Face) -> None:
        self.face = face
        self.points = face.points
        self.x, self.y, self.z = face.points.T
        self.is_flesh = np.zeros(len(self.points), bool)
        self.is_flesh[face.flesh] = True
        self.front = smoothstep(-95.0, -118.0, self.y) * self.is_flesh
        self.ring = face.mouth_ring
        self.q = np.abs(self.x) / loops.MOUTH_WIDTH
        self.upper = face.is_upper

    @cached_property
    def off_lids(self) -> np.ndarray:
        """1 on the face, fading to 0 on the lids, which must stay on the ball."""
        weight = np.ones(len(self.points))
        for rings in self.face.skin.eyes.values():
            weight[rings] = np.array([1.0, 0.85, 0.6, 0.3, 0.1] + [0.0] * (len(rings) - 5))[:, None]
        return weight

    @cached_property
    def beyond_lips(self) -> np.ndarray:
        """mm above the upper, below the lower edge of the red of the lips; 0 within."""
        top, bottom = loops.lip_heights(self.x)
        off = np.where(self.upper, self.z - top, bottom - self.z)
        return np.where(self.ring >= loops.VERMILION, 0.0, np.maximum(off, 0.0))

    @cached_property
    def _lip(self) -> np.ndarray:
        inside = np.array([1.0] * 10 + [1.0, 0.9, 0.75, 0.5, 0.3, 0.12, 0.0, 0.0])
        fade = np.where(self.ring >= 0, inside[np.maximum(self.ring, 0)], 1.0)
        reach = np.where(self.upper, 21.0, 26.0)
        near = 1.0 - np.clip(self.beyond_lips / reach, 0.0, 1.0)
        bell = np.maximum(1.0 - self.q**2, 0.0)
        return bell * near * near * (3.0 - 2.0 * near) * fade * self.front

    @cached_property
    def upper_lip(self) -> np.ndarray:
        return self._lip * self.upper

    @cached_property
    def lower_lip(self) -> np.ndarray:
        return self._lip * ~self.upper

    @cached_property
    def lips(self) -> np.ndarray:
        """Both lips and the skin round them."""
        aside = np.maximum(np.abs(self.x) - loops.MOUTH_WIDTH, 0.0)
        return np.exp(-((self.beyond_lips / 16.0) ** 2) - (aside / 20.0) ** 2) * self.front * self._not_deep

    @cached_property
    def _not_deep(self) -> np.ndarray:
        return np.where(self.ring > 14, np.maximum(0.0, 1.0 - 0.35 * (self.ring - 14)), 1.0)

    def corner(self, side: float) -> np.ndarray:
        """About the mouth's corner; side +1 left, -1 right."""
        centre = self.points[self.face.skin.mouth[loops.CONTACT]]
        centre = centre[np.argmax(centre[:, 0])]
        dx = side * self.x - centre[0]
        radius = np.where(dx < 0, 0.52, 0.92) * loops.MOUTH_WIDTH
        return np.exp(-((dx / radius) ** 2) - ((self.z - centre[2]) / 20.0) ** 2) * self.front * self._not_deep

    def half(self, side: float) -> np.ndarray:
        """1 on that side of the mouth, 0 on the other, smooth across the middle."""
        return smoothstep(-0.45, 0.45, side * self.x / loops.MOUTH_WIDTH)

    def gauss(self, centre: tuple[float, float, float], radii: tuple[float, float, float],
              side: float = 1.0) -> np.ndarray:
        q = (self.points * (side, 1.0, 1.0) - centre) / radii
        return np.exp(-np.einsum("ij,ij->i", q, q)) * self.is_flesh * self.off_lids

    @cached_property
    def outside(self) -> np.ndarray:
        """1 on the face, fading to 0 on the lips and inward, so that no skin folds over their edge."""
        aside = np.maximum(np.abs(self.x) - loops.MOUTH_WIDTH, 0.0)
        return np.where(self.ring >= loops.VERMILION, 0.0, smoothstep(0.0, 8.0, np.hypot(self.beyond_lips, aside)))

    @cached_property
    def jaw(self) -> np.ndarray:
        """How far each vertex goes with the jaw: given on lips, chin and skull, harmonic between them.

        The slit of the mouth cuts the surface, so upper and lower lip part by themselves.
        """
        weight = self._harmonic(*self._jaw_fixed())
        for name, span in self.face.spans.items():
            if name == "lowerTeeth":
                weight[span] = 1.0
            elif name == "tongue":
                y = self.y[span]
                weight[span] = 1.0 - 0.45 * (y - y.min()) / np.ptp(y)
        return weight

    def _jaw_fixed(self) -> tuple[np.ndarray, np.ndarray]:
        skin = self.face.spans["head"]
        x, y, z = self.points[skin].T
        value = np.full(len(x), np.nan)
        with np.errstate(invalid="ignore"):
            value[(z > 1604.0) | self.face.skin.on_neck | (np.abs(self.face.skin.azimuth) > 118.0)] = 0.0
        value[(np.abs(x) < 26.0) & (z < 1551.0) & (y < -112.0) & ~self.face.skin.on_neck] = 1.0
        rings = self.face.skin.mouth
        n = rings.shape[1]
        q = self.q[rings]
        upper = np.broadcast_to(loops.chain(n)[1], rings.shape)
        deep = np.arange(len(rings))[:, None]
        lip = np.where(upper, np.where(deep >= 13, 0.0, 0.42 * np.minimum(q, 1.0) ** 6),
                       np.where(deep >= 14, 1.0, 0.42 + 0.58 * (1.0 - np.minimum(q, 1.0) ** 3)))
        lip[:, [0, n // 2]] = np.where(deep >= 14, 0.5, 0.42)
        value[rings[loops.VERMILION:]] = lip[loops.VERMILION:]
        return value, np.isnan(value)

    def _harmonic(self, value: np.ndarray, free: np.ndarray) -> np.ndarray:
        """Solve the graph Laplace equation (edges weigh 1 / length) by Jacobi rounds; brows and nostrils 0."""
        edges = edges_of(self.face.skin.faces)
        length = np.linalg.norm(self.points[edges[:, 0]] - self.points[edges[:, 1]], axis=1)
        pull = 1.0 / np.maximum(length, 0.3)
        edges, pull = edges[free[edges].any(1)], pull[free[edges].any(1)]
        count = len(value)
        total = np.maximum(np.bincount(edges[:, 0], pull, count) + np.bincount(edges[:, 1], pull, count), 1e-9)
        solved = np.where(free, 0.3, value)
        for _ in range(_JAW_ROUNDS):
            mean = (np.bincount(edges[:, 0], pull * solved[edges[:, 1]], count)
                    + np.bincount(edges[:, 1], pull * solved[edges[:, 0]], count)) / total
            solved = np.where(free, mean, value)
        whole = np.zeros(len(self.points))
        whole[self.face.spans["head"]] = solved
        return whole
