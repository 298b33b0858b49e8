"""What an animator does to the file while a performance is made, in a window with its event loop (F17, F18)."""

from __future__ import annotations

import pytest

from tests.bench.material import speech

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ADDON = "bl_ext.user_default.persona"
JOB = f"__import__('{ADDON}.job', fromlist=['x'])"
SAMPLE = f"str(__import__('pathlib').Path(__import__('{ADDON}', fromlist=['x']).__file__).parent / 'assets/sample.ogg')"
MADE = "len([action for action in bpy.data.actions if 'persona_request' in action])"


def operate(window, call: str):
    """Calls an operator as the viewport would."""
    there = "bpy.context.temp_override(window=view()[0], area=view()[1], region=next(regions(view()[1])))"
    return window.ask(f"(lambda place: (place.__enter__(), str(bpy.ops.{call}), place.__exit__(None, None, None))[1])"
                      f"({there})", seconds=120)


def prepare(window, sound: str = SAMPLE) -> None:
    operate(window, "wm.read_homefile(use_factory_startup=True, load_ui=False)")
    operate(window, "persona.add_mannequin()")
    window.ask(f"setattr(bpy.context.scene.persona, 'file', {sound})")
    operate(window, "ed.undo_push(message='Prepared')")


def begin(window) -> None:
    assert "RUNNING_MODAL" in operate(window, "persona.generate('INVOKE_DEFAULT')")
    assert window.ask(f"{JOB}.current() is not None")


def wait(window) -> None:
    window.until(f"{JOB}.current() is None", 240)
    window.ask("True")  # one more turn of the event loop, in which the operator writes


def test_self_check_finds_everything_well(window):
    assert "RUNNING_MODAL" in operate(window, "persona.self_check('INVOKE_DEFAULT')")
    checks = f"__import__('{ADDON}.checks', fromlist=['x'])"
    window.until(f"{checks}.results and not {checks}.going_on", 120)
    assert window.ask(f"[check.name + ': ' + check.text for check in {checks}.failed()]") == []
    assert "Trial performance" in window.ask("bpy.context.window_manager.clipboard")


def test_the_file_is_worked_on_while_a_performance_is_made(window, tmp_path):
    saved = str(tmp_path / "meantime.blend")
    prepare(window, repr(str(speech(90.0, tmp_path))))  # long enough to be still at work after all of this

    begin(window)
    operate(window, "ed.undo()")
    operate(window, "ed.redo()")
    operate(window, f"wm.save_as_mainfile(filepath={saved!r})")
    window.ask("setattr(bpy.data.objects['Persona'], 'name', 'Renamed')")
    wait(window)
    assert window.until(MADE) >= 1
    assert window.ask("'persona_request' in bpy.data.objects['Renamed'].animation_data.action")

    begin(window)
    operate(window, f"wm.open_mainfile(filepath={saved!r})")
    assert window.ask(f"{JOB}.current() is None") and window.ask(MADE) == 0

    begin(window)
    operate(window, "wm.read_homefile(use_factory_startup=True)")
    assert window.ask(f"{JOB}.current() is None") and window.ask(MADE) == 0

    prepare(window)
    begin(window)
    window.ask("bpy.data.objects.remove(bpy.data.objects['Persona'])")
    wait(window)
    assert window.ask(MADE) == 0
    assert window.ask(f"{JOB}.last_problem().code") == "character.gone"

    prepare(window)
    begin(window)
    operate(window, f"preferences.addon_disable(module='{ADDON}')")
    assert window.ask("hasattr(bpy.types.Scene, 'persona')") is False
    operate(window, f"preferences.addon_enable(module='{ADDON}')")
    window.ask(f"setattr(bpy.context.scene.persona, 'file', {SAMPLE})")
    begin(window)
    wait(window)
    assert window.until(MADE) >= 1
