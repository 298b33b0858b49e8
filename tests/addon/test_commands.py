"""``persona generate`` in Blender, from a saved file to a saved file, with the real worker."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import bpy
import pytest

from persona_addon import compat, complete, provenance
from persona_addon.client import Client
from persona_addon.commands import persona
from tests.bridge.rigs import bodies
from tests.mock import stage
from tests.mock.snapshot import differences, everything

ROOT = Path(__file__).parents[2]
SAMPLE = str(ROOT / "persona_addon" / "assets" / "sample.ogg")
DONE, FAILED, USAGE = 0, 1, 2


class Lasting(Client):
    """A client whose worker outlives the files that are opened, so that not every test waits for its own."""

    def stop(self) -> None:
        pass


@pytest.fixture(scope="session")
def lasting(tmp_path_factory):
    client = Lasting(folder=tmp_path_factory.mktemp("worker"))
    yield client
    Client.stop(client)


@pytest.fixture(autouse=True)
def real_worker(empty_file, lasting, monkeypatch):
    from persona_addon import job

    monkeypatch.setattr(job, "make_client", lambda: lasting)


@pytest.fixture
def place(tmp_path) -> Path:
    """A folder whose name is hard to write."""
    made = tmp_path / "two words #1 話 🎭"
    made.mkdir()
    return made


@pytest.fixture
def blend(place) -> Path:
    """A saved scene: Hero with a face and an action of its own, and a box that moves too."""
    scene = bpy.context.scene
    scene.render.fps = 25
    armature = stage.add_armature()
    stage.add_face(armature)
    box = bpy.data.objects.new("Box", None)
    scene.collection.objects.link(box)
    for thing, path in ((armature, 'pose.bones["head"].location'), (box, "location")):
        owner = compat.assign(bpy.data.actions.new(f"{thing.name} by hand"), thing)
        for index in range(3):
            curve = compat.new_curve(owner, path, index, "by hand")
            for frame in (1, 7, 30):
                curve.keyframe_points.insert(frame, 0.01 * frame * index)
    return save(place / "my scene.blend")


def save(path: Path) -> Path:
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    return path


def generate(*words) -> int:
    """A second of the sample speech."""
    return persona(["generate", "--audio", SAMPLE, "--audio-range", "0:1", *map(str, words)])


def refused(capfd, code, named, *words) -> None:
    """One line that names what is wrong, exit code 1, nothing on stdout."""
    capfd.readouterr()
    assert generate(*words) == FAILED
    told = capfd.readouterr()
    lines = [line for line in told.err.splitlines() if line.startswith("persona: ")]
    assert told.out == "" and "Traceback" not in told.err
    assert len(lines) == 1 and lines[0].endswith(f"[{code}]") and str(named) in lines[0] and "?" not in lines[0]


def open_file(path: Path) -> bpy.types.Object:
    bpy.ops.wm.open_mainfile(filepath=str(path))
    return bpy.data.objects["Hero"]


def action_of(block) -> bpy.types.Action | None:
    return block.animation_data.action if block.animation_data else None


def frames_of(block) -> list[float]:
    return [point.co[0] for curve in compat.curves_of(block) for point in curve.keyframe_points]


def moved(block) -> set[str]:
    """Names of the bones or shapes that curves move."""
    return {curve.data_path.split('"')[1] for curve in compat.curves_of(block) if '"' in curve.data_path}


# ---- what is written -----------------------------------------------------------------------------------------

def test_a_saved_scene_becomes_another_with_the_performance(blend, place, capfd):
    open_file(blend)
    before = {path: value for path, value in everything().items() if path.startswith("actions[")}
    content = blend.read_bytes()
    files = [place / name for name in ("out.blend", "a.bvh", "a.csv", "a.json", "s.json")]
    capfd.readouterr()
    assert generate("--blend", blend, "--armature", "Hero", "--mesh", "Face", "--emotion", "happy=0.5", "--emotion",
                    "relaxed=0.25", "--energy", "0.5", "--seed", "3", "--start", "11", "--output", files[0],
                    "--motion", files[1], "--face", files[2], "--json", files[3], "--write-score", files[4]) == DONE
    assert capfd.readouterr().out.splitlines() == [str(path) for path in files]
    assert blend.read_bytes() == content
    assert sorted(path.name for path in place.iterdir()) == sorted(path.name for path in (blend, *files))
    assert json.loads(files[3].read_text())["chosen"]["seed"] == 3

    armature = open_file(files[0])
    face = bpy.data.objects["Face"].data.shape_keys
    made = action_of(armature)
    assert made.name == "Hero_sample_persona" and action_of(face) is not None
    request = provenance.request_of(made)
    assert (request.emotion, request.energy, request.seed) == ({"happy": 0.5, "relaxed": 0.25}, 0.5, 3)
    assert (request.fps, request.start_frame, request.start, request.end) == (25.0, 11, 0.0, 1.0)
    assert {"hips", "leftUpperArm", "rightHand", "head"} <= moved(armature) and "jawOpen" in moved(face)
    for block in (armature, face):
        assert min(frames_of(block)) == 11 and max(frames_of(block)) == 36
    scene = bpy.context.scene
    assert (scene.frame_start, scene.frame_end) == (11, 36)

    after = {path: value for path, value in everything().items()
             if path.startswith(("actions[Hero by hand]", "actions[Box by hand]"))}
    changed = differences(before, after)
    assert set(changed) <= {"actions[Hero by hand].use_fake_user"} and len(after) > 100
    assert action_of(bpy.data.objects["Box"]).name == "Box by hand"


@pytest.mark.skipif(not compat.has_sound(), reason="this build of Blender has no sound")
def test_the_sound_lies_in_the_sequencer(blend, place):
    assert generate("--blend", blend, "--start", "11", "--output", place / "out.blend") == DONE
    open_file(place / "out.blend")
    strip, = compat.sound_strips(bpy.context.scene)
    assert compat.strip_frames(strip) == (11.0, 11.0, 36.0)
    assert Path(bpy.path.abspath(strip.sound.filepath)).samefile(SAMPLE)


def test_the_body_alone(blend, place):
    assert generate("--blend", blend, "--no-face", "--output", place / "out.blend") == DONE
    armature = open_file(place / "out.blend")
    assert "leftUpperArm" in moved(armature) and action_of(bpy.data.objects["Face"].data.shape_keys) is None


def test_the_face_alone(blend, place):
    assert generate("--blend", blend, "--no-body", "--output", place / "out.blend") == DONE
    armature = open_file(place / "out.blend")
    assert moved(armature) == {"neck", "head"} and "jawOpen" in moved(bpy.data.objects["Face"].data.shape_keys)


def test_a_file_may_be_written_in_its_place(blend):
    assert generate("--blend", blend, "--output", blend) == DONE
    assert action_of(open_file(blend)).name == "Hero_sample_persona"


def test_a_compressed_file(blend, place):
    bpy.ops.wm.save_as_mainfile(filepath=str(blend), compress=True)
    assert generate("--blend", blend, "--output", place / "out.blend") == DONE
    assert blend.read_bytes()[:4] == (place / "out.blend").read_bytes()[:4] == b"\x28\xb5\x2f\xfd"
    assert action_of(open_file(place / "out.blend")).name == "Hero_sample_persona"


def test_the_file_that_is_open_is_used(blend, place):
    open_file(blend)
    assert generate("--motion", place / "a.bvh") == DONE
    assert (place / "a.bvh").read_text().startswith("HIERARCHY")


def test_the_same_command_gives_the_same_keys(blend, place):
    keys = []
    for name in ("1.blend", "2.blend"):
        assert generate("--blend", blend, "--seed", "5", "--output", place / name) == DONE
        armature = open_file(place / name)
        keys.append([(curve.data_path, curve.array_index, tuple(point.co), tuple(point.handle_left))
                     for block in (armature, bpy.data.objects["Face"].data.shape_keys)
                     for curve in compat.curves_of(block) for point in curve.keyframe_points])
    assert keys[0] == keys[1] and len(keys[0]) > 200


def test_a_body_whose_meshes_have_no_shape_keys(blend, place):
    bpy.data.objects["Face"].shape_key_clear()
    save(blend)
    report = place / "a.json"
    assert generate("--blend", blend, "--output", place / "out.blend", "--json", report) == DONE
    assert "leftUpperArm" in moved(open_file(place / "out.blend"))
    assert any("no shape keys" in remark for remark in json.loads(report.read_text())["remarks"])


@pytest.mark.slow
def test_the_mannequin_needs_no_file(place, capfd):
    out = place / "mannequin.blend"
    assert generate("--mannequin", "--output", out) == DONE
    assert capfd.readouterr().out.splitlines() == [str(out)]
    bpy.ops.wm.open_mainfile(filepath=str(out))
    armature = next(thing for thing in bpy.context.scene.objects if thing.type == "ARMATURE")
    assert "leftIndexProximal" in moved(armature) and bpy.context.scene.camera is not None


# ---- what is refused -----------------------------------------------------------------------------------------

def test_a_name_that_no_armature_has(blend, place, capfd):
    refused(capfd, "character.not_found", "Hero", "--blend", blend, "--armature", "Her", "--output", place / "o.blend")
    refused(capfd, "character.not_found", "Face", "--blend", blend, "--armature", "Face", "--output", place / "o.blend")
    assert not (place / "o.blend").exists()


def test_two_armatures_and_no_name(blend, place, capfd):
    stage.add_armature("Villain")
    save(blend)
    refused(capfd, "character.not_named", "Hero, Villain", "--blend", blend, "--output", place / "o.blend")
    assert generate("--blend", blend, "--armature", "Villain", "--output", place / "o.blend") == DONE


def test_no_armature(place, capfd):
    refused(capfd, "character.not_named", "none", "--output", place / "o.blend")


def test_a_rig_without_arms(place, capfd):
    bones = [bone for bone in stage.BONES if not any(part in bone[0] for part in ("Shoulder", "Arm", "Hand"))]
    stage.add_face(stage.add_armature(bones=bones))
    blend = save(place / "no arms.blend")
    refused(capfd, "rig.no_arms", "Hero", "--blend", blend, "--output", place / "o.blend")
    assert not (place / "o.blend").exists()
    assert generate("--blend", blend, "--no-body", "--output", place / "o.blend") == DONE


def test_an_armature_without_a_body(place, capfd):
    stage.add_armature(bones=[("lamp", None, (0, 0, 0), (0, 0, 1))])
    refused(capfd, "rig.no_match", "Hero", "--blend", save(place / "lamp.blend"), "--output", place / "o.blend")


def test_a_mesh_without_shape_keys(blend, place, capfd):
    plain = bpy.data.objects.new("Shoes", bpy.data.meshes.new("Shoes"))
    bpy.context.scene.collection.objects.link(plain)
    save(blend)
    for name, code in (("Shoes", "character.no_shapes"), ("Hat", "character.no_mesh"), ("Box", "character.no_mesh")):
        refused(capfd, code, name, "--blend", blend, "--mesh", name, "--output", place / "o.blend")


def test_a_movie_before_the_frames_that_blender_renders(blend, place, capfd):
    refused(capfd, "request.invalid", "-50", "--blend", blend, "--start", "-50", "--render", place / "o.mp4")


def test_a_face_that_two_objects_share_is_written_once(blend, place):
    twin = bpy.data.objects.new("Twin", bpy.data.objects["Face"].data)
    bpy.context.scene.collection.objects.link(twin)
    save(blend)
    out = place / "o.blend"
    assert generate("--blend", blend, "--mesh", "Twin", "--mesh", "Face", "--output", out) == DONE
    open_file(out)
    assert moved(bpy.data.objects["Face"].data.shape_keys) == set(stage.SHAPES)


def test_a_linked_armature(blend, place, capfd):
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    with bpy.data.libraries.load(str(blend), link=True) as (_there, here):
        here.objects = ["Hero", "Face"]
    for thing in here.objects:
        bpy.context.scene.collection.objects.link(thing)
    scene = save(place / "shot.blend")
    refused(capfd, "character.linked", "Hero", "--blend", scene, "--output", place / "o.blend")


def test_a_library_override(blend, place):
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    with bpy.data.libraries.load(str(blend), link=True) as (_there, here):
        here.objects = ["Hero"]
    bpy.context.scene.collection.objects.link(here.objects[0].override_create(remap_local_usages=True))
    scene = save(place / "shot.blend")
    assert generate("--blend", scene, "--output", place / "o.blend") == DONE
    bpy.ops.wm.open_mainfile(filepath=str(place / "o.blend"))
    hero = next(thing for thing in bpy.context.scene.objects if thing.type == "ARMATURE")
    assert hero.override_library is not None and "leftUpperArm" in moved(hero)


def test_two_bodies_in_one_armature(place, capfd):
    body = [(bone.name, bone.parent, bone.head, bone.tail) for bone in bodies.rig_of_canonical().bones]
    twin = [(f"second:{name}", parent and f"second:{parent}", head, tail) for name, parent, head, tail in body]
    stage.add_armature(bones=[*body, *twin])
    refused(capfd, "rig.ambiguous", "Hero", "--blend", save(place / "twins.blend"), "--output", place / "o.blend")
    assert not (place / "o.blend").exists()


def test_a_character_of_another_scene(blend, place, capfd):
    elsewhere = bpy.data.scenes.new("Elsewhere")
    hero = bpy.data.objects["Hero"]
    bpy.context.scene.collection.objects.unlink(hero)
    elsewhere.collection.objects.link(hero)
    save(blend)
    refused(capfd, "character.elsewhere", "Hero", "--blend", blend, "--armature", "Hero", "--output", place / "o.blend")


def test_sounds_and_scenes_that_are_none(blend, place, capfd):
    text = place / "text.wav"
    text.write_text("no sound " * 100)
    refused(capfd, "audio.not_sound", text, "--blend", blend, "--audio", text, "--output", place / "o.blend")
    refused(capfd, "sound.missing", place / "gone.wav", "--blend", blend, "--audio", place / "gone.wav", "--output",
            place / "o.blend")
    refused(capfd, "input.unreadable", place / "gone.blend", "--blend", place / "gone.blend", "--output",
            place / "o.blend")
    refused(capfd, "input.unreadable", text, "--blend", text, "--output", place / "o.blend")
    assert not (place / "o.blend").exists()


def test_outputs_that_cannot_be_written(blend, place, capfd):
    refused(capfd, "output.none_in_scene", "--output", "--blend", blend)
    refused(capfd, "output.unwritable", place / "gone" / "o.blend", "--blend", blend, "--output",
            place / "gone" / "o.blend")
    refused(capfd, "output.unwritable", place, "--blend", blend, "--output", place)
    refused(capfd, "output.format", place / "o.fbx", "--blend", blend, "--output", place / "o.fbx")
    refused(capfd, "output.format", place / "o.avi", "--blend", blend, "--render", place / "o.avi")
    refused(capfd, "output.left_out", place / "a.csv", "--blend", blend, "--face", place / "a.csv", "--no-face")
    refused(capfd, "scene.no_camera", "Cam", "--blend", blend, "--render", place / "o.mp4", "--camera", "Cam")


@pytest.mark.skipif(sys.platform == "win32", reason="this system limits no file sizes")
def test_a_disk_that_fills_up(blend, place, capfd):
    """No file may grow beyond 16 KiB; what was there before is still there."""
    import resource

    out = place / "o.blend"
    out.write_text("what was there before")
    assert generate("--blend", blend, "--json", place / "a.json") == DONE  # the worker runs, without such a limit
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    previous = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16 << 10, hard))
    try:
        refused(capfd, "output.unwritable", out, "--blend", blend, "--output", out)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, previous)
    assert out.read_text() == "what was there before"
    assert not [path for path in place.iterdir() if ".part" in path.name]


@pytest.mark.parametrize("words", [
    [], ["perform"], ["generate"], ["generate", "--output", "o.blend"], ["generate", "--audio", SAMPLE, "--colour"],
    ["generate", "--audio", SAMPLE, "--emotion", "bored=1"], ["generate", "--audio", SAMPLE, "--size", "big"],
    ["generate", "--audio", SAMPLE, "--start", "soon"], ["generate", "--audio", SAMPLE, "--engine", "pencil"]])
def test_wrong_usage_is_exit_code_2_and_does_not_end_blender(words, capfd):
    assert persona(words) == USAGE
    assert "usage: persona" in capfd.readouterr().err


def test_help_and_version(capfd):
    assert persona(["--version"]) == DONE and persona(["generate", "--help"]) == DONE
    assert "--armature" in capfd.readouterr().out


# ---- many at once --------------------------------------------------------------------------------------------

def test_a_table_with_one_bad_row_is_resumed(blend, place, capfd):
    table = place / "jobs.csv"
    table.write_text("audio,blend,armature,seed,output,no-face\n"
                     f"{SAMPLE},my scene.blend,Hero,1,1.blend,\n"
                     f"{SAMPLE},my scene.blend,Nobody,2,2.blend,\n"
                     f"{SAMPLE},,,3,3.blend,\n"
                     f"{SAMPLE},my scene.blend,,4,4.blend,yes\n", encoding="utf-8")
    words = ["generate", "--jobs", str(table), "--audio-range", "0:1", "--energy", "0.5"]
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    capfd.readouterr()
    assert persona(words) == FAILED
    told = capfd.readouterr()
    assert told.out.splitlines() == [str(place / "1.blend"), str(place / "4.blend")]
    lines = [line for line in told.err.splitlines() if line.startswith("persona: ")]
    assert [line.rpartition("[")[2] for line in lines[:-1]] == ["character.not_found]", "character.not_named]"]
    assert lines[-1] == "persona: 2 done, 0 already done, 2 failed of 4"
    assert provenance.request_of(action_of(open_file(place / "1.blend"))).energy == 0.5

    table.write_text(table.read_text(encoding="utf-8").replace("Nobody", "Hero"), encoding="utf-8")
    made = (place / "1.blend").stat().st_mtime_ns
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    capfd.readouterr()
    assert persona(words) == FAILED
    told = capfd.readouterr()
    assert told.out.splitlines() == [str(place / "2.blend")]
    assert "persona: 1 done, 2 already done, 1 failed of 4" in told.err
    assert (place / "1.blend").stat().st_mtime_ns == made


def test_the_scene_named_beside_a_table_holds_for_every_row(blend, place, capfd):
    table = place / "jobs.csv"
    table.write_text(f"audio,output\n{SAMPLE},1.blend\n", encoding="utf-8")
    assert persona(["generate", "--jobs", str(table), "--blend", str(blend), "--audio-range", "0:1"]) == DONE
    assert action_of(open_file(place / "1.blend")) is not None


# ---- movies --------------------------------------------------------------------------------------------------

MOVIES = pytest.mark.skipif(not (compat.has_sound() and bpy.app.build_options.codec_ffmpeg),
                            reason="this build of Blender writes no movies with sound")
FILL = """
import os, resource, signal, sys
import persona_addon
from persona_addon import commands, rendering
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
prepare = rendering.compat.set_video_output
def fill(scene):
    prepare(scene)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2048, resource.RLIM_INFINITY))
