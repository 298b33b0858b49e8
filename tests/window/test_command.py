"""``blender -b scene.blend --command persona generate``, in the installed extension of a complete Blender."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SAMPLE = Path(__file__).parents[2] / "persona_addon" / "assets" / "sample.ogg"


def persona(blender: Path, scene: Path, *words: object) -> subprocess.CompletedProcess:
    return subprocess.run([blender, "-b", scene, "--command", "persona", "generate", *map(str, words)],
                          capture_output=True, text=True, check=False)


@pytest.fixture
def scene(blender, installed, tmp_path) -> Path:
    """A file with the mannequin under another name."""
    path = tmp_path / "a scene.blend"
    made = ("import bpy; bpy.ops.persona.add_mannequin(); bpy.context.object.name = 'Ann'; "
            f"bpy.ops.wm.save_as_mainfile(filepath={str(path)!r})")
    subprocess.run([blender, "-b", "--python-exit-code", "3", "--python-expr", made], check=True, capture_output=True)
    return path


def test_one_command_makes_a_performance(blender, scene, tmp_path):
    out = {name: tmp_path / name for name in ("out.blend", "body.bvh", "face.csv", "report.json")}
    done = persona(blender, scene, "--armature", "Ann", "--audio", SAMPLE, "--audio-range", "0:2", "--emotion",
                   "happy=0.5", "--seed", 3, "--start", 10, "--output", out["out.blend"], "--motion", out["body.bvh"],
                   "--face", out["face.csv"], "--json", out["report.json"])
    assert done.returncode == 0, done.stdout + done.stderr
    assert {str(path) for path in out.values()} <= set(done.stdout.splitlines())
    assert all(path.stat().st_size > 0 for path in out.values())
    look = ("import bpy; rig = bpy.data.objects['Ann']; action = rig.animation_data.action; "
            "print('RANGE', *action.frame_range, 'persona_request' in action)")
    seen = subprocess.run([blender, "-b", out["out.blend"], "--python-expr", look], capture_output=True, text=True,
                          check=True).stdout
    first, last, stored = seen.split("RANGE ")[1].split()[:3]
    assert float(first) == 10.0 and 50 <= float(last) <= 80 and stored == "True"


def test_what_goes_wrong_is_an_exit_code_and_a_sentence(blender, scene, tmp_path):
    missing = persona(blender, scene, "--armature", "Nobody", "--audio", SAMPLE, "--output", tmp_path / "a.blend")
    assert missing.returncode == 1 and "Nobody" in missing.stderr and "Traceback" not in missing.stderr
    assert not (tmp_path / "a.blend").exists()
    assert persona(blender, scene, "--emotion", "bored=1").returncode == 2
