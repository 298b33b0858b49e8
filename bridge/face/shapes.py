"""A face in the shape keys a character has, whatever they are called."""

from __future__ import annotations

import numpy as np

from ..curves import Track
from ..rigs.rig import Mesh, Rig
from .dialects import Dialect, arkit, recognise
from .few_shapes import mixture
from .lips import SEALED, gap
from .resample import resample
from .track import ARKIT_INDEX, FaceTrack

_MISSING_NAMED = 6
_SEALERS = ("jawopen", "mouthclose")
_SEALING = 0.4  # of the tolerance, for them


def face_tracks(face: FaceTrack, rig: Rig, fps: float, start_frame: int, frames: int,
                tolerance: float) -> tuple[list[Track], list[str]]:
    """Sampled shape keys of every mesh of ``rig`` for ``frames`` scene frames, and remarks for the animator.

    Frame ``start_frame`` is the first moment of the face. tolerance: greatest error of a weight; what shuts the lips
    gets a smaller one, since there a hundredth is almost half a millimetre. Shape keys that a driver owns are left
    alone. All meshes of a character speak one family of shapes, the one their shape keys taken together speak best;
    what that family lacks of eyes and brows is taken from ARKit's where the names are its own.
    """
    dialect = recognise([shape for mesh in rig.meshes for shape in mesh.shapes])
    if dialect is None:
        return [], [_nothing(rig)]
    seen = resample(face, fps, frames)
    values = shape_values(seen.weights.astype(np.float64), dialect, _spoken(rig, dialect))
    tracks, remarks = [], [f"Face: {dialect.name}"]
    for mesh in rig.meshes:
        owned, driven = _of_mesh(mesh, dialect, values, tolerance)
        tracks += owned
        if driven:
            remarks.append(f"{mesh.name}: left {len(driven)} driven shape keys alone ({_some(driven)})")
    return tracks, remarks


def shape_values(weights: np.ndarray, dialect: Dialect, names: set[str]) -> dict[str, np.ndarray]:
    """(T,) value in 0..1 of every shape of ``names`` (normal names of ``dialect``) for (T, 52) ARKit weights."""
    shut = gap(weights) <= SEALED
    if dialect.jaw_closes or (dialect.direct and "mouthclose" not in dialect.direct):
        weights = _jaw_shut(weights)
    factors = arkit().direct | dialect.direct
    values = {name: np.clip(weights @ factors[name], 0.0, 1.0)
              for name in names if name in factors and name not in dialect.solved}
    poses = {name: pose for name, pose in dialect.solved.items() if name in names and name not in values}
    if poses:
        amounts = mixture(weights, np.stack(list(poses.values())))
        for (name, _), amount in zip(poses.items(), amounts.T, strict=True):
            values[name] = np.where(shut & (name not in dialect.closed), 0.0, amount)
    return values


def _jaw_shut(weights: np.ndarray) -> np.ndarray:
    """The weights of a face that shuts its lips with the jaw alone: what mouthClose undoes, the jaw does not do."""
    done = weights.copy()
    jaw, close = ARKIT_INDEX["jawOpen"], ARKIT_INDEX["mouthClose"]
    done[:, jaw] = np.maximum(done[:, jaw] - done[:, close] / 0.988, 0.0)
    done[:, close] = 0.0
    return done


def _spoken(rig: Rig, dialect: Dialect) -> set[str]:
    return {name for mesh in rig.meshes for shape in mesh.shapes if (name := _known(shape, dialect))}


def _known(shape: str, dialect: Dialect) -> str | None:
    """The name a family has for a shape key, or ARKit's for eyes and brows."""
    name = dialect.find(shape)
    if name is None and (upper := arkit().find(shape)) and arkit().worth(upper) < 1.0:
        return upper
    return name


def _of_mesh(mesh: Mesh, dialect: Dialect, values: dict[str, np.ndarray],
             tolerance: float) -> tuple[list[Track], list[str]]:
    tracks, driven, taken = [], [], set()
    for shape in mesh.shapes:
        name = _known(shape, dialect)
        if name is None or name in taken:
            continue
        if shape in mesh.driven:
            driven.append(shape)
            continue
        taken.add(name)
        quoted = shape.replace("\\", "\\\\").replace('"', '\\"')
        path = f'key_blocks["{quoted}"].value'
        allowed = tolerance * (_SEALING if name in _SEALERS else 1.0)
        tracks.append(Track(mesh.name, "KEY", path, "weight", values[name][:, None], allowed, "Face"))
    return tracks, driven


def _nothing(rig: Rig) -> str:
    shapes = [shape for mesh in rig.meshes for shape in mesh.shapes]
    if not shapes:
        return "Face: the character's meshes have no shape keys"
    return f"Face: none of the {len(shapes)} shape keys is a face shape Persona knows ({_some(shapes)})"


def _some(names: list[str]) -> str:
    more = len(names) - _MISSING_NAMED
    return ", ".join(names[:_MISSING_NAMED]) + (f" and {more} more" if more > 0 else "")
