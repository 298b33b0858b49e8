"""Speech as an ideal network would hear it, so that the layers above it are tested without one."""

import numpy as np
import pytest

from bridge.body.score import Accent, Score
from bridge.face.listener import CUES, Heard
from bridge.face.phones import CLOSURE, LABIODENTAL, PHONE_INDEX, PHONES, TARGETS, VISEME_OF_PHONE, VISEMES


def heard(spoken: list[tuple[str, float]]) -> Heard:
    """Phones and seconds of each, said without doubt."""
    index = np.concatenate([np.full(round(seconds * 100), PHONE_INDEX[phone]) for phone, seconds in spoken])
    phones = np.eye(len(PHONES), dtype=np.float32)[index]
    visemes = np.eye(len(VISEMES), dtype=np.float32)[VISEME_OF_PHONE[index]]
    cues = np.zeros((len(index), len(CUES)), np.float32)
    for frame, phone in enumerate(index):
        name = PHONES[phone]
        jaw, rounding, spread = (np.mean(target or (0.2, 0.2)) for target in TARGETS[name])
        cues[frame] = (name in CLOSURE, name in LABIODENTAL, name != "SIL", rounding, spread, jaw)
    return Heard(phones, visemes, cues)


@pytest.fixture
def ideal():
    """``heard(phones)``."""
    return heard


@pytest.fixture
def mama() -> Heard:
    """"mama buys five": closures at 0.55, 0.8 and 1.1 s."""
    return heard([("SIL", 0.5), ("M", 0.1), ("AA", 0.15), ("M", 0.1), ("AH", 0.2), ("B", 0.1), ("AY", 0.25), ("Z", 0.1),
                  ("F", 0.12), ("AY", 0.25), ("V", 0.1), ("SIL", 0.8)])


@pytest.fixture
def score() -> Score:
    return Score(seconds=2.77, accents=(Accent(0.68, 0.8), Accent(1.28, 1.2), Accent(1.72, 0.4)),
                 phrases=((0.5, 1.97),))
