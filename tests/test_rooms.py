"""The rooms of the house: who may import whom, read from the source."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BLENDER = {"bpy", "bmesh", "mathutils", "gpu", "blf", "aud", "bl_ext", "idprop"}
TRAINING = {"torch", "tensorboard", "onnx", "onnxscript", "pocketsphinx", "pyworld"}
FORBIDDEN = {
    "bridge": BLENDER | TRAINING | {"scipy", "persona_addon", "models", "pickle", "shelve"},
    "persona_addon": TRAINING | {"scipy", "models", "pickle", "shelve", "onnxruntime", "soundfile", "soxr"},
    "models": BLENDER | {"persona_addon"},
}
# What Blender's own process imports of the engine: standard library and numpy alone.
SHARED = ("bridge.messages", "bridge.problems", "bridge.wire", "bridge.curves", "bridge.cards", "bridge.rigs.matching",
          "bridge.command_line", "bridge.jobs")


def imports_of(path: Path) -> set[str]:
    """Top-level names of all absolute imports in a file, those inside functions included."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("room", sorted(FORBIDDEN))
def test_dependencies_point_one_way(room):
    wrong = {str(path.relative_to(ROOT)): sorted(imports_of(path) & FORBIDDEN[room])
             for path in (ROOT / room).rglob("*.py") if imports_of(path) & FORBIDDEN[room]}
    assert not wrong


def test_nothing_that_ships_changes_the_import_path():
    changers = [path for room in ("bridge", "persona_addon") for path in (ROOT / room).rglob("*.py")
                if "sys.path.append" in path.read_text(encoding="utf-8")
                or "sys.path.insert" in path.read_text(encoding="utf-8")]
    assert not changers


@pytest.mark.parametrize("module", SHARED)
def test_what_blender_imports_needs_numpy_alone(module):
    stub = ("import sys\n"
            "class Refuse:\n"
            "    def find_spec(self, name, path=None, target=None):\n"
            "        if name.split('.')[0] in ('onnxruntime', 'soundfile', 'soxr', 'scipy', 'torch', 'bpy'):\n"
            "            raise ImportError('refused: ' + name)\n"
            "sys.meta_path.insert(0, Refuse())\n"
            f"import {module}\n")
    done = subprocess.run([sys.executable, "-c", stub], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_only_compat_asks_for_blenders_version():
    asking = [path.name for path in (ROOT / "persona_addon").rglob("*.py")
              if re.search(r"app\.version\b", path.read_text(encoding="utf-8"))]
    assert set(asking) <= {"compat.py"}


def test_versions_agree():
    import tomllib

    import bridge

    manifest = tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))
    assert manifest["version"] == bridge.__version__


def test_the_source_is_in_style():
    done = subprocess.run([sys.executable, "-m", "ruff", "check", "--output-format", "concise", str(ROOT)], cwd=ROOT,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_no_file_is_too_long_to_be_read_in_one_go():
    long = {str(path.relative_to(ROOT)): count for room in (*FORBIDDEN, "tests") for path in (ROOT / room).rglob("*.py")
            if (count := len(path.read_text(encoding="utf-8").splitlines())) > 500}
    assert not long
