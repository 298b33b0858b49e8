"""Words found in a sound: in made-up phone probabilities whose times are known, and in real readings."""

import csv
import re
from itertools import pairwise

import numpy as np
import pytest

from bridge import audio, cards
from bridge.face.listener import hear
from bridge.face.phones import PHONES
from bridge.speech import align as module
from bridge.speech.align import FITS, SPELLINGS, align
from bridge.speech.listen import listen
from bridge.speech.speech import Word
from bridge.speech.words import read_transcript
from bridge.watch import Cancelled, Watch

TEXT = ("a big idea needs many hands and every single word follows it so what would you say next when nobody has told "
        "them where the old river turns around")


def words(text):
    return [Word(word, 0.0, 0.0) for word in text.split()]


def uttered(text, seed=0, blur=0.3, pause=0.2):
    """Phone probabilities (T, 40) of a text said letter by letter, and the words with their true times."""
    random = np.random.default_rng(seed)
    phones, true = [0] * 30, []
    for word in text.split():
        start = len(phones)
        for letter in word:
            phone = PHONES.index(random.choice(SPELLINGS[letter].split()))
            phones += [phone] * random.integers(4, 12)
        true.append(Word(word, start / 100, len(phones) / 100))
        phones += [0] * (random.integers(10, 50) if random.random() < pause else 0)
    phones += [0] * 30
    sharp = np.eye(len(PHONES), dtype=np.float32)[phones]
    cloud = random.dirichlet(np.ones(len(PHONES)) * 0.2, len(phones)).astype(np.float32)
    return (1 - blur) * sharp + blur * cloud, true


def errors(found, true):
    assert [word.text for word in found] == [word.text for word in true]
    return np.abs([[a.start - b.start, a.end - b.end] for a, b in zip(found, true, strict=True)])


@pytest.mark.parametrize("seed", range(4))
def test_words_are_found_where_they_are(seed):
    phones, true = uttered(TEXT, seed)
    found = align(words(TEXT), phones)
    wrong = errors(found.words, true)
    assert np.median(wrong) <= 0.01 and np.quantile(wrong, 0.9) <= 0.1 and found.agreement > 0.9


def test_a_narrow_band_finds_the_same(monkeypatch):
    phones, _ = uttered(" ".join([TEXT] * 6))
    wide = align(words(" ".join([TEXT] * 6)), phones)
    monkeypatch.setattr(module, "CELLS", 0)
    monkeypatch.setattr(module, "BAND", 120)
    assert align(words(" ".join([TEXT] * 6)), phones) == wide


def test_a_part_of_a_reading_has_a_part_of_the_words():
    phones, true = uttered(" ".join([TEXT, "quite another thing came up", TEXT]), 3)
    part = align([Word(word.text, 0, 0) for word in true], phones[600:1400])
    inside = {(word.text, round(word.start, 1)) for word in true if word.start > 6.2 and word.end < 13.8}
    found = {(word.text, round(word.start + 6.0, 1)) for word in part.words}
    assert len(inside & found) > 0.8 * len(inside) and len(found) < len(inside) + 6


def test_what_is_said_but_not_written_shifts_nothing():
    said = TEXT.split()
    phones, true = uttered(TEXT, 5)
    kept = [index for index in range(len(said)) if not 9 <= index < 13]
    found = align([Word(said[index], 0, 0) for index in kept], phones)
    assert np.median(errors(found.words, [true[index] for index in kept])) <= 0.02


def test_another_text_does_not_fit():
    phones, _ = uttered(TEXT, 1)
    other = "please close all those green windows before my uncle jumps from his boat into cold muddy water again"
    assert align(words(other), phones).agreement < FITS < align(words(TEXT), phones).agreement


@pytest.mark.parametrize("text", ["1961", "你好 世界", "Straße мова λόγος été", "?! -", "a " * 500])
def test_any_text_is_found_or_left_out(text):
    phones, _ = uttered(TEXT, 2)
    found = align(words(text), phones).words
    assert all(0 <= word.start < word.end <= len(phones) / 100 for word in found)
    assert all(a.end <= b.start + 1e-9 for a, b in pairwise(found))


@pytest.mark.parametrize("frames", [0, 1, 2, 5])
def test_hardly_any_sound(frames):
    phones, _ = uttered(TEXT)
    assert len(align(words(TEXT), phones[:frames]).words) <= 3 * frames + 2
    assert align([], phones).words == ()


def test_it_can_be_cancelled():
    watch = Watch()
    watch.cancel()
    phones, _ = uttered(" ".join([TEXT] * 3))
    with pytest.raises(Cancelled):
        align(words(TEXT), phones, watch)


# ---- with the face network that ships --------------------------------------------------------------------

@pytest.fixture(scope="module")
def heard():
    card = cards.find("face")
    session = cards.open_session(card, threads=1)
    return lambda samples: hear(listen(samples).phones, session).phones


def test_the_sample(heard, request):
    assets = request.config.rootpath / "persona_addon" / "assets"
    true = read_transcript(assets / "sample.TextGrid")
    found = align([Word(word.text, 0, 0) for word in true], heard(audio.read(assets / "sample.ogg")))
    wrong = errors(found.words, true)
    assert np.median(wrong) < 0.03 and np.quantile(wrong, 0.9) < 0.15 and found.agreement > 0.7


@pytest.mark.parametrize("file", ["en_libri_2609/2609-156975.flac", "en_libri_533/533-1066.flac"])
def test_sentences_of_a_reader_never_trained_on(heard, recordings, file):
    """The words of each utterance lie between its known bounds, but for one in fifty."""
    with open(recordings / "segments.csv", encoding="utf-8", newline="") as table:
        rows = [row for row in csv.DictReader(table) if row["file"] == file]
    said = [re.sub(r"[^A-Za-z' ]", " ", row["transcript"]).split() for row in rows]
    found = align([Word(word, 0, 0) for part in said for word in part], heard(audio.read(recordings / file)))
    assert len(found.words) == sum(map(len, said)) and found.agreement > 0.65
    owners = [row for row, part in zip(rows, said, strict=True) for _ in part]
    outside = [not float(row["start"]) - 0.1 < word.start < word.end < float(row["end"]) + 0.1
               for row, word in zip(owners, found.words, strict=True)]
    assert np.mean(outside) < 0.02
