"""Makes the sample speech of the extension: a synthetic voice with a natural range of pitch, and its words' times.

    python -m models.corpora.sample_speech persona_addon/assets

Festival speaks the text with the voice CMU ARCTIC slt, WORLD (pyworld) widens its pitch and lets the question rise.
The same input gives the same samples. Needs festival with festvox-us-slt-hts (Debian) and pyworld, whose import
needs setuptools < 81.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pyworld
import soundfile

TEXT = ("Hello, and welcome. I am going to tell you about a very big idea, and you will see my hands, and my face, "
        "follow every single word of it. So, what would you like me to say next?")
VOICE = "cmu_us_slt_arctic_hts"
SPEED = 0.87  # of the voice's own
WIDER = 1.8  # times its own range of pitch, which is half that of a reader
RISE, RISE_SECONDS = 5.0, 0.55  # semitones of the question's end
PEAK = 0.7
PERIOD = 5.0  # ms between pitch values


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where sample.ogg and sample.TextGrid go")
    folder = parser.parse_args().folder
    samples, rate, words, last = spoken(TEXT)
    samples = livelier(samples, rate, last)
    samples *= PEAK / np.abs(samples).max()
    soundfile.write(folder / "sample.ogg", samples, rate, format="OGG", subtype="VORBIS")
    (folder / "sample.TextGrid").write_text(text_grid(words, len(samples) / rate), encoding="utf-8")
    print(f"{len(samples) / rate:.2f} s, {len(words)} words")


def spoken(text: str) -> tuple[np.ndarray, int, list[tuple[str, float, float]], float]:
    """(N,) float64 samples, their rate, (word, start, end) in seconds, and the end of the last phone."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "say.scm")
        script.write_text(f"""
            (voice_{VOICE})
            (set! hts_engine_params (append {VOICE}::hts_engine_params (list (list "-r" {SPEED}))))
            (set! said (utt.synth (Utterance Text "{text}")))
            (utt.save.wave said "{folder}/said.wav" 'riff)
            (mapcar (lambda (word) (format t "%s %f %f\\n" (item.name word) (item.feat word "word_start")
                                           (item.feat word "word_end")))
                    (utt.relation.items said 'Word))
            """, encoding="utf-8")
        printed = subprocess.run(["festival", "-b", script], check=True, capture_output=True, text=True).stdout
        samples, rate = soundfile.read(f"{folder}/said.wav")
    rows = [line.split() for line in printed.splitlines()]  # festival's names lack the punctuation
    words = [(name, float(start), float(end)) for name, (_, start, end) in zip(text.split(), rows, strict=True)]
    return samples, rate, words, words[-1][2]


def livelier(samples: np.ndarray, rate: int, last: float) -> np.ndarray:
    """The same speech with its pitch ``WIDER`` about the median, rising over the ``RISE_SECONDS`` before ``last``."""
    f0, times = pyworld.harvest(samples, rate, f0_floor=70.0, f0_ceil=400.0, frame_period=PERIOD)
    f0 = pyworld.stonemask(samples, f0, times, rate)
    envelope = pyworld.cheaptrick(samples, f0, times, rate)
    breath = pyworld.d4c(samples, f0, times, rate)
    voiced = f0 > 0
    semitones = 12.0 * np.log2(f0[voiced])
    middle = np.median(semitones)
    way = np.clip((times[voiced] - last + RISE_SECONDS) / RISE_SECONDS, 0.0, 1.0)
    f0[voiced] = 2.0 ** ((middle + WIDER * (semitones - middle) + RISE * way**2) / 12.0)
    return pyworld.synthesize(f0, envelope, breath, rate, PERIOD)


def text_grid(words: list[tuple[str, float, float]], seconds: float) -> str:
    """A TextGrid with one tier of words, the pauses between them as empty intervals."""
    rows, at = [], 0.0
    for name, start, end in words:
        if start > at + 1e-6:
            rows.append((at, start, ""))
        rows.append((start, end, name))
        at = end
    rows.append((at, seconds, ""))
    span = f"0\n{seconds:.4f}\n"
    head = f'File type = "ooTextFile"\nObject class = "TextGrid"\n\n{span}<exists>\n1\n"IntervalTier"\n"words"\n{span}'
    return head + f"{len(rows)}\n" + "".join(f'{start:.4f}\n{end:.4f}\n"{name}"\n' for start, end, name in rows)


if __name__ == "__main__":
    main()
