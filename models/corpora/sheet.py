"""Contact sheets: stick figures every 0.4 s, front above, side below; right red, left blue."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from bridge.body import kinematics
from bridge.body.skeleton import CANONICAL

WIDTH, HEIGHT, TOP = 62, 92, 14
SCALE = 46  # pixels a metre
COLOURS = {"left": (40, 100, 200), "right": (200, 60, 40), "": (30, 30, 30)}


def sheet(rows: list[tuple[str, np.ndarray, np.ndarray]], path: Path, start: float, seconds: float,
          every: float = .4, fps: float = 30.0) -> None:
    """Draws rows of (title, rotations (T, 52, 4), root (T, 3)) from start for so many seconds into a PNG."""
    times = np.arange(start, start + seconds, every)
    picture = Image.new("RGB", (len(times) * WIDTH + 8, len(rows) * (2 * HEIGHT + TOP) + 4), "white")
    draw = ImageDraw.Draw(picture)
    for row, (title, rotations, root) in enumerate(rows):
        top = row * (2 * HEIGHT + TOP)
        draw.text((4, top), title, fill=(0, 0, 0))
        frames = np.minimum((times * fps).astype(int), len(root) - 1)
        turns, places = kinematics.globals_of(rotations[frames], root[frames])
        ends = kinematics.tips_of(turns, places)
        for column in range(len(times)):
            draw.text((column * WIDTH + 30, top), f"{times[column]:.1f}", fill=(120, 120, 120))
            for view, across in enumerate((np.array((1, 0, 0)), np.array((0, -1, 0)))):
                origin = (column * WIDTH + (34 if view == 0 else 24), top + TOP + (view + 1) * HEIGHT - 4)
                _figure(draw, places[column], ends[column], across, origin)
    picture.save(path)


def _figure(draw: ImageDraw.ImageDraw, places: np.ndarray, ends: np.ndarray, across: np.ndarray,
            origin: tuple[int, int]) -> None:
    def pixel(point: np.ndarray) -> tuple[float, float]:
        return origin[0] + SCALE * float(point @ across), origin[1] - SCALE * float(point[2])

    for joint, name in enumerate(CANONICAL.names):
        side = "left" if name.startswith("left") else "right" if name.startswith("right") else ""
        parent = int(CANONICAL.parents[joint])
        if parent >= 0:
            draw.line((*pixel(places[parent]), *pixel(places[joint])), fill=COLOURS[side], width=1)
        if name in CANONICAL.tips and name != "head":
            draw.line((*pixel(places[joint]), *pixel(ends[joint])), fill=COLOURS[side], width=1)
    x, y = pixel((places[5] + 2 * ends[5]) / 3)
    draw.ellipse((x - 5, y - 6, x + 5, y + 6), outline=(30, 30, 30))
