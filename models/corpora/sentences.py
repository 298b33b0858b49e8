"""Sentences for synthetic voices: small grammars and words of a dictionary, drawn by a seed."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import numpy as np

LANGUAGES = ("de", "fr", "es", "it", "pt-br", "cmn-latn-pinyin", "ru")  # names of espeak-ng's voices


@cache
def _vocabulary() -> dict:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def english(count: int, seed: int, words: list[str]) -> list[str]:
    """``count`` sentences; every third strings together words drawn from ``words``, the rest follow a grammar."""
    random = np.random.default_rng(seed)
    lists = _vocabulary()
    nouns, adjectives, verbs = (lists[name].split() for name in ("nouns", "adjectives", "verbs"))
    places, openings = (" ".join(lists[name].split()).split(";") for name in ("places", "openings"))

    def one(choices: list[str]) -> str:
        return choices[random.integers(len(choices))].strip()

    def phrase() -> str:
        return f"{one(['the', 'a', 'my', 'your', 'every', 'that', 'this'])} {one(adjectives)} {one(nouns)}"

    def sentence(place: int) -> str:
        if place % 3 == 2:
            return " ".join(one(words) for _ in range(random.integers(5, 11))) + "."
        opening = one(openings) if random.random() < 0.5 else ""
        shape = random.integers(4)
        if shape == 0:
            body = f"{phrase()} {one(verbs)} {phrase()} {one(places)}."
        elif shape == 1:
            body = f"we {one(verbs)} {phrase()}, and {phrase()} {one(verbs)} {one(places)}."
        elif shape == 2:
            body = f"would you {one(verbs)} {phrase()} {one(places)}?"
        else:
            body = f"{phrase()} was {one(adjectives)}, but {phrase()} was {one(adjectives)} {one(places)}."
        return f"{opening} {body}".strip()

    return [sentence(place) for place in range(count)]


def foreign(language: str, count: int, seed: int) -> list[str]:
    """``count`` sentences of ``language`` (a name of espeak-ng), drawn without order from a short list."""
    lines = _vocabulary()["foreign"][language].strip().split("\n")
    random = np.random.default_rng(seed)
    return [" ".join(lines[i] for i in random.permutation(len(lines))[:2]) for _ in range(count)]


def dictionary_words(path: Path) -> list[str]:
    """Words of a pronouncing dictionary (CMU format) of 3 to 12 letters, without alternatives."""
    words = (line.split()[0] for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    return [word for word in words if word.isascii() and word.isalpha() and 3 <= len(word) <= 12]
