"""Generate Gestures from the panel's settings to the written action, the worker played by a fake."""

import json
import os

import bpy
import numpy as np
import pytest

from bridge.events import Done, Failed, Progress
from bridge.problems import Problem
from persona_addon import job, provenance
from persona_addon.operators.generate import PERSONA_OT_generate
from tests.mock import performer, stage
from tests.mock.snapshot import differences, everything

# What the evaluated animation moves, and what Blender derives from that; test_action looks before evaluation.
ANIMATED = {"bound_box", "dimensions", "matrix", "matrix_basis", "matrix_channel", "head", "tail", "center", "vector",
            "rotation_quaternion", "rotation_euler", "rotation_axis_angle", "location", "value", "x_axis", "y_axis",
            "z_axis", "length"}


def action_of(thing):
    return thing.animation_data.action if thing.animation_data else None


def then(*doings):
    """Steps of a job in the middle of which something happens to the file."""
    def steps(number, request):
        yield Progress(number, "listen", 1, 2)
        for doing in doings:
            doing()
            yield Progress(number, "move", 1, 2)
        yield Done(number, performer.result_for(request))
    return steps


def test_a_performance_is_written(ready, armature, face):
    assert bpy.ops.persona.generate() == {"FINISHED"}
    assert action_of(armature).name == "Hero_a voice_persona"
    assert action_of(face.data.shape_keys) is not None
    assert job.current() is None and job.last_problem() is None


def test_the_request_says_what_the_panel_shows(ready, armature, face, voice, fake_client):
    settings = ready.persona
    settings.happy, settings.energy, settings.seed, settings.guidance = 0.8, 0.25, 7, 1.5
    settings.use_range, settings.range_start, settings.range_end, settings.start_frame = True, 0.25, 0.75, 12
    settings.joint_tolerance, settings.dense = np.radians(0.25), True
    ready.render.fps, ready.render.fps_base = 24, 1.001
    bpy.ops.persona.generate()
    request = fake_client.requests[0]
    assert (request.audio, request.start, request.end) == (voice, 0.25, 0.75)
    assert request.emotion == {"happy": 0.8} and request.energy == 0.25
    assert (request.seed, request.guidance, request.start_frame, request.dense) == (7, 1.5, 12, True)
    assert request.tolerance.joint == pytest.approx(0.25, abs=1e-5)
    assert request.fps == pytest.approx(24 / 1.001)
    assert request.rig.name == "Hero" and request.rig.meshes[0].name == "Face"


def test_default_settings_make_a_valid_request_and_so_do_their_limits(ready, fake_client):
    settings = ready.persona
    for pick in ("hard_min", "hard_max"):
        for prop in settings.bl_rna.properties:
            if prop.type == "FLOAT" and prop.identifier.endswith("tolerance"):
                setattr(settings, prop.identifier, getattr(prop, pick))
        assert bpy.ops.persona.generate() == {"FINISHED"}
    assert len(fake_client.requests) == 2


def test_body_alone_and_face_alone(ready, armature, face, fake_client):
    ready.persona.face = False
    bpy.ops.persona.generate()
    assert action_of(face.data.shape_keys) is None and fake_client.requests[0].rig.meshes == ()
    ready.persona.face, ready.persona.body = True, False
    bpy.ops.persona.generate()
    assert action_of(face.data.shape_keys) is not None


def test_nothing_but_the_animation_changes(ready, armature, face):
    ready.persona.add_strip = False
    armature.pose.bones["head"].rotation_mode = "ZXY"
    armature.pose.bones["hips"]["switch"] = 0.5
    armature.pose.bones["head"].constraints.new("LIMIT_ROTATION")
    bpy.context.view_layer.update()
    before = everything()
    bpy.ops.persona.generate()
    changed = differences(before, everything())
    made = f"actions[{action_of(armature).name}"
    elsewhere = [path for path in changed if not path.startswith(made) and ".animation_data" not in path
                 and path.rpartition(".")[2].partition("[")[0] not in ANIMATED]
    assert elsewhere == []
    assert any(path.startswith(made) for path in changed)


def test_a_mannequin_is_ready_to_perform(voice, fake_client):
    scene = bpy.context.scene
    scene.cursor.location = (1, 2, 0)
    assert bpy.ops.persona.add_mannequin() == {"FINISHED"}
    mannequin = bpy.context.view_layer.objects.active
    assert mannequin.type == "ARMATURE" and mannequin.select_get()
    bpy.context.view_layer.update()
    assert all(tuple(thing.matrix_world.translation) == (1, 2, 0) for thing in scene.objects)
    scene.persona.file = voice
    assert bpy.ops.persona.generate() == {"FINISHED"}
    rig = fake_client.requests[0].rig
    assert len(rig.meshes) == 1 and len(rig.meshes[0].shapes) >= 52


