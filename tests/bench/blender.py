"""What Blender's main thread feels: registering, drawing the panel, ticks, writing. Runs Blender's wheel."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from .row import Row

ROOT = Path(__file__).parents[2]


def measure() -> list[Row]:
    done = subprocess.run([sys.executable, "-m", "tests.bench.in_blender"], cwd=ROOT, capture_output=True, text=True,
                          check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        raise SystemExit(f"the bench in Blender failed:\n{done.stdout[-2000:]}{done.stderr[-3000:]}")
    return [Row(**json.loads(line)) for line in lines]