rendering.compat.set_video_output = fill
persona_addon.register()
code = commands.persona(sys.argv[1:])
sys.stderr.flush()
os._exit(code)
"""


def render(program: list[str], blend: Path, movie: Path) -> subprocess.CompletedProcess:
    """In a process of its own, since Blender crashes where it cannot draw without a window."""
    open_file(blend)
    bpy.context.scene.render.fps = 12
    save(blend)
    done = subprocess.run(
        [sys.executable, *program, "generate", "--blend", str(blend), "--audio", SAMPLE, "--audio-range", "0.5:0.9",
         "--render", str(movie), "--size", "64x64", "--engine", "workbench"], cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode < 0 or done.returncode in (132, 134, 139):
        pytest.skip(f"Blender cannot draw here without a window (exit code {done.returncode})")
    return done


@pytest.mark.slow
@MOVIES
@pytest.mark.skipif(sys.platform == "win32", reason="this system limits no file sizes")
def test_a_disk_that_fills_up_while_rendering(blend, place):
    movie = place / "a.mp4"
    movie.write_text("what was there before")
    done = render(["-c", FILL], blend, movie)
    lines = [line for line in done.stderr.splitlines() if line.startswith("persona: ")]
    assert done.returncode == FAILED and len(lines) == 1, done.stderr
    assert lines[0].endswith("[output.unwritable]") and str(movie) in lines[0]
    assert movie.read_text() == "what was there before"
    assert not [path for path in place.iterdir() if ".part" in path.name]


@pytest.mark.slow
@MOVIES
def test_a_movie_with_sound(blend, place):
    movie = place / "a.mp4"
    done = render(["-m", "persona_addon"], blend, movie)
    assert done.returncode == DONE, done.stderr
    assert done.stdout.splitlines() == [str(movie)]
    content = movie.read_bytes()
    assert content[4:8] == b"ftyp" and b"avc1" in content and b"mp4a" in content
    assert complete.movie(movie)
    for length in (0, 7, 300, len(content) // 2, len(content) - 1):
        movie.write_bytes(content[:length])
        assert not complete.movie(movie)
    assert not [path for path in place.iterdir() if ".part" in path.name]
