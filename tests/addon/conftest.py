"""Blender as a module, one process for all tests of the add-on, and a client without a worker."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile

import pytest

_USER = tempfile.mkdtemp(prefix="persona-blender-")
os.environ["BLENDER_USER_RESOURCES"] = _USER

import bpy  # noqa: E402 - after Blender has its own user folder

import persona_addon  # noqa: E402
from tests.mock import performer, stage  # noqa: E402


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Leaves without Blender's own shutdown, which crashes or hangs in the wheels of 4.2, 4.3 and 4.5."""
    code = getattr(config, "persona_exit", None)
    if code is not None:
        shutil.rmtree(_USER, ignore_errors=True)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    session.config.persona_exit = int(exitstatus)


@pytest.fixture(scope="session", autouse=True)
def registered():
    persona_addon.register()
    yield
    persona_addon.unregister()


@pytest.fixture(autouse=True)
def empty_file(registered, monkeypatch):
    """An empty file, no job and no worker before and after each test."""
    from persona_addon import job

    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    monkeypatch.setattr(job, "make_client", lambda: pytest.fail("this test needs a client; use fake_client"))
    yield
    job.stop()


@pytest.fixture
def armature() -> bpy.types.Object:
    return stage.add_armature()


@pytest.fixture
def face(armature) -> bpy.types.Object:
    made = stage.add_face(armature)
    stage.select(armature)
    return made


@pytest.fixture
def voice(tmp_path) -> str:
    return stage.write_wav(tmp_path / "a voice.wav")


@pytest.fixture
def fake_client(monkeypatch) -> performer.FakeClient:
    from persona_addon import job

    made = performer.FakeClient()
    monkeypatch.setattr(job, "make_client", lambda: made)
    return made


@pytest.fixture
def ready(armature, face, voice, fake_client) -> bpy.types.Scene:
    """A scene in which Generate Gestures can be pressed."""
    scene = bpy.context.scene
    scene.persona.file = voice
    return scene
