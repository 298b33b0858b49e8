"""The main job, clicked: the tab, the button, the progress, the action, undo, cancel."""

from __future__ import annotations

import re
import subprocess
import time

import pytest

from tests.bench.material import speech

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SAMPLE = "__import__('pathlib').Path(__import__('bl_ext.user_default.persona', fromlist=['x']).__file__).parent"
ACTIONS = "[action.name for action in bpy.data.actions if 'persona_request' in action]"
JOB = "__import__('bl_ext.user_default.persona.job', fromlist=['x']).current()"


def prepare(window, sound: str = f"str({SAMPLE} / 'assets' / 'sample.ogg')") -> None:
    """The mannequin, a sound (the sample speech), and an undo step to come back to."""
    window.ask("str(bpy.ops.persona.add_mannequin())", seconds=120)
    window.ask(f"setattr(bpy.context.scene.persona, 'file', {sound})")
    window.ask("str(bpy.ops.ed.undo_push(message='Prepared'))")


def press(window, screen, operator: str, seconds: float = 30.0) -> None:
    """Clicks the button of an operator as soon as it is drawn."""
    end = time.monotonic() + seconds
    while (place := screen.find(operator)) is None:
        assert time.monotonic() < end, f"no button {operator}:\n{window.log()}"
        time.sleep(0.3)
    screen.click(*place)


def test_the_clicked_run(window, screen, blender):
    version = window.ask("'.'.join(str(n) for n in bpy.app.version[:2])")
    prepare(window)
    screen.picture(f"tab-{version}.png")

    press(window, screen, "persona.generate")
    window.until(f"{JOB} is not None", 10)
    end = time.monotonic() + 60
    while screen.find("persona.cancel") is None and time.monotonic() < end:
        time.sleep(0.2)
    screen.picture(f"busy-{version}.png")
    made = window.until(ACTIONS, 240)
    screen.picture(f"done-{version}.png")

    action = f"bpy.data.actions[{made[0]!r}]"
    assert window.ask(f"{action}.frame_range[1]") > 280
    playing = "bpy.context.scene.persona.character or bpy.context.view_layer.objects.active"
    moved = ("(lambda rig: [bpy.context.scene.frame_set(f) or tuple(rig.pose.bones['leftHand'].head)"
             f" for f in (20, 80, 140, 200)])({playing})")
    assert len({tuple(round(x, 2) for x in place) for place in window.ask(moved)}) > 1, "the hand does not move"

    screen.key("ctrl+z", 400, 500)
    window.until(f"not {ACTIONS}", 20)
    screen.picture(f"undone-{version}.png")


def test_a_cancelled_run_leaves_everything_as_it_was(window, screen, tmp_path):
    prepare(window, repr(str(speech(600.0, tmp_path))))
    before = window.ask("[len(bpy.data.actions), len(bpy.data.objects)]")
    press(window, screen, "persona.generate")
    window.until(f"{JOB} is not None", 10)
    press(window, screen, "persona.cancel")
    began = time.monotonic()
    window.until(f"{JOB} is None", 5)
    assert time.monotonic() - began < 5
    assert window.ask("[len(bpy.data.actions), len(bpy.data.objects)]") == before


def test_no_worker_outlives_blender(window, screen, tmp_path):
    prepare(window, repr(str(speech(600.0, tmp_path))))
    press(window, screen, "persona.generate")
    window.until(f"{JOB} is not None", 10)
    started = window.until("__import__('bl_ext.user_default.persona.job', fromlist=['x']).client().pid", 20)
    window.process.kill()
    subprocess.run(["pkill", "-9", "-f", re.escape(str(window._folder))], check=False)
    end = time.monotonic() + 3
    while time.monotonic() < end:
        alive = subprocess.run(["ps", "-o", "stat=", "-p", str(started)], capture_output=True, text=True, check=False)
        if not alive.stdout.strip() or alive.stdout.startswith("Z"):
            return
        time.sleep(0.1)
    raise AssertionError(f"the worker {started} still lives")
