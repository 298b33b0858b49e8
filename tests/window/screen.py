"""A complete Blender with its window on a virtual screen, driven by mouse and keys as a person would.

Blender may come with its own ``run`` beside it (a wrapper that runs programs of its root); then the screen's
programs are taken from there, else from the machine: Xvfb, xdotool and ImageMagick's import.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import numpy as np

WIDTH, HEIGHT = 1280, 900
COLOURS = {"persona.generate": (255, 0, 255), "persona.cancel": (0, 255, 255)}  # of the markers on the buttons


class Screen:
    """Xvfb, and what a person does before it."""

    def __init__(self, blender: Path, folder: Path) -> None:
        wrapper = blender.parent / "run"
        self._prefix = [str(wrapper)] if wrapper.exists() else []
        self.folder = folder
        number, writing = os.pipe()
        self._xvfb = subprocess.Popen(
            [*self._prefix, "Xvfb", "-displayfd", "7", "-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-nolisten", "tcp"],
            preexec_fn=lambda: os.dup2(writing, 7), pass_fds=(7, writing), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(writing)
        with os.fdopen(number) as told:
            display = told.readline().strip()
        self.environment = dict(os.environ, DISPLAY=f":{display}", LIBGL_ALWAYS_SOFTWARE="1")

    @staticmethod
    def missing(blender: Path) -> str:
        """What a machine lacks to show a window; empty if nothing."""
        if (blender.parent / "run").exists():
            return ""
        return ", ".join(name for name in ("Xvfb", "xdotool", "import") if shutil.which(name) is None)

    def click(self, x: int, y: int) -> None:
        self._do("xdotool", "mousemove", str(x), str(y), "sleep", "0.3", "click", "1", "sleep", "0.2")

    def key(self, combination: str, x: int, y: int) -> None:
        """Presses keys with the mouse over a place."""
        self._do("xdotool", "mousemove", str(x), str(y), "sleep", "0.2", "key", combination, "sleep", "0.2")

    def picture(self, name: str) -> Path:
        path = self.folder / name
        self._do("import", "-window", "root", str(path))
        return path

    def find(self, operator: str) -> tuple[int, int] | None:
        """The middle of the button of an operator, found by its marker; None while it is not drawn."""
        shot = subprocess.run([*self._prefix, "import", "-window", "root", "-depth", "8", "ppm:-"],
                              env=self.environment, stdout=subprocess.PIPE, check=True).stdout
        header, rest = shot.split(b"\n255\n", 1)
        width, height = (int(number) for number in header.split()[1:3])
        pixels = np.frombuffer(rest, np.uint8)[:width * height * 3].reshape(height, width, 3).astype(int)
        rows, columns = np.nonzero(np.abs(pixels - COLOURS[operator]).sum(-1) < 60)
        return (int(columns.mean()), int(rows.mean())) if len(rows) > 20 else None

    def close(self) -> None:
        self._xvfb.terminate()
        self._xvfb.wait()

    def _do(self, *words: str) -> None:
        subprocess.run([*self._prefix, *words], env=self.environment, check=True)


class Window:
    """A running Blender that answers questions through ``pilot.py``."""

    def __init__(self, blender: Path, screen: Screen, folder: Path) -> None:
        self._folder, self._number = folder, 0
        self._log = (folder / "blender.log").open("w")
        self.process = subprocess.Popen(
            [str(blender), "--factory-startup", "--addons", "bl_ext.user_default.persona", "--window-geometry", "0",
             "0", str(WIDTH), str(HEIGHT), "--python", str(Path(__file__).with_name("pilot.py")), "--", str(folder)],
            env=dict(screen.environment, BLENDER_USER_RESOURCES=os.environ["BLENDER_USER_RESOURCES"]),
            stdout=self._log, stderr=subprocess.STDOUT)

    def ask(self, expression: str, seconds: float = 60.0):
        """The JSON-able value of a Python expression inside Blender."""
        self._number += 1
        answer = self._folder / f"answer-{self._number}.json"
        part = self._folder / "question.part"
        part.write_text(json.dumps({"number": self._number, "expression": expression}))
        part.rename(self._folder / "question.json")
        told = json.loads(self._wait_for(answer, seconds).read_text())
        if "error" in told:
            raise AssertionError(f"{expression}: {told['error']}")
        return told["value"]

    def until(self, expression: str, seconds: float = 120.0):
        """Asks again until the answer is true."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            value = self.ask(expression)
            if value:
                return value
            time.sleep(0.3)
        raise AssertionError(f"{expression} did not become true in {seconds:g} s:\n{self.log()}")

    def log(self) -> str:
        return (self._folder / "blender.log").read_text(errors="replace")[-3000:]

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self._log.close()

    def _wait_for(self, path: Path, seconds: float) -> Path:
        end = time.monotonic() + seconds
        while not path.exists():
            if self.process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"Blender does not answer:\n{self.log()}")
            time.sleep(0.05)
        return path
