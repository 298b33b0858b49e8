"""Transcripts: the words of a speech from .txt, .srt, .vtt and Praat's .TextGrid.

Words keep their punctuation. Where a file gives times for a line only, its words share them by their syllables.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np

from ..problems import Problem
from .speech import Word

LARGEST = 8 << 20  # bytes; hours of speech have less than one
_TIME = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{2})[.,](\d{1,3})")
_ARROW = re.compile(rf"\s*({_TIME.pattern})\s*-->\s*({_TIME.pattern})")
_MOMENT = re.compile(rf"<({_TIME.pattern})>")
_TAG = re.compile(r"<[^<>]*>|\{[^{}]*\}")
_TOKEN = re.compile(r'"((?:[^"]|"")*)"|(?<![\w.\[])([+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)(?![\w\]])')
_SILENCES = {"", "sil", "sp", "spn", "pau", "<sil>", "<eps>", "<unk>", "<p>", "_", "#"}
_VOWELS = re.compile(r"[aeiouyäöüáàâéèêëíìîïóòôõúùûãåæøœаеёиоуыэюяαεηιουω]+", re.IGNORECASE)


class _Malformed(Exception):
    """Says why a text is not what its name promises."""


def read_transcript(path: str | Path) -> tuple[Word, ...]:
    """The words of a transcript in the order they are spoken, times in seconds of its sound.

    A .txt has no times: all its words stand at 0 until ``align`` finds them in the sound.
    Raises Problem ``transcript.*``, which names the file.
    """
    readers = {".txt": _plain, ".srt": _subtitles, ".vtt": _subtitles, ".textgrid": _text_grid}
    reader = readers.get(Path(path).suffix.lower())
    if reader is None:
        raise Problem("transcript.format", path=path, known=".txt, .srt, .vtt, .TextGrid")
    try:
        words = tuple(reader(_text(path)))
    except _Malformed as error:
        raise Problem("transcript.invalid", path=path, why=error) from None
    if not words:
        raise Problem("transcript.empty", path=path)
    return tuple(sorted(words, key=lambda word: word.start))


def syllables(text: str) -> int:
    """Groups of vowel letters, one at least: enough to weigh words of European languages against each other."""
    found = len(_VOWELS.findall(text))
    silent = text.lower().strip(".,;:!?\"'()").endswith("e") and found > 1
    return max(found - silent, 1)


def _text(path: str | Path) -> str:
    try:
        with open(path, "rb") as file:
            content = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise Problem("transcript.missing", path=path) from None
    except (OSError, ValueError) as error:
        raise Problem("input.unreadable", path=path, why=getattr(error, "strerror", None) or error) from None
    if len(content) > LARGEST:
        raise _Malformed(f"it is larger than {LARGEST >> 20} MB")
    try:
        text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        raise _Malformed("it is not UTF-8 text") from None
    if "\0" in text:
        raise _Malformed("it is not text")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _plain(text: str) -> Iterator[Word]:
    return (Word(word, 0.0, 0.0) for word in text.split())


def _subtitles(text: str) -> Iterator[Word]:
    """Cues of SubRip and WebVTT: a line of times, then lines of text up to an empty one."""
    cues = 0
    for block in re.split(r"\n\s*\n", text):
        lines = block.strip("\n").split("\n")
        place = next((place for place, line in enumerate(lines[:3]) if _ARROW.match(line)), None)
        if place is None:  # a header, a note, a style
            continue
        cues += 1
        times = _ARROW.match(lines[place])
        yield from _cue(" ".join(lines[place + 1:]), _seconds(times[1]), _seconds(times[6]))
    if not cues:
        raise _Malformed("it has no line of times such as 00:00:01,000 --> 00:00:02,500")


def _cue(text: str, start: float, stop: float) -> Iterator[Word]:
    """Words of one cue; times within its text (karaoke) divide it."""
    pieces = _MOMENT.split(text)
    texts, moments = pieces[::6], [start, *map(_seconds, pieces[1::6]), stop]
    for piece, (first, last) in zip(texts, pairwise(moments), strict=True):
        yield from _shared(html.unescape(_TAG.sub(" ", piece)), first, last)


def _shared(text: str, start: float, stop: float) -> Iterator[Word]:
    """The words of a text that is spoken from ``start`` to ``stop``."""
    words = text.split()
    if stop < start:
        raise _Malformed(f"a line ends at {stop:g} s, before it begins at {start:g} s")
    if words:
        share = np.concatenate([[0.0], np.cumsum([syllables(word) for word in words])])
        times = start + (stop - start) * share / share[-1]
        yield from (Word(word, float(a), float(b)) for word, (a, b) in zip(words, pairwise(times), strict=True))


def _seconds(clock: str) -> float:
    hours, minutes, seconds, fraction = _TIME.fullmatch(clock).groups()
    return int(hours or 0) * 3600.0 + int(minutes) * 60.0 + int(seconds) + float(f"0.{fraction}")


def _text_grid(text: str) -> Iterator[Word]:
    """The word tier of a TextGrid, long or short: the first named like words, else the first of intervals."""
    tiers = _tiers(text)
    named = [tier for name, tier in tiers if "word" in name.lower()]
    if not tiers:
        raise _Malformed("it has no interval tier")
    for start, stop, mark in named[0] if named else tiers[0][1]:
        if mark.strip().lower() not in _SILENCES:
            yield from _shared(mark, start, stop)


def _tiers(text: str) -> list[tuple[str, list[tuple[float, float, str]]]]:
    """Names and intervals of the interval tiers. Both forms hold the same strings and numbers in the same order."""
    tokens = iter([number if number else mark.replace('""', '"') for mark, number in _TOKEN.findall(text)])
    tiers = []
    try:
        if (next(tokens), next(tokens)) != ("ooTextFile", "TextGrid"):
            raise _Malformed("it does not begin as a TextGrid does")
        next(tokens), next(tokens)  # its whole time
        for _ in range(int(next(tokens))):
            kind, name = next(tokens), next(tokens)
            next(tokens), next(tokens)
            size = int(next(tokens))
            if kind == "IntervalTier":
                tiers.append((name, [(float(next(tokens)), float(next(tokens)), next(tokens)) for _ in range(size)]))
            else:
                for _ in range(2 * size):
                    next(tokens)
    except StopIteration:
        raise _Malformed("it ends too early") from None
    except ValueError:
        raise _Malformed("a number is not where it should be") from None
    return tiers
