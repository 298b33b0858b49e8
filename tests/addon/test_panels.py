"""What the panels say in each state, drawn on paper."""

import time

import bpy
import pytest

from bridge.events import Failed, Progress
from bridge.problems import Problem
from persona_addon import checks, compat, findings, job, panels
from persona_addon.panels import character, generate, performance, self_check, sound
from tests.mock import performer, stage
from tests.mock.paper import draw

ALL = [cls for room in panels.ROOMS for cls in room.CLASSES if hasattr(cls, "bl_category")]  # not the popover


def drawn(panel):
    return draw(panel, bpy.context)


@pytest.fixture
def taught(monkeypatch):
    """A model that knows two emotions."""
    monkeypatch.setattr(findings, "_offered", ("happy", "sad"))


@pytest.fixture
def running(ready, fake_client):
    """A job in the middle of its work."""
    def steps(number, _request):
        yield Progress(number, "move", 3, 8, seconds_left=4.2)
    fake_client.steps = steps
    from persona_addon.character import describe
    from persona_addon.operators.generate import request_of
    from persona_addon.sound import of_settings
    hero = bpy.data.objects["Hero"]
    request = request_of(ready, of_settings(ready), describe(hero))
    job.begin(ready, hero, (), request, {"kind": "FILE", "name": "voice", "label": "voice"})
    job.tick()
    return job.current()


# ---- character -------------------------------------------------------------------------------------------

def test_without_a_character_the_mannequin_is_offered():
    paper = drawn(character.PERSONA_PT_character)
    assert "Select an armature" in paper.text and paper.of("operator") == ["persona.add_mannequin"]


def test_what_was_found_of_a_character_is_shown(armature, face):
    paper = drawn(character.PERSONA_PT_character)
    assert "Hero (selected)" in paper.text
    assert f"ARKit 52: {len(stage.SHAPES)} shapes" in paper.text
    details = drawn(character.PERSONA_PT_details)
    assert "Joints not found: upper chest, left fingers, right fingers" in details.text
    assert "Shapes not found: eyeLookDownLeft, eyeLookInLeft" in details.text


def test_missing_joints_are_named_as_people_do():
    assert character.in_words(("leftToes", "leftIndexProximal", "leftIndexDistal", "rightThumbDistal")) == [
        "left toes", "left index", "right thumb"]


@pytest.mark.parametrize("family, shown", [
    ("rigify_generated", "Rigify Generated"), ("vrm_humanoid", "VRM Humanoid"), ("cmu_3dsmax", "CMU 3ds Max"),
    ("unreal_5", "Unreal 5"), ("words", "Found by its bones' names")])
def test_families_are_named_as_people_do(family, shown):
    assert character.family_name(family) == shown


def test_a_rig_that_is_no_body_is_said_in_the_panel():
    stage.select(stage.add_armature("Crate", (("lid", None, (0, 0, 0), (0, 0, 1)),)))
    paper = drawn(character.PERSONA_PT_character)
    assert any(line[2] == "ERROR" for line in paper.lines if line[0] == "label")
    assert "No face" in paper.text


def test_a_bone_renamed_is_noticed_at_once(armature):
    before = findings.body_of(armature)
    assert findings.body_of(armature) is before
    for bone in list(armature.data.bones):
        if "Arm" in bone.name or "Hand" in bone.name:
            bone.name = "x" + bone.name
    assert findings.body_of(armature) is not before


def test_a_new_face_is_noticed_after_a_moment(armature, face, monkeypatch):
    for name in ("MESHES_LAST", "MESHES_SHARE"):
        monkeypatch.setattr(findings, name, 0.0)
    assert findings.face_of(armature, None).meshes == {"Face": len(stage.SHAPES)}
    stage.add_face(armature, "Beard")
    assert list(findings.face_of(armature, None).meshes) == ["Face", "Beard"]
    assert list(findings.face_of(armature, face).meshes) == ["Face"]


# ---- sound and performance -------------------------------------------------------------------------------

def test_each_source_has_its_own_field(ready):
    for source, field in (("FILE", "file"), ("STRIP", "strip"), ("SPEAKER", "speaker")):
        ready.persona.source = source
        shown = drawn(sound.PERSONA_PT_sound).of("prop")
        assert {"file", "strip", "speaker"} & set(shown) == {field}
        assert ("start_frame" in shown) == (source != "STRIP")


@pytest.mark.skipif(not compat.has_sound(), reason="this build of Blender has no sound")
def test_a_strip_shows_its_frames(ready, voice):
    compat.new_sound_strip(ready, "talk", voice, 10)
    ready.persona.source, ready.persona.strip = "STRIP", "talk"
    assert "Frames 10 to 34" in drawn(sound.PERSONA_PT_sound).text


def test_only_the_emotions_that_the_model_knows_are_offered(taught):
    shown = drawn(performance.PERSONA_PT_performance).of("prop")
    assert [name for name in shown if name in findings.SLIDERS] == ["happy", "sad"]
    assert "guidance" not in shown and "guidance" in drawn(performance.PERSONA_PT_advanced).of("prop")


