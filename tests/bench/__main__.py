"""``python3 build.py bench [NAME…]``: figures with a goal and, where there is one, a baseline of the same run.

Prints a table for each bench and writes ``out/bench/NAME.json``.
"""

from __future__ import annotations

import argparse
import importlib
import json
import platform
import sys
from dataclasses import asdict
from pathlib import Path

from tests.bench.row import Row

BENCHES = {
    "speed": "60 s of speech to keys, cold and warm; few keys beside dense keys",
    "memory": "the worker's memory and time over the length of the speech",
    "blender": "what Blender's main thread feels (needs Blender's wheel)",
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="build.py bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(f"{n}: {t}" for n, t in BENCHES.items()))
    parser.add_argument("--out", default="out/bench", help="folder of the JSON files")
    args = parser.parse_args()
    unknown = sorted(set(args.names) - set(BENCHES))
    if unknown:
        parser.error(f"no bench is named {', '.join(unknown)}; there are {', '.join(BENCHES)}")
    folder = Path(args.out)
    folder.mkdir(parents=True, exist_ok=True)
    for name in args.names or BENCHES:
        rows = importlib.import_module(f"tests.bench.{name}").measure()
        _print(name, rows)
        report = {"machine": _machine(), "rows": [asdict(row) for row in rows]}
        (folder / f"{name}.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 0


def _print(name: str, rows: list[Row]) -> None:
    print(f"\n{name}: {BENCHES[name]}")
    print(f"  {'measure':44} {'goal':>12} {'value':>12} {'baseline':>12}  how")
    for row in rows:
        print(f"  {row.measure + ', ' + row.unit:44} {row.goal:>12} {row.value:>12.4g} "
              f"{'' if row.baseline is None else format(row.baseline, '.4g'):>12}  {row.how}")
    sys.stdout.flush()


def _machine() -> dict:
    import os

    return {"system": platform.platform(), "processor": platform.processor(), "cores": os.cpu_count(),
            "python": platform.python_version()}


if __name__ == "__main__":
    sys.exit(main())
