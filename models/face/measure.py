"""The face's figures on real speech, from its final weights: what a viewer would see, beside the goals.

    python -m models.face.measure [--data DIR] [--cache DIR] [--json FILE]

Readers are those of the corpus part ``judge``, which no training sees. Captured takes: one Mandarin speaker
(FACEGOOD; 1114_2_05 is never trained on) and ten seconds of English.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr

from bridge import cards
from bridge.body.score import Score
from bridge.face import lips as geometry
from bridge.face import recipes
from bridge.face.articulation import LEAD
from bridge.face.resample import resample
from bridge.face.speak import speak
from bridge.face.track import ARKIT, ARKIT_INDEX, FaceTrack
from bridge.speech.listen import listen
from bridge.speech.speech import Speech

from ..corpora.voices import RATE
from ..metrics import lips
from . import corpus

FPS = 100.0
PAUSE = 0.2  # seconds; closures in longer ones are rest, not speech
_MOUTH = [ARKIT_INDEX[name] for name in ARKIT if name.startswith(("mouth", "jaw", "tongue"))]


@dataclass(frozen=True)
class Row:
    """One figure: what, its goal in words, its value."""

    measure: str
    goal: str
    value: float


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[3] / "shared" / "data")
    parser.add_argument("--cache", type=Path, default=Path("build/corpus"))
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args(argv)
    rows = [*readers(arguments.cache / "face" / "judge"), *captured(arguments.data / "face")]
    for row in rows:
        print(f"{row.measure:58} {row.value:8.3f}   goal {row.goal}")
    if arguments.json:
        arguments.json.write_text(json.dumps([row.__dict__ for row in rows], indent=1))
    return 0


def performed(speech: Speech, emotion: dict[str, float] | None = None) -> FaceTrack:
    """The face of speech with the shipped network, seed 0."""
    score = Score(seconds=speech.seconds, accents=speech.accents, phrases=speech.phrases)
    return speak(speech, card=cards.find("face"), emotion=emotion or {}, seed=0, score=score)


def readers(part: Path) -> Iterator[Row]:
    """Closures, contacts, calm and dynamics over all utterances of one part of the corpus."""
    utterances = corpus.load(part)
    heard = [listen(one.samples) for one in utterances]
    for name in ("neutral", *(name for name in recipes.emotions() if name != "neutral")):
        faces = [performed(speech, {name: 1.0}) for speech in heard]
        closures = _closures(utterances, heard, faces)
        if name == "neutral":
            yield Row("closures found, from final weights", ">= 0.90", closures.recall)
            yield Row("closures true, from final weights", ">= 0.75", closures.precision)
            yield Row("closure onset, median ms (lips lead by 20)", "-20 +- 15", 1000 * np.median(closures.offsets))
            yield Row("closure depth, greatest gap at its centre, mm", "<= 0.3", _depth(faces))
            yield from _dynamics(heard, faces)
        else:
            yield Row(f"closures found with {name} at 1", "as neutral", closures.recall)


def _closures(utterances: list, heard: list[Speech], faces: list[FaceTrack]) -> lips.Matched:
    predicted, reference, offset = [], [], 0.0
    for one, speech, face in zip(utterances, heard, faces, strict=True):
        silent = lips.events(speech.speaking[:len(face)] < 0.3, FPS, PAUSE)
        found = lips.events(geometry.gap(face.weights.astype(float)) <= lips.SEALED, FPS, 0.03)
        for start, stop in found:
            inside = not any(a < (start + stop) / 2 < b for a, b in silent) and stop - start < 0.3
            if inside:
                predicted.append((start + offset, stop + offset))
        reference += [(start + offset, stop + offset) for start, stop in lips.phone_events(one.phones, one.bounds)]
        offset += one.seconds + 1.0
    return lips.match(predicted, reference)


def _depth(faces: list[FaceTrack]) -> float:
    return max(float(geometry.gap(face.weights[[min(len(face) - 1, round(centre * FPS))]].astype(float))[0])
               for face in faces for centre in face.closures)


def _dynamics(heard: list[Speech], faces: list[FaceTrack]) -> Iterator[Row]:
    jaw = ARKIT_INDEX["jawOpen"]
    quiet, wide, moved, turns = 0.0, [], 0.0, []
    for speech, face in zip(heard, faces, strict=True):
        turns.append(lips.reversals(face.weights[:, jaw], FPS))
        for start, stop in lips.events(speech.speaking[:len(face)] < 0.05, FPS, 0.5):
            inside = face.weights[round((start + 0.25) * FPS):round((stop - 0.2) * FPS)]
            if len(inside) > 1:
                wide.append(float(inside[:, jaw].max()))
                moved += float(np.abs(np.diff(inside[:, _MOUTH], axis=0)).mean(1).sum())
                quiet += len(inside) / FPS
    yield Row("jaw reversals a second", "<= 10", float(np.mean(turns)))
    if wide:
        yield Row("jawOpen in pauses, greatest", "<= 0.06", max(wide))
        yield Row("movement of mouth shapes in pauses, a second", "<= 0.05", moved / quiet)
    speech = listen(np.tile(np.concatenate([one.samples for one in heard]), 2)[:60 * RATE])
    performed(speech)
    began = time.perf_counter()
    performed(speech)
    yield Row("seconds for the face of a minute of speech", "<= 0.3", time.perf_counter() - began)


def captured(folder: Path) -> Iterator[Row]:
    """Correlations with captured faces, over all frames and over speech frames, without fitting anything."""
    for take, goal in (("1114_2_05", ("0.75 / 0.45", "0.60 / 0.55")), ("1114_3_15", ("in training", "in training"))):
        with np.load(folder / "facegood" / f"{take}.npz") as file:
            names = [str(name) for name in file["arkit_names"]]
            jaw, rounding = file["arkit"][:, names.index("jawOpen")].astype(float), file["rounding"].astype(float)
        samples = _sound(folder / "facegood" / f"{take}.flac")
        yield from _correlated(take, samples, 30.0, {"jaw": (jaw, goal[0]), "rounding": (rounding, goal[1])})
    path = folder / "reference_nc" / "neurosync_test_a.npz"
    if path.exists():
        with np.load(path) as file:
            names = [str(name).lower() for name in file["names"]]
            weights = np.stack([file["weights"][:, names.index(name.lower())] for name in ARKIT], 1).astype(float)
            fps = float(file["fps"])
        rounding = weights[:, [ARKIT_INDEX["mouthFunnel"], ARKIT_INDEX["mouthPucker"]]].max(1)
        yield from _correlated("English capture", _sound(path.with_suffix(".flac")), fps, {
            "jaw": (weights[:, ARKIT_INDEX["jawOpen"]], "0.62 / 0.52"),
            "gap": (geometry.gap(weights), "0.65 / 0.50"), "rounding": (rounding, "0.35 / 0.25")})


def _correlated(take: str, samples: np.ndarray, fps: float,
                wanted: dict[str, tuple[np.ndarray, str]]) -> Iterator[Row]:
    face = performed(listen(samples))
    lead = round(LEAD * FPS)
    level = FaceTrack(np.concatenate([np.repeat(face.weights[:1], lead, 0), face.weights[:-lead]]), face.angles, FPS)
    frames = len(next(iter(wanted.values()))[0])
    weights = resample(level, fps, frames).weights.astype(float)
    speaking = lips.speaking_frames(samples, RATE, frames, fps)
    mine = {"jaw": weights[:, ARKIT_INDEX["jawOpen"]], "gap": geometry.gap(weights),
            "rounding": weights[:, [ARKIT_INDEX["mouthFunnel"], ARKIT_INDEX["mouthPucker"]]].max(1)}
    for name, (reference, goal) in wanted.items():
        every, spoken = (part.strip() for part in goal.split("/")) if "/" in goal else (goal, goal)
        yield Row(f"{take}: {name} correlation, all frames", every, lips.correlation(mine[name], reference))
        yield Row(f"{take}: {name} correlation, speech frames", spoken,
                  lips.correlation(mine[name], reference, speaking))


def _sound(path: Path) -> np.ndarray:
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return soxr.resample(samples.mean(1), rate, RATE)


if __name__ == "__main__":
    raise SystemExit(main())
