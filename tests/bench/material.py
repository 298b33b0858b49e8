"""What the benches work on: speech of any length, and a rig that needs no Blender."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bridge.body.skeleton import CANONICAL
from bridge.face.track import ARKIT
from bridge.rigs.rig import Bone, Mesh, Rig

SAMPLE = Path(__file__).parents[2] / "persona_addon" / "assets" / "sample.ogg"


def speech(seconds: float, folder: Path) -> Path:
    """A WAV of the sample speech repeated up to ``seconds``."""
    import soundfile

    samples, rate = soundfile.read(SAMPLE, dtype="float32")
    wanted = int(seconds * rate)
    path = folder / f"speech_{seconds:g}.wav"
    soundfile.write(path, np.resize(samples, wanted), rate)
    return path


def rig() -> Rig:
    """The canonical skeleton in T-pose as an armature, with a mesh of ARKit's shapes."""
    heads = np.zeros((len(CANONICAL), 3))
    for joint, parent in enumerate(CANONICAL.parents):
        heads[joint] = CANONICAL.offsets[joint] + (heads[parent] if parent >= 0 else 0.0)
    bones = []
    for joint, name in enumerate(CANONICAL.names):
        children = CANONICAL.children[joint]
        tail = heads[children[0]] if children else heads[joint] + np.array(CANONICAL.tips[name])
        parent = CANONICAL.parents[joint]
        bones.append(Bone(name, CANONICAL.names[parent] if parent >= 0 else None, tuple(heads[joint]), tuple(tail)))
    return Rig("Bench", tuple(bones), meshes=(Mesh("Face", ARKIT),))