def test_emotions_that_the_model_does_not_know_are_not_asked_for(ready, taught, fake_client):
    ready.persona.happy = ready.persona.angry = 0.5
    bpy.ops.persona.generate()
    assert fake_client.requests[0].emotion == {"happy": 0.5}


# ---- generating ------------------------------------------------------------------------------------------

def test_idle(ready):
    paper = drawn(generate.PERSONA_PT_generate)
    assert paper.of("operator") == ["persona.generate", "persona.regenerate"] and paper.text == ""


def test_busy(running):
    paper = drawn(generate.PERSONA_PT_generate)
    assert paper.of("operator") == ["persona.cancel"]
    _kind, text, factor = next(line for line in paper.lines if line[0] == "progress")
    assert text == "Moving the Body, 4 s left" and 0.12 < factor < 0.65
    job.cancel()
    assert drawn(generate.PERSONA_PT_generate).of("progress") == ["Cancelling"]


def test_a_worker_that_is_quiet_is_said_to_go_on(running):
    running.progress = Progress(1, "move", 3, 8, quiet=70.0)
    assert drawn(generate.PERSONA_PT_generate).of("progress") == ["Moving the Body, still working"]


def test_the_bar_never_goes_back(running):
    from bridge.performance import STAGES
    seen = []
    for name in STAGES:
        for done in range(5):
            running.progress = Progress(1, name, done, 4)
            seen.append(running.fraction)
    assert seen == sorted(seen) and seen[-1] == pytest.approx(1.0)


def test_every_stage_of_the_engine_has_words():
    from bridge.performance import STAGES
    assert set(STAGES) <= generate.WORDS.keys() and set(STAGES) <= job.STAGES.keys()
    assert sum(job.STAGES.values()) == pytest.approx(1.0)


def test_a_failure_stays_on_the_panel_until_the_next_attempt(ready, fake_client):
    fake_client.steps = lambda number, _request: iter([Failed(number, Problem("sound.missing", name="voice.wav"))])
    with pytest.raises(RuntimeError):
        bpy.ops.persona.generate()
    assert "The sound voice.wav is not there" in drawn(generate.PERSONA_PT_generate).text
    fake_client.steps = fake_client.performance
    bpy.ops.persona.generate()
    assert drawn(generate.PERSONA_PT_generate).text == ""


def test_the_result_is_summed_up(ready, armature):
    bpy.ops.persona.generate()
    paper = drawn(generate.PERSONA_PT_result)
    assert armature.animation_data.action.name in paper.of("label")
    assert "1.0 s of speech, 3 gestures" in paper.text and "keys" in paper.text and "Made in 0.6 s" in paper.text
    assert "The left toes were not found" in paper.text
    armature.animation_data.action = None
    assert drawn(generate.PERSONA_PT_result).lines == []


def test_long_sentences_are_broken_where_the_panel_ends(ready):
    for width, least in ((200, 4), (600, 1)):
        job._last_problem = Problem("character.linked", name="Hero", library="//characters/hero.blend")
        paper = draw(generate.PERSONA_PT_generate, bpy.context, width)
        assert len(paper.of("label")) >= least
        assert max(map(len, paper.of("label"))) <= max(width / 6, 16)


# ---- self-check ------------------------------------------------------------------------------------------

def test_no_performance_is_begun_during_self_check(ready, fake_client):
    fake_client.forgive = lambda: None
    walk = checks.walk()
    next(walk)
    for button in (bpy.ops.persona.generate, bpy.ops.persona.self_check):
        with pytest.raises(RuntimeError, match="Self-Check is running"):
            button()
    walk.close()
    assert bpy.ops.persona.generate() == {"FINISHED"}


def test_self_check_names_what_fails_and_copies_a_report(fake_client):
    fake_client.problem = Problem("sound.missing", name="the worker")
    fake_client.forgive = lambda: None
    assert bpy.ops.persona.self_check() == {"FINISHED"}
    worker = next(check for check in checks.results if check.name == "Worker")
    assert worker.passed is False and "the worker is not there" in worker.text
    assert "[FAILED] Worker: The sound the worker is not there" in checks.report()
    assert "Worker: The sound the worker" in drawn(self_check.PERSONA_PT_self_check).text
    assert all(check.passed is not None for check in checks.results)


# ---- how long it takes -----------------------------------------------------------------------------------

def test_drawing_is_quick_on_a_big_scene(ready, armature, face, taught):
    """A bound against disaster, an order above what it takes; the benchmark has the figure."""
    for number in range(300):
        bpy.context.scene.collection.objects.link(bpy.data.objects.new(f"Prop {number}", None))
    for panel in ALL:
        drawn(panel)
    began = time.perf_counter()
    for _ in range(10):
        for panel in ALL:
            drawn(panel)
    assert (time.perf_counter() - began) / 10 < 0.02


def test_nothing_is_drawn_with_an_icon_that_does_not_exist(ready, running):
    known = set(bpy.types.UILayout.bl_rna.functions["label"].parameters["icon"].enum_items.keys())
    for panel in ALL:
        assert {line[2] for line in drawn(panel).lines if line[0] == "label"} <= known
    assert performer.STATE.READY
