"""Real speech with phone times found by pocketsphinx (English).

With a transcript its words are aligned by force; without one the recogniser's own hypothesis is aligned, whose wrong
words are mostly close in sound. Words missing from the dictionary are spelt by flite's letter-to-sound rules.
"""

from __future__ import annotations

import csv
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pocketsphinx

from ..corpora.voices import RATE, Utterance, cmu_phone

_FRAMES = 100  # a second
_WIDE = {"cmn": "batch", "bestpath": False, "samprate": RATE, "beam": 1e-120, "pbeam": 1e-120, "wbeam": 1e-80,
         "maxhmmpf": -1}
_NUMERALS = {"i", "ii", "iii", "iv", "v", "vi"}


class Aligner:
    """Phone times of known or recognised words. ``bestpath`` off and wide beams, or alignments fail at random."""

    def __init__(self) -> None:
        self._align = _decoder()
        self._recognise = pocketsphinx.Decoder(cmn="batch", bestpath=False, samprate=RATE, loglevel="FATAL")

    def with_text(self, samples: np.ndarray, text: str, speaker: str) -> Utterance | None:
        """The utterance with the phones of ``text``, None where the alignment fails."""
        words = re.sub(r"[^a-z' ]", " ", text.lower()).split()
        missing = {word: _spell(word) for word in words if self._align.lookup_word(word) is None}
        if missing:
            self._align = _decoder()  # words can be added only before the first text
            for word, spelt in missing.items():
                if spelt:
                    self._align.add_word(word, spelt, True)
        return self._aligned(samples, [word for word in words if missing.get(word, True)], speaker)

    def without_text(self, samples: np.ndarray, speaker: str) -> Utterance | None:
        """The utterance with the phones of what the recogniser heard."""
        self._recognise.start_utt()
        self._recognise.process_raw(_pcm(samples), full_utt=True)
        self._recognise.end_utt()
        words = [segment.word.split("(")[0] for segment in self._recognise.seg()]
        return self._aligned(samples, [word for word in words if word[0] not in "<["], speaker)

    def _aligned(self, samples: np.ndarray, words: list[str], speaker: str) -> Utterance | None:
        if not words:
            return None
        self._align.set_align_text(" ".join(words))
        try:
            self._pass(samples)
            if self._align.hyp() is None:
                return None
            self._align.set_alignment()
            self._pass(samples)
        except RuntimeError:
            return None
        alignment = self._align.get_alignment()  # kept: its words point into it
        rows = [(cmu_phone(phone.name), phone.start) for word in alignment for phone in word]
        bounds = np.array([start / _FRAMES for _, start in rows] + [len(samples) / RATE], np.float32)
        return Utterance(samples, np.array([phone for phone, _ in rows], np.int8), bounds, speaker)

    def _pass(self, samples: np.ndarray) -> None:
        self._align.start_utt()
        self._align.process_raw(_pcm(samples), full_utt=True)
        self._align.end_utt()


def _decoder() -> pocketsphinx.Decoder:
    return pocketsphinx.Decoder(lm=None, loglevel="FATAL", **_WIDE)


def _spell(word: str) -> str:
    """Phones of a word by flite's letter-to-sound rules, separated by blanks; empty if it has none."""
    said = subprocess.run(["flite", "-ps", "-t", word, "-o", "/dev/null"], capture_output=True, text=True,
                          check=True).stdout.upper().split()
    return " ".join({"AX": "AH"}.get(phone, phone) for phone in said if phone != "PAU")


def _pcm(samples: np.ndarray) -> bytes:
    loud = samples - samples.mean()
    loud = loud * (0.7 / max(1e-6, float(np.abs(loud).max())))
    return (loud * 32767).astype(np.int16).tobytes()


def spoken_texts(folder: Path) -> Iterator[tuple[str, str, str, float, float | None, str]]:
    """(file, speaker, language, start, end, transcript) of index.csv, cut at segments.csv."""
    segments: dict[str, list[dict]] = {}
    with open(folder / "segments.csv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            segments.setdefault(row["file"], []).append(row)
    with open(folder / "index.csv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["file"] in segments:
                for cut in segments[row["file"]]:
                    yield (row["file"], row["speaker"], row["language"], float(cut["start"]), float(cut["end"]),
                           cut["transcript"])
            else:
                text = row["transcript"]
                if text.split() and text.split()[0].lower() in _NUMERALS:
                    text = text.split(maxsplit=1)[1]
                yield row["file"], row["speaker"], row["language"], 0.0, None, text
