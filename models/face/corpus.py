"""The training corpus of the face network: synthetic voices and aligned real speech, cached as utterances.

Each part is a folder of ``Utterance`` files under the cache; a part that is whole is not made again.
Parts: ``synthetic`` (text by seed); ``train`` and ``talk`` (real English readers and talkers), ``choose`` and
``judge`` (readers kept apart). ``refine`` adds ``cleaned`` and ``abroad``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pocketsphinx
import soundfile
import soxr

from ..corpora import sentences, voices
from ..corpora.voices import RATE, Utterance
from .aligned import Aligner, spoken_texts

FLITE_COUNTS = {"rms": 130, "slt": 110, "awb": 110, "kal16": 50, "kal": 20}
FESTIVAL_COUNTS = {"cmu_us_slt_arctic_hts": 130, "kal_diphone": 50, "ked_diphone": 50}
ESPEAK_COUNT, FOREIGN_COUNT = 30, 20
CHOOSE = ("libri_1688", "libri_2414", "libri_3331")  # readers the model is chosen on
JUDGE = ("libri_2609", "libri_367", "libri_533", "jfk")  # readers its card's figures come from
TALKERS = ("ami_MEO069", "a2f_claire", "a2f_mark")
TRAIN_FOLDERS = ("en_libri_train100", "en_lj", "en_librivox_sonnets", "en_fleurs", "en_vctk_p240", "en_vctk_p260")


def build(cache: Path, data: Path, seed: int = 0) -> None:
    """Makes every part that is not whole yet under ``cache``; ``data`` holds ``speech`` (index.csv, segments.csv)."""
    part(cache / "synthetic", lambda: synthetic(seed))
    speech = data / "speech"
    part(cache / "choose", lambda: real(speech, lambda file, speaker: speaker in CHOOSE))
    part(cache / "judge", lambda: real(speech, lambda file, speaker: speaker in JUDGE))
    part(cache / "train", lambda: real(speech, lambda file, speaker: file.split("/")[0] in TRAIN_FOLDERS))
    part(cache / "talk", lambda: real(speech, lambda file, speaker: speaker in TALKERS))


def load(part: Path) -> list[Utterance]:
    """All utterances of one part, in the order of their names."""
    return [Utterance.load(path) for path in sorted(part.glob("*.npz"))]


def part(folder: Path, make: Callable[[], Iterator[tuple[str, Utterance]]]) -> None:
    """Saves what ``make`` yields under ``folder``, unless that was done before."""
    whole = folder / "whole.txt"
    if whole.exists():
        return
    seconds = 0.0
    for count, (name, utterance) in enumerate(make(), 1):
        utterance.save(folder / f"{name}.npz")
        seconds += utterance.seconds
        if count % 25 == 0:
            print(f"{folder.name}: {count} utterances, {seconds / 60:.1f} minutes", flush=True)
    whole.write_text(f"{seconds:.1f} seconds\n")
    print(f"{folder.name}: whole, {seconds / 60:.1f} minutes", flush=True)


def synthetic(seed: int) -> Iterator[tuple[str, Utterance]]:
    """Sentences by all voices, at rates 0.8 to 1.3 of normal."""
    words = sentences.dictionary_words(Path(pocketsphinx.get_model_path(), "en-us", "cmudict-en-us.dict"))
    random = np.random.default_rng(seed)
    texts = iter(sentences.english(2000, seed, words))
    for voice, count in FLITE_COUNTS.items():
        for place in range(count):
            yield f"flite_{voice}_{place:03d}", voices.flite(next(texts), voice, random.uniform(0.8, 1.3))
    for voice, count in FESTIVAL_COUNTS.items():
        for batch in range(0, count, 10):
            said = voices.festival([next(texts) for _ in range(10)], voice, random.uniform(0.8, 1.3))
            yield from ((f"festival_{voice}_{batch + place:03d}", one) for place, one in enumerate(said))
    espeak = voices.Espeak()
    for voice in voices.ESPEAK:
        for place in range(ESPEAK_COUNT):
            yield f"espeak_{voice}_{place:03d}", espeak.say(next(texts), voice, int(random.integers(130, 220)))
    for language in sentences.LANGUAGES:
        for place, text in enumerate(sentences.foreign(language, FOREIGN_COUNT, seed)):
            voice = language + ("", "+f2", "+m3", "+f4")[place % 4]
            yield f"espeak_{voice}_{place:03d}", espeak.say(text, voice, int(random.integers(130, 200)))


def real(folder: Path, wanted: Callable[[str, str], bool]) -> Iterator[tuple[str, Utterance]]:
    """English utterances of ``folder`` whose file and speaker are wanted, with the phones pocketsphinx finds."""
    aligner = Aligner()
    for place, (file, speaker, language, start, end, text) in enumerate(spoken_texts(folder)):
        if language != "en" or not wanted(file, speaker):
            continue
        samples = read(folder / file, start, end)
        found = aligner.with_text(samples, text, speaker) if text else aligner.without_text(samples, speaker)
        if found is None:
            print(f"not aligned: {file} {start:g}", flush=True)
        else:
            yield f"{speaker}_{place:03d}", found


def read(path: Path, start: float = 0.0, end: float | None = None) -> np.ndarray:
    """Mono float32 samples at 16 kHz from ``start`` to ``end`` seconds."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    stop = None if end is None else round(end * rate)
    return soxr.resample(samples[round(start * rate):stop].mean(1), rate, RATE)
