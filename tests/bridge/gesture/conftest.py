import numpy as np
import pytest

from bridge.body.score import Accent
from bridge.speech.speech import Speech


def speech_of(seconds: float, seed: int = 0) -> Speech:
    """Phrases of 1.5 to 4.5 s with accents every 0.35 to 0.95 s; no sound in it."""
    draw = np.random.default_rng(seed)
    phrases, accents, time = [], [], .4
    while time < seconds - 1:
        end = min(time + draw.uniform(1.5, 4.5), seconds - .2)
        phrases.append((time, end))
        accent = time + .2
        while accent < end:
            accents.append(Accent(float(accent), float(draw.normal(.6, .6))))
            accent += draw.uniform(.35, .95)
        time = end + draw.choice((.3, .5, 1.0, 1.4))
    frames = int(seconds * 100)
    zero = np.zeros(frames, np.float32)
    return Speech(np.zeros(round(seconds * 16_000), np.float32), np.zeros((frames, 40), np.float32),
                  np.zeros((frames, 42), np.float32), zero, zero, zero, tuple(accents), tuple(phrases))


@pytest.fixture
def make_speech():
    return speech_of
