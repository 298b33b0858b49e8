"""Whether the corpus is what it should be: builds takes of each energy level and holds them against the limits.

Run: python -m models.corpora.acceptance --data ../shared/data --cache runs/corpus
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from bridge.body.expression import expression

from . import clips, speech, takes
from .clips import FPS
from .figures import figures, mean_of
from .sheet import sheet

LEVELS = {"calm": 0.0, "neutral": 1 / 3, "engaged": 2 / 3, "excited": 1.0}
# Lower and upper limit at calm, neutral, engaged, excited. A hand has slowed to a third of its speed, which is
# what lateness sees, a seventh of the stroke before it arrives.
LIMITS = {
    "strokes a minute": ((10, 18), (18, 30), (28, 42), (36, 58)),
    "fast hand p50": ((.05, .12), (.12, .30), (.20, .45), (.25, .6)),
    "fast hand p95": ((.7, 1.35), (1.0, 1.75), (1.2, 1.9), (1.3, 2.1)),
    "fast hand p99": ((0, 2.7),) * 4,
    "jerk mean": ((0, 20), (0, 32), (0, 45), (0, 54)),
    "jerk p95": ((0, 95), (0, 140), (0, 185), (0, 220)),
    "still share": ((0, .45), (0, .20), (0, .09), (0, .05)),
    "rest share": ((.30, .60), (.12, .40), (.04, .25), (.0, .20)),
    "apex height p50": ((.08, .22), (.14, .32), (.20, .36), (.24, .42)),
    "apex height p95": ((.25, .62),) * 4,
    "left right correlation": ((.35, .75),) * 4,
    "two-handed share": ((.40, .75),) * 4,
    "lateness": ((-.12, .05),) * 4,
    "hold p50": ((.10, .45),) * 4,
    "head yaw": ((4, 11),) * 4,
    "head pitch": ((2.5, 7),) * 4,
    "jerk at rest": ((0, 5),) * 4,
    "ankle p95 mm/s": ((0, 10),) * 4,
}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="models.corpora.acceptance", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--cache", type=Path, default=Path("runs/corpus"))
    parser.add_argument("--takes", type=int, default=24, help="takes of each level")
    parser.add_argument("--sheet", type=Path, help="also draw a contact sheet of the levels")
    options = parser.parse_args(argv)
    training, _ = clips.split(clips.read_clips(options.data / "motion"))
    stock = takes.Stock(training)
    heard = [piece for piece in speech.pieces(options.data, options.cache) if piece.seconds > 12]
    drawn, missed, columns = [], 0, {}
    for name, energy in LEVELS.items():
        rows = []
        for number in range(options.takes):
            piece = heard[number * len(heard) // options.takes]
            take = takes.build(piece.speech(), stock, {"neutral": 1.0}, energy, number)
            manner = expression(take.emotion, energy)
            rows.append(figures(take.rotations, take.root, take.score, FPS, manner.speed))
            if number == 1:
                drawn.append((name, take.rotations, take.root))
        columns[name] = mean_of(rows)
    for figure in columns["calm"]:
        cells = []
        for place, column in enumerate(columns.values()):
            low, high = LIMITS.get(figure, ((-np.inf, np.inf),) * 4)[place]
            inside = low <= column[figure] <= high
            missed += not inside
            cells.append(f"{column[figure]:9.3f}{' ' if inside else '!'}")
        print(f"{figure:24s}", *cells)
    print(f"{missed} of {4 * len(LIMITS)} limits missed")
    if options.sheet:
        sheet(drawn, options.sheet, 2.0, 9.6)
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
