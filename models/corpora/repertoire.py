"""Writes bridge/body/repertoire.py: where the hands are at the apex of each class of stroke, as measured.

Run: python -m models.corpora.repertoire --data ../shared/data > bridge/body/repertoire.py
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .clips import read_clips, split
from .strokes import measured_strokes

HEAD = '''"""Where the hands are at the apex of a stroke, by class, measured on the training strokes.

Each row: hands (1 or 2), wrist at the apex relative to the hips (x, y, z metres; the left hand, or the right one
mirrored; canonical axes, so -y is forward and z is the height), path of the stroke in metres.
Written by models/corpora/repertoire.py.
"""

STROKES: dict[str, tuple[tuple[int, float, float, float, float], ...]] = {
'''


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="models.corpora.repertoire", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    data = parser.parse_args(argv).data
    training, _ = split(read_clips(data / "motion"))
    rows: dict[str, set] = {}
    for stroke in measured_strokes(training):
        if not stroke.clip.name.endswith("mirrored") and stroke.position[2] <= .6:
            place = tuple(round(float(value), 2) for value in stroke.position)
            rows.setdefault(stroke.kind, set()).add((2 if stroke.hands == "both" else 1, *place,
                                                     round(stroke.path, 2)))
    sys.stdout.write(HEAD)
    for kind in sorted(rows):
        sys.stdout.write(f'    "{kind}": (\n')
        line = "       "
        for row in sorted(rows[kind]):
            if len(line) + len(f" {row},") > 110:
                sys.stdout.write(line + "\n")
                line = "       "
            line += f" {row},"
        sys.stdout.write(line + "\n    ),\n")
    sys.stdout.write("}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
