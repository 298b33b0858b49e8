"""Phone times by a trained network: for speech in other languages, and to find labels that cannot be true."""

from __future__ import annotations

import numpy as np
import torch

from bridge.face.phones import PHONE_INDEX, VISEME_OF_PHONE, VISEMES

from ..corpora.voices import Espeak, Utterance
from .examples import FRAMES, frame_phones, hear
from .network import PhoneticNetwork, Posteriors

_SIL = PHONE_INDEX["SIL"]
_FLOOR = 1e-3  # of a phone's chance: sounds the network does not know must not forbid a path
_SHORTEST = 3  # frames of a phone
_SEEN = 31  # frames over which agreement is averaged


@torch.no_grad()
def chances(network: PhoneticNetwork, samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(T, 40) phone and (T, 15) viseme probabilities."""
    features = torch.from_numpy(hear(samples).astype(np.float32))[None]
    phones, visemes, _ = Posteriors(network).eval()(features)
    return phones[0].numpy(), visemes[0].numpy()


def said_by_espeak(samples: np.ndarray, text: str, voice: str, speaker: str, network: PhoneticNetwork,
                   espeak: Espeak) -> Utterance:
    """The utterance with the phones espeak-ng reads in ``text``."""
    read = espeak.say(text, voice)
    sequence = [int(phone) for phone in read.phones if phone != _SIL]
    phones, visemes = chances(network, samples)
    pooled = np.zeros_like(phones)
    for place, viseme in enumerate(VISEME_OF_PHONE):  # sounds of other languages fit visemes better than phones
        pooled[:, place] = 0.5 * phones[:, place] + 0.5 * visemes[:, viseme]
    placed, starts = align(np.log(pooled + _FLOOR), sequence)
    bounds = np.array([*starts, len(phones)], np.float32) / FRAMES
    return Utterance(samples, np.array(placed, np.int8), bounds, speaker, voice[:2])


def align(scores: np.ndarray, sequence: list[int]) -> tuple[list[int], list[int]]:
    """Best placement of ``sequence`` in (T, 40) log chances, with silence allowed between any two phones.

    Each phone lasts ``_SHORTEST`` frames at least. Returns phones (with the silences used) and their first frames.
    """
    states, optional = [_SIL], [True]
    for phone in sequence:
        states += [phone] * _SHORTEST + [_SIL]
        optional += [False] * _SHORTEST + [True]
    states, optional = np.array(states), np.array(optional)
    frames, count = len(scores), len(states)
    reached = np.full(count, -np.inf)
    reached[:2] = scores[0, states[:2]]
    came = np.zeros((frames, count), np.int8)
    # a phone's inner states hold one frame each; only its last one and silences may stay
    last_of_phone = np.zeros(count, bool)
    last_of_phone[:-1] = ~optional[:-1] & optional[1:]
    stays = optional | last_of_phone
    for frame in range(1, frames):
        stay = np.where(stays, reached, -np.inf)
        step = np.concatenate([[-np.inf], reached[:-1]])
        skip = np.where(np.concatenate([[False] * 2, optional[1:-1]]), np.concatenate([[-np.inf] * 2, reached[:-2]]),
                        -np.inf)  # over a silence that was not made
        options = np.stack([stay, step, skip])
        came[frame] = options.argmax(0)
        reached = options.max(0) + scores[frame, states]
    state = count - 1 if reached[-1] >= reached[-2] else count - 2
    path = np.empty(frames, int)
    for frame in range(frames - 1, -1, -1):
        path[frame] = state
        state -= came[frame, state]
    begins = optional | np.concatenate([[True], optional[:-1]])  # a silence, or the first state of a phone
    unit = np.maximum.accumulate(np.where(begins, np.arange(count), 0))
    segment = unit[path]
    firsts = np.flatnonzero(np.diff(np.concatenate([[-1], segment])))
    return [int(states[path[first]]) for first in firsts], [int(first) for first in firsts]


def disowned(utterance: Utterance, visemes: np.ndarray, least: float) -> np.ndarray:
    """(T,) frames around which fewer than ``least`` of the labels agree with a network's (T, 15) visemes."""
    labels = frame_phones(utterance, len(visemes))[0]
    label_visemes = VISEME_OF_PHONE[labels]
    agree = (visemes.argmax(1) == label_visemes) | (visemes[np.arange(len(labels)), label_visemes] > 0.3)
    kernel = np.ones(_SEEN) / _SEEN
    share = np.convolve(np.pad(agree.astype(float), _SEEN // 2, mode="edge"), kernel, mode="valid")
    return (share < least) & (label_visemes != VISEMES.index("sil"))
