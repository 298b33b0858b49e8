"""From phones to the mouth: dominance of sounds over each other, and contacts that must happen.

Every phone asks for jaw, rounding, spreading and lip opening; it says how much it cares and how far its claim
reaches (Cohen and Massaro 1993). With posteriors P_k(t) instead of segments an amount is
sum a_k T_k (P_k * h_k) / sum a_k (P_k * h_k), h a two-sided exponential: nothing is switched, a short sound never
reaches its target, a rounded vowel begins in the consonants before it, sounds of the tongue leave the lips to
their neighbours. What may not be blended, the contacts of p b m and f v, is decided as events and drawn over it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import claims, recipes
from .filters import events, ramps, runs, smooth
from .listener import Heard
from .phones import PHONE_INDEX, VISEME_PHONES, VISEMES
from .track import ARKIT_INDEX

RATE = 100  # frames a second
LEAD = 0.02  # seconds the lips are ahead of the sound
JAW = 0.38  # jawOpen of the widest vowel
SHORTEST_CLOSURE, SHORTEST_CONTACT = 0.06, 0.04  # seconds
_APPROACH, _RELEASE = 0.08, 0.07  # seconds from open to shut and back
_PEAK, _EXTENT = 0.33, 0.18  # a contact is where its chance exceeds the first, for as long as it exceeds the second
_SHORT_PAUSE = 0.3  # seconds; in a shorter one the mouth waits instead of closing
_HEARD_SHARE = 0.5  # of the network's own amounts in jaw, rounding and spread; the rest is by phones
_PP, _FF = recipes.viseme("PP"), recipes.viseme("FF")


@dataclass(frozen=True)
class Articulation:
    """What speech does with the mouth, before emotion, at 100 frames a second.

    weights: (T, 52). closure, labiodental: (T,) how far the contact is made. rounding, spread: (T,) 0..1.
    speaking: (T,) 0..1. closures: seconds of the centre of every closure.
    """

    weights: np.ndarray
    closure: np.ndarray
    labiodental: np.ndarray
    rounding: np.ndarray
    spread: np.ndarray
    speaking: np.ndarray
    closures: tuple[float, ...]


def articulate(heard: Heard, effort: np.ndarray) -> Articulation:
    """The mouth of what was heard. effort: (T,) how strongly it is said, 1 = as usual."""
    phones = _spoken(heard)
    amounts = claims.amounts(phones)
    own = np.stack([heard.cue(name) for name in claims.AMOUNTS], axis=1) * (1.0 - phones[:, :1])
    jaw, rounding, spread = smooth(_HEARD_SHARE * own + (1.0 - _HEARD_SHARE) * amounts, 0.02).T
    jaw = jaw * effort
    weights = claims.lip_shapes(phones) * np.clip(0.5 + 0.5 * effort, 0.6, 1.2)[:, None]
    weights += claims.rounded(phones) * rounding[:, None] + claims.spread(phones) * spread[:, None]
    weights[:, ARKIT_INDEX["jawOpen"]] = np.clip(JAW * jaw, 0.0, 1.0)
    weights = smooth(weights, 0.015)
    speaking = smooth(1.0 - phones[:, 0], 0.03)
    closures = _contacts(heard, "closure", "PP", SHORTEST_CLOSURE)
    contacts = _contacts(heard, "labiodental", "FF", SHORTEST_CONTACT)
    closure = ramps(closures, len(weights), RATE, _APPROACH, _RELEASE)
    labiodental = ramps(contacts, len(weights), RATE, _APPROACH, _RELEASE) * (1.0 - closure)
    weights = _touching(weights, closure, labiodental)
    tracks = (weights, closure, labiodental, rounding, spread, speaking)
    return Articulation(*(_earlier(track) for track in tracks),
                        closures=tuple(max(0.0, (start + stop) / 2 - LEAD) for start, stop in closures))


def _spoken(heard: Heard) -> np.ndarray:
    """(T, 40) phones, with silence where there is no voice, and hardly any in pauses too short to close for."""
    phones = heard.phones.astype(np.float64)
    voice = np.clip(1.4 * heard.cue("voice") - 0.2, 0.0, 1.0).astype(np.float64)
    silent = PHONE_INDEX["SIL"]
    quiet = 1.0 - (1.0 - phones[:, silent]) * voice
    for start, stop in runs(quiet > 0.5):
        if start > 0 and stop < len(quiet) and stop - start < _SHORT_PAUSE * RATE:
            quiet[start:stop] *= 0.3
    others = 1.0 - phones[:, silent]
    phones *= np.divide(1.0 - quiet, others, out=np.zeros_like(quiet), where=others > 1e-6)[:, None]
    phones[:, silent] = quiet
    return phones


def _contacts(heard: Heard, cue: str, viseme: str, shortest: float) -> list[tuple[float, float]]:
    """(start, stop) seconds of contacts, made as long as they must be seen.

    The network says it three times, as cue, as viseme and as phones; their mean is surer than each.
    """
    phones = [PHONE_INDEX[phone] for phone in VISEME_PHONES[viseme].split()]
    chance = (heard.cue(cue) + heard.visemes[:, VISEMES.index(viseme)] + heard.phones[:, phones].sum(1)) / 3.0
    spans = []
    for start, stop in events(smooth(chance, 0.01), _PEAK, _EXTENT):
        missing = max(0.0, shortest - (stop - start) / RATE)
        spans.append((start / RATE - missing / 2, stop / RATE + missing / 2))
    return spans


def _touching(weights: np.ndarray, closure: np.ndarray, labiodental: np.ndarray) -> np.ndarray:
    """The weights with pressed lips at closures and the lower lip under the teeth at labiodentals."""
    done = weights.copy()
    jaw = ARKIT_INDEX["jawOpen"]
    done[:, jaw] *= (1.0 - 0.55 * closure) * (1.0 - 0.45 * labiodental)
    for name in ("mouthLowerDownLeft", "mouthLowerDownRight", "mouthUpperUpLeft", "mouthUpperUpRight", "mouthRollLower",
                 "mouthShrugLower"):
        place = ARKIT_INDEX[name]
        done[:, place] += (_FF[place] - done[:, place]) * labiodental
    done[:, ARKIT_INDEX["mouthFunnel"]] *= 1.0 - 0.5 * labiodental
    return np.maximum(done, _PP * closure[:, None])


def _earlier(track: np.ndarray) -> np.ndarray:
    """The track moved ``LEAD`` seconds towards the start; its last frame goes on."""
    lead = min(round(LEAD * RATE), len(track))
    return np.concatenate([track[lead:], np.repeat(track[-1:], lead, axis=0)])
