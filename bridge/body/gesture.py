"""Generate Gestures: speech and a score in, the body's motion out, by the diffusion model."""

from __future__ import annotations

import math

import numpy as np

from ..cards import Card
from ..speech.features import at_rate
from ..speech.speech import Speech
from ..watch import Watch
from .conditions import conditions
from .denoiser import Denoiser
from .expression import expression
from .motion import Motion
from .phases import SIDES, hand_phases
from .pose_channels import PARTS
from .sampler import sample
from .score import Score
from .score_curves import OF_A_HAND, hand
from .skeleton import CANONICAL

EARLY = (956, 828, 518)  # steps at which guidance decides what is done, not how
# Share of (guidance - 1) by which parts are led, tuned on unheard voices: paths 0.9 of the ordered ones, the head's
# turns and the stillness at rest as the takes have them.
BODY = .15
RESTING_ARM = .5
ENGAGED_ARM = (.75, 1.25)  # at early steps and at the others


def move(speech: Speech, score: Score, *, card: Card, emotion: dict[str, float], energy: float,
         guidance: float, seed: int, watch: Watch) -> Motion:
    """The motion of the whole speech on the canonical skeleton, ceil(seconds * fps) frames, not yet settled.

    emotion: weights that sum to 1. energy 0..1. guidance: how strongly speech and score are followed, 1 = as
    learned, 2 = as intended. The same arguments give the same motion on one machine.
    Raises ``Problem`` where the card's weights cannot be used, ``Cancelled`` when cancelled.
    """
    model = Denoiser(card, watch)
    frames = max(math.ceil(speech.seconds * card.fps - 1e-6), 1)
    audio = at_rate(speech.gesture, card.fps, frames)
    told = conditions(audio, score, emotion, energy, card.fps)
    strength = guidance_over(score, frames, card.fps, guidance, expression(emotion, energy).speed, model.grid)
    channels = sample(model.predict, told, strength, seed, watch, model.windows, model.grid)
    rotations, root = model.basis.decode(channels)
    return Motion(CANONICAL, rotations, root, card.fps, np.ones((frames, 4), np.float32))


def guidance_over(score: Score, frames: int, fps: float, guidance: float, speed: float,
                  grid: tuple[int, ...]) -> np.ndarray | None:
    """(steps, frames, 7 parts) strength of guidance; None where there is none (guidance 1).

    A gesturing arm follows the score at every step, so that its strokes reach their goal; a resting one and the
    rest of the body only at the early steps, and little, so that they stay alive and still.
    """
    extra = guidance - 1
    if extra == 0:
        return None
    time = np.arange(frames) / fps
    early = np.isin(grid, EARLY)[:, None, None]
    strength = np.broadcast_to(1 + BODY * extra * early, (len(grid), frames, len(PARTS))).astype(np.float32)
    for side in SIDES:
        engaged = hand(hand_phases(score.events, side, speed), time, fps)[:, OF_A_HAND.index("engaged")]
        now = early[..., 0]
        led = 1 + extra * np.where(now, RESTING_ARM + ENGAGED_ARM[0] * engaged, ENGAGED_ARM[1] * engaged)
        for part in (f"{side} arm", f"{side} fingers"):
            strength[:, :, list(PARTS).index(part)] = np.maximum(led, 0)
    return strength
