"""What the face network hears: phones, visemes and articulatory cues of speech, 100 times a second."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..watch import Watch
from .phones import PHONES, VISEMES

CUES = ("closure", "labiodental", "voice", "rounding", "spread", "jaw")
WINDOW, OVERLAP = 3000, 100  # frames; the overlap is more than the network sees to either side


@dataclass(frozen=True)
class Heard:
    """Frame i is centred at i * 10 ms.

    phones: (T, 40) probabilities in the order of ``PHONES``. visemes: (T, 15) likewise of ``VISEMES``.
    cues: (T, 6) in the order of ``CUES``: three probabilities, then amounts in 0..1.
    """

    phones: np.ndarray
    visemes: np.ndarray
    cues: np.ndarray

    def cue(self, name: str) -> np.ndarray:
        """(T,) one of ``CUES``."""
        return self.cues[:, CUES.index(name)]


def hear(features: np.ndarray, session: Any, watch: Watch | None = None) -> Heard:
    """The network's answer to (T, bands) features of the set ``phones``, in windows: memory does not grow with T.

    Neighbouring windows overlap by more than the network sees, so the answer does not depend on where they lie.
    """
    watch = watch or Watch()
    frames = len(features)
    heard = Heard(*(np.empty((frames, size), np.float32) for size in (len(PHONES), len(VISEMES), len(CUES))))
    step = WINDOW - 2 * OVERLAP
    for start in range(0, frames, step):
        low, high = max(0, start - OVERLAP), min(frames, start + step + OVERLAP)
        outputs = watch.run(session, {"features": features[None, low:high].astype(np.float32)})
        stop = min(frames, start + step)
        for target, output in zip((heard.phones, heard.visemes, heard.cues), outputs, strict=True):
            target[start:stop] = output[0, start - low:stop - low]
        watch.advance(stop, frames)
    return heard
