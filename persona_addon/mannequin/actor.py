"""The face as one piece: skin, eyes, brows, lashes, teeth and tongue, with what the shapes need to know of each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from . import face, features
from . import head as heads
from .island import Island


@dataclass
class Face:
    """Islands of the face, life size, and their vertices in one row.

    skin: the head, whose vertices come first. spans: island name -> its slice of the row.
    leader: (V,) the vertex whose movement each vertex copies (itself, for most).
    """

    skin: heads.Head
    islands: list[Island]
    spans: dict[str, slice]
    leader: np.ndarray

    @cached_property
    def points(self) -> np.ndarray:
        return np.concatenate([island.points for island in self.islands])

    @cached_property
    def mouth_ring(self) -> np.ndarray:
        """(V,) which ring round the mouth, -1 elsewhere."""
        ring = np.full(len(self.points), -1)
        ring[self.skin.mouth] = np.arange(len(self.skin.mouth))[:, None]
        return ring

    @cached_property
    def is_upper(self) -> np.ndarray:
        """(V,) above the lip line: by ring from the vermilion edge inward, by height elsewhere."""
        x, _, z = self.points.T
        upper = z > face.lip_line(x)
        rings = self.skin.mouth[face.VERMILION:]
        upper[rings] = face.chain(rings.shape[1])[1]
        return upper

    def parts(self, *names: str) -> np.ndarray:
        """Vertex numbers of the islands whose names end so."""
        found = [np.arange(s.start, s.stop) for name, s in self.spans.items() if name.endswith(names)]
        return np.concatenate(found)

    @cached_property
    def flesh(self) -> np.ndarray:
        """Vertices that move by fields: skin, brows, nostrils."""
        return self.parts("head", "Brow", "Nostril")


def build() -> Face:
    skin = heads.build()
    islands = [Island("head", skin.points, skin.faces, heads.MATERIALS, skin.material)]
    followed: dict[str, np.ndarray] = {}
    islands += [features.teeth(True), features.teeth(False), features.tongue()]
    for side in ("left", "right"):
        islands += [features.eyeball(side), features.brow(side), features.nostril(side)]
        for island, leader in (features.tear_duct(skin, side), features.lashes(skin, side, True),
                               features.lashes(skin, side, False)):
            islands.append(island)
            followed[island.name] = leader
    starts = np.cumsum([0] + [len(island.points) for island in islands])
    spans = {island.name: slice(int(a), int(b))
             for island, a, b in zip(islands, starts[:-1], starts[1:], strict=True)}
    leader = np.arange(starts[-1])
    for name, vertices in followed.items():
        leader[spans[name]] = vertices
    return Face(skin, islands, spans, leader)
