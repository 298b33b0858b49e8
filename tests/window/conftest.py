"""A complete Blender, named by PERSONA_BLENDER_UNDER_TEST, with the extension's zip installed in it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from tests.window.screen import Screen, Window

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def blender() -> Path:
    named = os.environ.get("PERSONA_BLENDER_UNDER_TEST", "").strip()
    if not named:
        pytest.skip("no complete Blender is named by PERSONA_BLENDER")
    path = Path(named).absolute()
    lacking = Screen.missing(path)
    if lacking:
        pytest.skip(f"this machine lacks {lacking}")
    return path


@pytest.fixture(scope="session")
def installed(blender) -> Path:
    """The zip for this Blender's Python, installed as a user does."""
    resources = Path(tempfile.mkdtemp(prefix="persona-window-"))
    os.environ["BLENDER_USER_RESOURCES"] = str(resources)
    asked = subprocess.run([blender, "-b", "--factory-startup", "--python-expr",
                            "import sys; print('PYTHON', '%d%d' % sys.version_info[:2])"],
                           capture_output=True, text=True, check=True)
    tag = asked.stdout.split("PYTHON ")[1].split()[0]
    special = [] if tag in ("311", "313") else ["--python", tag]
    subprocess.run([sys.executable, "build.py", "package", "--platform", "linux-x64", *special], cwd=ROOT, check=True)
    zips = sorted((ROOT / "dist").glob(f"persona-*-linux-x64{'-cp' + tag if special else ''}.zip"))
    done = subprocess.run([blender, "--command", "extension", "install-file", "-r", "user_default", "-e", zips[-1]],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return zips[-1]


@pytest.fixture(scope="session")
def pictures() -> Path:
    folder = ROOT / "out" / "window"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def screen(blender, pictures):
    made = Screen(blender, pictures)
    yield made
    made.close()


@pytest.fixture
def window(blender, installed, screen, tmp_path):
    made = Window(blender, screen, tmp_path)
    end = time.monotonic() + 90
    while not (tmp_path / "ready").exists():
        assert made.process.poll() is None and time.monotonic() < end, made.log()
        time.sleep(0.1)
    yield made
    made.close()