def test_one_undo_takes_the_performance_back(ready):
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.persona.generate()
    bpy.ops.ed.undo_push(message="Generate Gestures")  # what Blender itself does outside scripts
    assert len(bpy.data.actions) >= 1
    bpy.ops.ed.undo()
    assert len(bpy.data.actions) == 0
    assert bpy.data.objects["Hero"].animation_data is None


def test_a_failed_job_says_why_and_leaves_the_file_as_it_was(ready, fake_client):
    def steps(number, request):
        yield Progress(number, "listen", 0, 0)
        yield Failed(number, Problem("sound.missing", name="voice.wav"))
    fake_client.steps = steps
    before = everything()
    with pytest.raises(RuntimeError, match=r"The sound voice.wav is not there"):
        bpy.ops.persona.generate()
    assert differences(before, everything()) == {}
    assert job.last_problem().code == "sound.missing"
    fake_client.steps = fake_client.performance
    assert bpy.ops.persona.generate() == {"FINISHED"} and job.last_problem() is None


def test_a_worker_that_does_not_start_says_so(ready, fake_client):
    fake_client.problem = Problem("internal", what="no worker", log="there")
    with pytest.raises(RuntimeError, match="no worker"):
        bpy.ops.persona.generate()
    assert job.current() is None


def test_cancel_leaves_the_file_as_it_was(ready, fake_client):
    fake_client.steps = then(lambda: bpy.ops.persona.cancel())
    before = everything()
    assert bpy.ops.persona.generate() == {"CANCELLED"}
    assert differences(before, everything()) == {}
    assert job.current() is None and job.last_problem() is None


# ---- what happens to the file in the meantime (F17, F18) -------------------------------------------------

def test_renamed_characters_and_faces_are_found_again(ready, armature, face, fake_client):
    def rename():
        armature.name, face.name = "Heroine", "Visage"
        stage.add_armature("Hero")  # the old name now means somebody else
    fake_client.steps = then(rename)
    assert bpy.ops.persona.generate() == {"FINISHED"}
    assert action_of(armature) and action_of(face.data.shape_keys)
    assert bpy.data.objects["Hero"].animation_data is None


def test_a_deleted_character_is_named_and_nothing_is_written(ready, armature, fake_client):
    fake_client.steps = then(lambda: bpy.data.objects.remove(armature))
    with pytest.raises(RuntimeError, match="Hero was deleted"):
        bpy.ops.persona.generate()
    assert len(bpy.data.actions) == 0


def test_a_deleted_face_leaves_the_body(ready, armature, face, fake_client):
    fake_client.steps = then(lambda: bpy.data.objects.remove(face))
    assert bpy.ops.persona.generate() == {"FINISHED"}
    remarks = provenance.part_of(action_of(armature), "report")["remarks"]
    assert any("Face" in remark and "gone" in remark for remark in remarks)


def test_a_bone_renamed_in_the_meantime_is_left_out(ready, armature, fake_client):
    fake_client.steps = then(lambda: setattr(armature.data.bones["head"], "name", "skull"))
    bpy.ops.persona.generate()
    remarks = provenance.part_of(action_of(armature), "report")["remarks"]
    assert "No longer there, so not written: head" in remarks


def test_a_character_taken_out_of_the_scene_is_named(ready, armature, fake_client):
    other = bpy.data.scenes.new("Elsewhere")

    def move():
        ready.collection.objects.unlink(armature)
        other.collection.objects.link(armature)
    fake_client.steps = then(move)
    with pytest.raises(RuntimeError, match="not in the scene Scene"):
        bpy.ops.persona.generate()


def test_undo_and_redo_in_the_meantime(ready, fake_client):
    stage_of = bpy.data.objects
    bpy.ops.ed.undo_push(message="start")
    stage_of["Hero"].location.x = 3.0
    bpy.ops.ed.undo_push(message="moved")
    fake_client.steps = then(lambda: bpy.ops.ed.undo(), lambda: bpy.ops.ed.redo())
    assert bpy.ops.persona.generate() == {"FINISHED"}
    assert action_of(bpy.data.objects["Hero"]) is not None
    assert bpy.data.objects["Hero"].location.x == 3.0


def test_saving_in_the_meantime(ready, armature, fake_client, tmp_path):
    path = str(tmp_path / "saved.blend")
    fake_client.steps = then(lambda: bpy.ops.wm.save_as_mainfile(filepath=path))
    assert bpy.ops.persona.generate() == {"FINISHED"}
    assert action_of(armature) is not None


def test_another_file_opened_in_the_meantime_ends_the_job(ready, fake_client):
    fake_client.steps = then(lambda: bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True))
    with pytest.raises((RuntimeError, ReferenceError)):
        assert bpy.ops.persona.generate() == {"FINISHED"}
    assert job.current() is None and fake_client.stopped == 1
    assert len(bpy.data.actions) == 0


