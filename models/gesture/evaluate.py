"""Measures a trained gesture model on voices it never heard, beside the builder's realisation of the same plans.

Run: python -m models.gesture.evaluate --data ../shared/data --weights bridge/weights
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from bridge import cards
from bridge.body import gesture
from bridge.body.expression import expression
from bridge.body.planner import plan
from bridge.body.settle import settle
from bridge.messages import EMOTIONS
from bridge.speech.speech import Speech
from bridge.watch import Watch
from models.corpora import clips, speech, takes
from models.corpora.clips import FPS
from models.corpora.figures import figures, mean_of
from models.corpora.sheet import sheet

SHORTEST = 9.0  # seconds


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="models.gesture.evaluate", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--weights", type=Path, default=cards.WEIGHTS)
    parser.add_argument("--voices", type=int, default=8, help="pieces of speech")
    parser.add_argument("--energy", type=float, default=1 / 3)
    parser.add_argument("--emotion", default="neutral", choices=EMOTIONS)
    parser.add_argument("--guidance", default="2", help="strengths to compare, by commas")
    parser.add_argument("--sliders", action="store_true", help="also how emotions and energy change the motion")
    parser.add_argument("--sheet", type=Path, help="contact sheet of two voices")
    parser.add_argument("--out", type=Path, help="figures as JSON")
    options = parser.parse_args(argv)
    voices = unheard(options.data, options.voices)
    stock = takes.Stock(clips.split(clips.read_clips(options.data / "motion"))[0])
    card = cards.find("gesture", folder=options.weights)
    columns, rows = compare(voices, stock, card, {options.emotion: 1.0}, options.energy,
                            [float(text) for text in options.guidance.split(",")])
    _print(columns)
    if options.sliders:
        columns["sliders"] = sliders(voices[:4], card)
    if options.sheet:
        sheet(rows, options.sheet, 2.0, 9.6)
    if options.out:
        options.out.write_text(json.dumps(columns, indent=1))
    return 0


def unheard(data: Path, count: int) -> list[tuple[str, Speech]]:
    """Pieces of the held-out voices, spread over them."""
    found = [(name, heard) for name in speech.files(data, held_out=True) for _, heard in speech.heard(data, name)
             if heard.seconds > SHORTEST]
    return [found[place * len(found) // count] for place in range(count)]


def compare(voices: list[tuple[str, Speech]], stock: takes.Stock, card: cards.Card, emotion: dict[str, float],
            energy: float, strengths: list[float]) -> tuple[dict[str, dict[str, float]], list]:
    """Mean figures by column, and rows for a sheet. The builder's take and the model follow one plan."""
    measured: dict[str, list] = {"builder": []}
    rows, speed = [], expression(emotion, energy).speed
    for number, (name, heard) in enumerate(voices):
        planned = plan(heard, emotion, energy, number)
        take = takes.realise(planned, stock, emotion, energy, number)
        measured["builder"].append(figures(take.rotations, take.root, take.score, FPS, speed))
        shown = number in (1, len(voices) // 2)
        if shown:
            rows.append((f"{name}: builder", take.rotations, take.root))
        for strength in strengths:
            moved = settle(gesture.move(heard, planned, card=card, emotion=emotion, energy=energy,
                                        guidance=strength, seed=number, watch=Watch()))
            measured.setdefault(f"model {strength:g}", []).append(
                figures(moved.rotations, moved.root, planned, FPS, speed))
            if shown:
                rows.append((f"model, guidance {strength:g}", moved.rotations, moved.root))
    return {name: mean_of(column) for name, column in measured.items()}, rows


def sliders(voices: list[tuple[str, Speech]], card: cards.Card) -> dict[str, list[dict[str, float]]]:
    """Speed, height and lean at five places of energy and of each emotion, plans made for each."""
    found: dict[str, list] = {}
    for name in ("energy", *EMOTIONS[1:]):
        for place in (0.0, .25, .5, .75, 1.0):
            emotion = {"neutral": 1.0} if name == "energy" else {name: place, "neutral": 1 - place}
            energy = place if name == "energy" else 1 / 3
            rows = []
            for number, (_, heard) in enumerate(voices):
                planned = plan(heard, emotion, energy, number)
                moved = settle(gesture.move(heard, planned, card=card, emotion=emotion, energy=energy, guidance=2.0,
                                            seed=number, watch=Watch()))
                found_here = figures(moved.rotations, moved.root, planned, FPS, expression(emotion, energy).speed)
                rows.append({key: found_here[key] for key in ("fast hand p50", "fast hand p95", "rest share",
                                                              "apex height p95", "jerk mean", "lean")})
            found.setdefault(name, []).append(mean_of(rows))
        print(f"{name:10s}", *(f"{key}: " + " ".join(f"{row[key]:.2f}" for row in found[name]) for key in rows[0]),
              sep="  ")
    return found


def _print(columns: dict[str, dict[str, float]]) -> None:
    print(" " * 24, *(f"{name:>10s}" for name in columns))
    for figure in columns["builder"]:
        print(f"{figure:24s}", *(f"{column.get(figure, np.nan):10.3f}" for column in columns.values()))


if __name__ == "__main__":
    raise SystemExit(main())
