"""What enabling and disabling the extension does, and what every class of it has to have."""

import subprocess
import sys
from pathlib import Path

import bpy
import pytest

import bridge
import persona_addon
from bridge.messages import EMOTIONS
from persona_addon import compat, job, operators, panels, preferences, properties, release

ROOMS = (*operators.ROOMS, *panels.ROOMS, preferences, properties)
CLASSES = [cls for room in ROOMS for cls in room.CLASSES]
OPERATORS = [cls for cls in CLASSES if issubclass(cls, bpy.types.Operator)]


def traces() -> dict:
    handlers = {name: len(getattr(bpy.app.handlers, name)) for name in dir(bpy.app.handlers)
                if isinstance(getattr(bpy.app.handlers, name), list)}
    return {"types": {name for name in dir(bpy.types) if "ersona" in name or "PERSONA" in name},
            "scene": "persona" in bpy.types.Scene.bl_rna.properties, "handlers": handlers,
            "presets": tuple(bpy.utils.preset_paths("persona/emotion")),
            "menu": len(getattr(bpy.types.VIEW3D_MT_armature_add.draw, "_draw_funcs", ()))}


def test_disabling_leaves_nothing_behind_and_enabling_again_brings_all_back(fake_client):
    with_it = traces()
    job.client()
    persona_addon.unregister()
    without = traces()
    persona_addon.register()
    assert fake_client.stopped == 1
    assert not without["types"] and not without["scene"] and not without["presets"]
    assert traces() == with_it
    assert sum(without["handlers"].values()) < sum(with_it["handlers"].values())


def test_importing_does_nothing_and_needs_no_blender():
    lines = ("import sys; sys.modules['bpy'] = None; import persona_addon; import persona_addon.client; "
             "assert not {m for m in sys.modules if m.startswith('persona_addon.') and 'panel' in m}")
    subprocess.run([sys.executable, "-c", lines], check=True, cwd=Path(persona_addon.__file__).parents[1], timeout=60)


def test_registering_brings_no_numpy():
    """It would cost half of the time that Blender's start may grow by."""
    lines = ("import sys, bpy; [sys.modules.pop(m) for m in list(sys.modules) if m.split('.')[0] == 'numpy']; "
             "import persona_addon; persona_addon.register(); found = 'numpy' in sys.modules; "
             "persona_addon.unregister(); import os; os._exit(found)")
    subprocess.run([sys.executable, "-c", lines], check=True, cwd=Path(persona_addon.__file__).parents[1], timeout=60)


def test_the_release_is_the_engines():
    assert bridge.__version__ == release.VERSION and release.mismatch() == ""
    manifest = Path(persona_addon.__file__).parents[1] / "blender_manifest.toml"
    if manifest.is_file():
        assert f'version = "{release.VERSION}"' in manifest.read_text()


def test_another_engine_is_refused_with_what_to_do(monkeypatch, ready):
    monkeypatch.setattr(bridge, "__version__", "0.0.1")
    with pytest.raises(RuntimeError, match="Restart Blender"):
        bpy.ops.persona.generate()


def test_the_sliders_are_the_engines_emotions():
    assert ("neutral", *properties.SLIDERS) == EMOTIONS
    assert all(hasattr(bpy.context.scene.persona, name) for name in properties.SLIDERS)


# ---- every class -----------------------------------------------------------------------------------------

@pytest.mark.parametrize("cls", OPERATORS, ids=lambda cls: cls.__name__)
def test_operators_have_words_and_a_place_to_be_undone(cls):
    tooltip = (cls.bl_description if hasattr(cls, "bl_description") else cls.__doc__).strip()
    assert tooltip and not tooltip.endswith(".") and tooltip[0].isupper()
    assert cls.bl_label == cls.bl_label.strip() and cls.bl_label[0].isupper()
    assert cls.bl_idname.startswith("persona.")


def test_operators_that_write_make_an_undo_step():
    writing = {"persona.generate", "persona.regenerate", "persona.add_mannequin", "persona.roll_seed"}
    for cls in OPERATORS:
        assert ("UNDO" in getattr(cls, "bl_options", set())) == (cls.bl_idname in writing), cls.bl_idname


def test_settings_have_words():
    for group in (properties.PersonaSettings, preferences.PersonaPreferences):
        for prop in group.bl_rna.properties:
            if prop.identifier in ("rna_type", "name", "bl_idname"):
                continue
            assert prop.description and not prop.description.endswith("."), prop.identifier
            assert prop.name[0].isupper(), prop.identifier


@pytest.mark.parametrize("path", sorted((Path(persona_addon.__file__).parent / "assets/presets").rglob("*.py")),
                         ids=lambda path: path.stem)
def test_presets_set_every_slider(path):
    settings = bpy.context.scene.persona
    for name in properties.SLIDERS:
        setattr(settings, name, 0.9)
    bpy.ops.script.execute_preset(filepath=str(path), menu_idname="PERSONA_PT_emotion_presets")
    assert sum(getattr(settings, name) for name in properties.SLIDERS) <= 1.0 + 1e-6


def test_presets_are_found_and_saved():
    folders = bpy.utils.preset_paths("persona/emotion")
    assert any(Path(folder, "Furious.py").is_file() for folder in folders)
    bpy.context.scene.persona.sad = 0.4
    bpy.ops.persona.add_emotion_preset(name="My Own")
    saved = next(Path(bpy.utils.user_resource("SCRIPTS")).rglob("presets/persona/emotion/*.py"))
    assert saved.stem.lower() == "my_own" and "settings.sad = 0.4" in saved.read_text()


def test_only_compat_asks_for_the_version():
    folder = Path(persona_addon.__file__).parent
    asking = {path.name for path in folder.rglob("*.py") if "app.version" in path.read_text()}
    assert asking == {"checks.py", "compat.py"}  # checks only tells it


def test_the_version_table_names_what_exists():
    scene = bpy.context.scene
    scene.render.engine = compat.eevee()
    assert scene.render.engine == compat.eevee()
    compat.set_video_output(scene)
    assert scene.render.image_settings.file_format == "FFMPEG"
    assert bpy.ops.persona.cancel.poll() is False