def test_edit_mode_in_the_meantime(ready, armature, fake_client):
    def edit():
        stage.select(armature)
        bpy.ops.object.mode_set(mode="EDIT")
    fake_client.steps = then(edit)
    assert bpy.ops.persona.generate() == {"FINISHED"}
    assert armature.mode == "EDIT" and action_of(armature) is not None
    bpy.ops.object.mode_set(mode="OBJECT")


def test_a_second_click_is_refused_with_the_reason(ready, fake_client):
    refused = []

    def click():
        try:
            bpy.ops.persona.generate()
        except RuntimeError as error:
            refused.append(str(error))
    fake_client.steps = then(click)
    assert bpy.ops.persona.generate() == {"FINISHED"}
    assert "at work" in refused[0] and len(fake_client.requests) == 1


# ---- a disabled button says why --------------------------------------------------------------------------

def refusal() -> str:
    try:
        bpy.ops.persona.generate()
    except RuntimeError as error:
        return str(error)
    return ""


def test_reasons_why_it_cannot_be_pressed(ready, armature, face):
    settings = ready.persona
    assert PERSONA_OT_generate.poll(bpy.context)
    settings.file = ""
    assert "Choose a sound file" in refusal()
    settings.source = "STRIP"
    assert "Choose a sound strip" in refusal()
    settings.strip = "voice"
    assert "no sound strip voice" in refusal()
    settings.source = "SPEAKER"
    assert "Choose a speaker" in refusal()
    settings.body = settings.face = False
    assert "Turn on the body" in refusal()
    settings.face = True
    bpy.data.objects.remove(face)
    stage.select(armature)
    bpy.context.view_layer.update()
    from persona_addon import findings
    findings.forget()
    assert "No mesh with shape keys" in refusal()
    bpy.ops.object.select_all(action="DESELECT")
    bpy.context.view_layer.objects.active = None
    assert "Select an armature" in refusal()


def test_a_rig_that_is_no_body_says_so(ready, armature):
    crate = stage.add_armature("Crate", (("lid", None, (0, 0, 0), (0, 0, 1)),))
    stage.select(crate)
    assert "Crate" in refusal() or "lid" in refusal() or "no body" in refusal().lower()


def test_a_sound_that_is_not_there_is_named(ready):
    ready.persona.file = "/nowhere/voice.wav"
    assert "/nowhere/voice.wav is not there" in refusal()


# ---- regenerating ----------------------------------------------------------------------------------------

def test_regenerate_as_before_repeats_the_request(ready, armature, fake_client):
    ready.persona.sad, ready.persona.seed = 0.5, 11
    bpy.ops.persona.generate()
    first = action_of(armature)
    ready.persona.sad, ready.persona.seed, ready.persona.file = 0.0, 99, ""
    assert bpy.ops.persona.regenerate() == {"FINISHED"}
    before, after = fake_client.requests
    assert (before.model, after.model) == ("auto", "fake")
    assert before.to_json() == {**after.to_json(), "model": "auto"}
    assert action_of(armature) is not first and first.use_fake_user
    assert "persona_request" in first


def test_regenerate_says_what_has_changed(ready, armature, voice, fake_client):
    bpy.ops.persona.generate()
    stage.write_wav(voice, seconds=2.0)
    armature.pose.bones["head"].rotation_mode = "XYZ"
    hashes = json.loads(action_of(armature)["persona_hashes"])
    hashes["models"]["gesture"] = "b" * 64
    action_of(armature)["persona_hashes"] = json.dumps(hashes)
    bpy.ops.persona.regenerate()
    remarks = " ".join(provenance.part_of(action_of(armature), "report")["remarks"])
    assert "sound has changed" in remarks and "rig has changed" in remarks and "gesture model is not" in remarks


def test_regenerate_names_a_sound_that_is_gone(ready, voice):
    bpy.ops.persona.generate()
    os.remove(voice)
    with pytest.raises(RuntimeError, match=r"a voice\.wav is not there"):
        bpy.ops.persona.regenerate()


def test_regenerate_finds_what_was_put_on_the_nla(ready, armature, fake_client):
    ready.persona.to_nla = True
    bpy.ops.persona.generate()
    assert action_of(armature) is None
    assert bpy.ops.persona.regenerate() == {"FINISHED"}
    assert len(armature.animation_data.nla_tracks) == 2


def test_regenerate_needs_an_action_of_persona(ready):
    with pytest.raises(RuntimeError, match="no action that Persona made"):
        bpy.ops.persona.regenerate()


def test_a_request_survives_saving_and_loading(ready, armature, tmp_path, fake_client):
    bpy.ops.persona.generate()
    stored = provenance.request_of(action_of(armature))
    path = str(tmp_path / "shot.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    assert provenance.request_of(bpy.data.objects["Hero"].animation_data.action) == stored
