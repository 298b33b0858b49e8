"""When each word of a known text is said: forced alignment of its letters with the phones the face network hears.

Letters stand for the phones they may spell, so no dictionary is needed and any language in Latin, Cyrillic or Greek
letters will do; letters may be silent, and sounds between words may lack a letter. The best path is found by
Viterbi's algorithm within a band of states around the best one so far: memory is bounded, time linear.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..face.phones import PHONES
from ..watch import Watch
from .speech import FEATURE_RATE, Word

SPELLINGS = {
    "a": "AA AE AH AO EY EH AW AY IH", "b": "B P V", "c": "K S CH SH TH G", "d": "D T DH JH",
    "e": "EH IY AH EY IH ER AE AY UW", "f": "F V", "g": "G JH NG K HH ZH", "h": "HH K", "i": "IH AY IY AH ER Y EH",
    "j": "JH Y HH ZH", "k": "K G", "l": "L Y", "m": "M N", "n": "N NG M", "o": "AA AO OW AH UW UH AW OY W",
    "p": "P F B", "q": "K", "r": "R ER HH AH", "s": "S Z SH ZH", "t": "T D SH CH TH DH S", "u": "AH UW UH Y W ER OW V",
    "v": "V F B W", "w": "W UW V AW OW", "x": "K S Z G SH HH", "y": "Y IY AY IH UW", "z": "Z S TH T ZH",
}
LETTERS = "".join(SPELLINGS)
PAUSE, ANY = len(LETTERS), len(LETTERS) + 1  # what stands between words; a sign whose sound is not known
ROMAN = str.maketrans({
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ж": "s", "з": "z", "и": "i", "й": "y", "к": "k",
    "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "h",
    "ц": "ts", "ч": "tj", "ш": "s", "щ": "s", "ъ": "", "ы": "i", "ь": "", "э": "e", "ю": "yu", "я": "ya", "ё": "yo",
    "і": "i", "ї": "yi", "є": "ye", "ґ": "g", "α": "a", "β": "v", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i",
    "θ": "t", "ι": "i", "κ": "k", "λ": "l", "μ": "m", "ν": "n", "ξ": "ks", "ο": "o", "π": "p", "ρ": "r", "σ": "s",
    "ς": "s", "τ": "t", "υ": "i", "φ": "f", "χ": "h", "ψ": "ps", "ω": "o", "ß": "ss", "æ": "e", "œ": "e", "ø": "e",
    "ł": "l", "đ": "d", "ı": "i", "þ": "t", "ð": "d"})

SILENT = 3.0  # nats a silent letter costs
SKIPPED = 25.0  # nats it costs to begin or end elsewhere than the text does
UNWRITTEN = 1.5  # nats a frame of speech between words costs more than a pause
HEARD = 0.4  # mean probability of its letters' phones from which a word counts as heard
FITS = 0.5  # share of words heard: readings have 0.74 and more (French 0.43), texts of something else 0.48 and less
FLOOR = 1e-3  # probability nothing falls below
BAND, CELLS = 400, 48_000_000  # states kept around the best one at least; cells of the whole search at most
_NEVER = -1e12


@dataclass(frozen=True)
class Alignment:
    """words: those that were said, with their times. agreement: share of them whose letters were heard; above
    ``FITS`` where text and sound belong together, below where they do not."""

    words: tuple[Word, ...]
    agreement: float


def align(words: Sequence[Word], phones: np.ndarray, watch: Watch | None = None) -> Alignment:
    """Times of ``words``, whose own are ignored, in a sound with the phone probabilities (T, 40) at 100 Hz.

    Words before the sound's beginning and after its end (when only a part of a reading is heard) are left out,
    and so are signs that are no words.
    """
    letters, owner = _spelt([word.text for word in words])
    heard = phones @ _spellings()
    if not words or len(phones) < 2:
        return Alignment((), 0.0)
    path = _best_path(letters, _scores(heard), watch or Watch())
    visited, starts = np.unique(path, return_index=True)
    stops = np.append(starts[1:], len(path))
    fit = np.zeros(len(letters))  # of a letter that was passed over
    fit[visited] = np.add.reduceat(heard[np.arange(len(path)), letters[path]], starts) / (stops - starts)
    within = owner[visited] >= 0
    said, first, count = np.unique(owner[visited][within], return_index=True, return_counts=True)
    starts, stops = starts[within][first], stops[within][first + count - 1]
    written = owner >= 0
    fits = np.bincount(owner[written], fit[written], len(words)) > HEARD * np.bincount(owner[written], None, len(words))
    return Alignment(tuple(replace(words[index], start=float(start / FEATURE_RATE), end=float(stop / FEATURE_RATE))
                           for index, start, stop in zip(said, starts, stops, strict=True)),
                     float(fits[said].mean()) if len(said) else 0.0)


def _spelt(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """States (S,) of a text, places in ``LETTERS`` or ``PAUSE`` or ``ANY``, and the word of each, -1 between words."""
    letters, owner = [PAUSE], [-1]
    for index, text in enumerate(texts):
        signs = unicodedata.normalize("NFKD", text.lower())
        plain = "".join(sign for sign in signs if not unicodedata.combining(sign)).translate(ROMAN)
        places = [LETTERS.find(sign) for sign in plain if sign.isalnum()]
        states = [state for place in places  # a digit or a sign that spells a syllable takes two sounds
                  for state in ([place] if place >= 0 else [ANY, ANY])]
        letters += [*states, PAUSE]
        owner += [index] * len(states) + [-1]
    return np.array(letters), np.array(owner)


def _spellings() -> np.ndarray:
    """(40, 28) whether a phone may stand for a letter, a pause, anything said."""
    table = np.zeros((len(PHONES), ANY + 1), np.float32)
    for place, letter in enumerate(LETTERS):
        table[[PHONES.index(phone) for phone in SPELLINGS[letter].split()], place] = 1.0
    table[PHONES.index("SIL"), PAUSE] = 1.0
    table[:, ANY] = 1.0 - table[:, PAUSE]
    return table


def _scores(heard: np.ndarray) -> np.ndarray:
    """(T, 28) log likelihood of every kind of state, up to a constant: probability over half of its usual one."""
    usual = np.maximum(heard.mean(0), FLOOR)
    usual[[PAUSE, ANY]] = 1.0
    scores = np.log(np.maximum(heard, FLOOR)) - 0.5 * np.log(usual)
    scores[:, ANY] -= 1.0  # anything fits, so it must not win against a letter that does
    scores[:, PAUSE] = np.maximum(scores[:, PAUSE], scores[:, ANY] - UNWRITTEN)
    return scores


def _best_path(letters: np.ndarray, scores: np.ndarray, watch: Watch) -> np.ndarray:
    """(T,) state of every frame on the likeliest way through the text: on by one, two or three states at most."""
    frames, states = len(scores), len(letters)
    band = min(states, max(BAND, CELLS // frames))
    step = np.empty((frames, band), np.int8)
    low = np.zeros(frames, np.int64)
    pause = letters == PAUSE
    cost = np.concatenate([np.where(pause, 0.0, -SILENT), np.zeros(band)])
    total = np.where(pause, -SKIPPED, _NEVER)[:band]
    total[:2] = 0.0  # the sound begins with the first word or before it
    total = total + scores[0, letters[:band]]
    for frame in range(1, frames):
        if frame % 1000 == 0:
            watch.check()
        first = low[frame - 1]
        ways = np.full((4, band), _NEVER)
        ways[0] = total
        ways[1, 1:] = total[:-1]
        passed = cost[first:first + band]
        ways[2, 2:] = total[:-2] + passed[1:-1]
        ways[3, 3:] = total[:-3] + passed[1:-2] + passed[2:-1]
        step[frame] = ways.argmax(0)
        total = ways.max(0) + scores[frame, letters[first:first + band]]
        moved = min(max(int(total.argmax()) - band // 2, 0), states - band - first)
        low[frame] = first + moved
        if moved:
            total = np.concatenate([total[moved:], np.full(moved, _NEVER)])
    return _traced(step, low, _last(total, low[-1], pause))


def _last(total: np.ndarray, first: int, pause: np.ndarray) -> int:
    """The state the sound ends in: the text's last two, or at a price any pause."""
    states = first + np.arange(len(total))
    ending = np.where(states >= len(pause) - 2, 0.0, np.where(pause[states], -SKIPPED, _NEVER))
    return int(first + (total + ending).argmax())


def _traced(step: np.ndarray, low: np.ndarray, last: int) -> np.ndarray:
    path = np.empty(len(step), np.int64)
    path[-1] = last
    for frame in range(len(step) - 1, 0, -1):  # a frame's steps lie in the band of the frame before
        path[frame - 1] = path[frame] - step[frame, path[frame] - low[frame - 1]]
    return path
