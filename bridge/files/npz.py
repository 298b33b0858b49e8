"""NPZ: a motion as numpy arrays of joint positions and world rotations, with the rest pose.

``names`` (J,), ``parents`` (J,), ``heads`` and ``tails`` (T, J, 3) metres, ``mats`` (T, J, 3, 3) world rotations,
``fps``, ``rest_heads``, ``rest_tails`` (J, 3), ``rest_mats`` (J, 3, 3), ``contacts`` (T, 4). +Z up, facing -Y.
"""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

import numpy as np

from ..body import rotations as rot
from ..body.kinematics import globals_of, rest_of, tips_of
from ..body.motion import CONTACTS, Motion
from ..body.skeleton import CANONICAL, Skeleton
from ..problems import Problem

_BLOCK = 2048  # frames worked out at once, whatever the length


def write(path: str | Path, motion: Motion) -> None:
    """Writes every joint's place; the path must end in .npz. The same motion gives the same bytes."""
    skeleton, frames, joints = motion.skeleton, len(motion), len(motion.skeleton)
    heads, tails = np.empty((2, frames, joints, 3), np.float32)
    mats = np.empty((frames, joints, 3, 3), np.float32)
    for start in range(0, frames, _BLOCK):
        block = slice(start, start + _BLOCK)
        turns, places = globals_of(motion.rotations[block].astype(np.float64), motion.root[block], skeleton)
        heads[block], mats[block] = places, rot.to_matrix(turns)
        tails[block] = tips_of(turns, places, skeleton)
    rest_turns, rest_places = rest_of(skeleton)
    np.savez_compressed(
        path, names=np.array(skeleton.names), parents=skeleton.parents.astype(np.int32), fps=np.float64(motion.fps),
        heads=heads, tails=tails, mats=mats, rest_heads=rest_places,
        rest_tails=tips_of(rest_turns[None], rest_places[None], skeleton)[0],
        rest_mats=rot.to_matrix(rest_turns), contacts=motion.contacts)


def read(path: str | Path) -> Motion:
    """The motion of a file of this layout; contacts are 0 where it holds none.

    Joints that do not keep their distance lose that. Raises ``Problem`` (input.unreadable, npz.invalid).
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        return _motion(arrays)
    except OSError as error:
        raise Problem("input.unreadable", path=path, why=error.strerror or error) from error
    except (KeyError, ValueError, IndexError, TypeError, EOFError, NotImplementedError, zipfile.BadZipFile,
            zlib.error) as error:
        raise Problem("npz.invalid", path=path, why=error) from error


def _motion(arrays: dict[str, np.ndarray]) -> Motion:
    names = tuple(str(name) for name in arrays["names"])
    parents = arrays["parents"].astype(int)
    rest_turns, heads = rot.from_matrix(arrays["rest_mats"]), arrays["rest_heads"].astype(np.float64)
    turns = rot.from_matrix(arrays["mats"].astype(np.float64))
    up = np.maximum(parents, 0)
    rooted = (parents >= 0)[:, None]
    rest_rotations = np.where(rooted, rot.multiply(rot.conjugate(rest_turns[up]), rest_turns), rest_turns)
    offsets = np.where(rooted, rot.rotate(rot.conjugate(rest_turns[up]), heads - heads[up]), heads)
    local = np.where(rooted, rot.multiply(rot.conjugate(turns[:, up]), turns), turns)
    rotations = rot.continuous(rot.multiply(rot.conjugate(rest_rotations), local))
    leaves = [j for j in range(len(names)) if j not in parents]
    tips = {names[j]: tuple(rot.rotate(rot.conjugate(rest_turns[j]), arrays["rest_tails"][j] - heads[j]))
            for j in leaves}
    skeleton = Skeleton(names, parents, offsets, rest_rotations, tips)
    if names == CANONICAL.names and np.allclose(offsets, CANONICAL.offsets, atol=1e-5) \
            and np.allclose(np.abs(rest_rotations), np.abs(CANONICAL.rest_rotations), atol=1e-5):
        skeleton = CANONICAL
    frames = len(rotations)
    contacts = arrays.get("contacts", np.zeros((frames, len(CONTACTS))))
    return Motion(skeleton, rotations.astype(np.float32), arrays["heads"][:, 0].astype(np.float32),
                  float(arrays["fps"]), contacts.astype(np.float32))
