"""Where the speech comes from: files, strips of the sequencer, speakers; and what Blender must decode first."""

import array
import os
import wave
from pathlib import Path

import bpy
import pytest

from bridge.problems import Problem
from persona_addon import compat, sound
from tests.mock import stage

needs_sound = pytest.mark.skipif(not compat.has_sound(), reason="this build of Blender has no sound")


def test_a_file_and_a_range_of_it(voice):
    found = sound.of_file(voice, 0.25, 0.5, 12)
    assert (found.path, found.start, found.end, found.frame) == (voice, 0.25, 0.5, 12)
    assert found.source == {"kind": "FILE", "name": voice, "label": "a voice"}


def test_a_path_relative_to_the_blend_file(voice, tmp_path):
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    assert os.path.samefile(sound.of_file("//a voice.wav").path, voice)


@pytest.mark.parametrize("name", ["a b.wav", "50%#1.wav", "声音.wav", "🎤.wav", "é.wav"])
def test_paths_with_odd_characters(tmp_path, name):
    path = stage.write_wav(tmp_path / name)
    assert sound.of_file(path).path == path


@pytest.mark.parametrize("path", ["/nowhere/voice.wav", "//voice.wav", "/"])
def test_files_that_are_not_there_are_named(path):
    with pytest.raises(Problem) as raised:
        sound.of_file(path)
    assert raised.value.code == "sound.missing" and raised.value.details["name"] in str(raised.value)


def test_no_file_at_all():
    with pytest.raises(Problem) as raised:
        sound.of_file("")
    assert raised.value.code == "sound.none"


# ---- strips ----------------------------------------------------------------------------------------------

@pytest.fixture
def strip(tmp_path):
    """Ten seconds of sound in a strip that begins on frame 26 of a scene of 25 frames a second."""
    scene = bpy.context.scene
    scene.render.fps = 25
    return compat.new_sound_strip(scene, "voice", stage.write_wav(tmp_path / "voice.wav", 10.0), 26)


@needs_sound
def test_a_whole_strip(strip, tmp_path):
    found = sound.of_strip(bpy.context.scene, "voice")
    assert (found.start, found.end, found.frame) == (0.0, 10.0, 26)
    assert os.path.samefile(found.path, tmp_path / "voice.wav")
    assert sound.missing(bpy.context.scene) == "Choose a sound file first"


@needs_sound
def test_a_trimmed_strip(strip):
    compat.trim_strip(strip, 76, 151)
    found = sound.of_strip(bpy.context.scene, "voice")
    assert (found.start, found.end, found.frame) == (2.0, 5.0, 76)


@needs_sound
def test_a_strip_whose_content_is_trimmed_and_shifted(strip):
    """Compared with what Blender itself plays: see the impulses in test_a_mixdown_agrees."""
    compat.trim_strip(strip, 76, 200)
    hold(strip, 25)
    _content, first, _last = compat.strip_frames(strip)
    found = sound.of_strip(bpy.context.scene, "voice")
    assert found.start == pytest.approx(3.0) and found.frame == first
    strip.sound_offset = 0.5
    assert sound.of_strip(bpy.context.scene, "voice").start == pytest.approx(2.5)


def hold(strip, frames: int) -> None:
    """Cuts frames off the front of the strip's own sound."""
    name = "content_trim_start" if hasattr(strip, "content_trim_start") else "animation_offset_start"
    setattr(strip, name, frames)


@needs_sound
def test_a_sound_that_begins_after_its_strip(strip):
    strip.sound_offset = 1.0
    found = sound.of_strip(bpy.context.scene, "voice")
    assert (found.start, found.frame) == (0.0, 51)


@needs_sound
@pytest.mark.parametrize("trim, held, offset", [(26, 0, 0.0), (76, 0, 0.0), (76, 25, 0.0), (76, 25, 0.5)])
def test_a_mixdown_agrees(tmp_path, trim, held, offset):
    """An impulse at each second of the file, each of another size, is heard where ``of_strip`` says it is."""
    scene = bpy.context.scene
    scene.render.fps, scene.frame_start, scene.frame_end = 25, 1, 300
    rate, path = 16_000, tmp_path / "impulses.wav"
    samples = array.array("h", bytes(2 * rate * 12))
    for second in range(12):
        for sample in range(80):
            samples[second * rate + sample] = (second + 1) * 2000
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(samples.tobytes())
    strip = compat.new_sound_strip(scene, "impulses", str(path), 26)
    compat.trim_strip(strip, trim, 250)
    if held:
        hold(strip, held)
    strip.sound_offset = offset
    found = sound.of_strip(scene, "impulses")
    mixed = tmp_path / "mixed.wav"
    bpy.ops.sound.mixdown(filepath=str(mixed), container="WAV", codec="PCM", format="S16")
    with wave.open(str(mixed)) as file:
        channels, mixed_rate = file.getnchannels(), file.getframerate()
        heard = array.array("h", file.readframes(file.getnframes()))[::channels]
    loud = next(n for n, value in enumerate(heard) if abs(value) > 500 and n / mixed_rate > (found.frame - 1) / 25)
    second = round(heard[loud + mixed_rate // 400] / (2000 * 2 ** -0.5)) - 1
    expected = (loud / mixed_rate) - (found.frame - 1) / 25 + found.start
    assert expected == pytest.approx(second, abs=0.05)


@needs_sound
def test_strips_that_are_not_there_or_retimed(strip, monkeypatch):
    with pytest.raises(Problem, match="no sound strip other"):
        sound.of_strip(bpy.context.scene, "other")
    assert not compat.is_retimed(strip)
    monkeypatch.setattr(compat, "is_retimed", lambda _strip: True)  # adding a key crashes Blender without a window
    with pytest.raises(Problem, match="voice is retimed"):
        sound.of_strip(bpy.context.scene, "voice")


@needs_sound
def test_the_panel_offers_the_sound_strips(strip):
    from persona_addon.properties import _sound_strip_names
    scene = bpy.context.scene
    assert _sound_strip_names(scene.persona, bpy.context, "") == ["voice"]
    assert _sound_strip_names(scene.persona, bpy.context, "x") == []
    scene.persona.source, scene.persona.strip = "STRIP", "voice"
    assert sound.missing(scene) == "" and sound.of_settings(scene).frame == 26


# ---- sounds in the file ----------------------------------------------------------------------------------

@needs_sound
def test_a_packed_sound_is_unpacked_for_the_worker(voice):
    packed = bpy.data.sounds.load(voice)
    packed.pack()
    before = Path(voice).read_bytes()
    os.remove(voice)
    path = sound.of_sound(packed)
    assert Path(path).read_bytes() == before and path == sound.of_sound(packed)


@needs_sound
def test_a_speaker(voice):
    speaker = bpy.data.objects.new("Speaker", bpy.data.speakers.new("Speaker"))
    settings = bpy.context.scene.persona
    settings.source, settings.speaker = "SPEAKER", speaker
    assert sound.missing(bpy.context.scene) == "The speaker Speaker has no sound"
    speaker.data.sound = bpy.data.sounds.load(voice)
    settings.start_frame, settings.use_range, settings.range_end = 7, True, 0.5
    found = sound.of_settings(bpy.context.scene)
    assert (found.frame, found.start, found.end) == (7, 0.0, 0.5) and os.path.samefile(found.path, voice)


def test_a_sound_whose_file_is_gone(voice):
    loaded = bpy.data.sounds.load(voice)
    os.remove(voice)
    with pytest.raises(Problem) as raised:
        sound.of_sound(loaded)
    assert raised.value.code == "sound.missing"


# ---- Blender's decoder -----------------------------------------------------------------------------------

@needs_sound
def test_a_film_is_decoded_by_blender(voice, tmp_path):
    import aud
    film = tmp_path / "film.mkv"
    aud.Sound(voice).write(str(film), 16_000, 1, aud.FORMAT_S16, aud.CONTAINER_MATROSKA, aud.CODEC_FLAC, 192_000, 4096)
    found = sound.of_file(str(film))
    assert found.path != str(film) and found.source["name"] == str(film)
    with wave.open(found.path) as decoded, wave.open(voice) as spoken:
        assert decoded.getframerate() == 16_000 and decoded.getnframes() - 16_000 in range(1024)  # padded by the film
        was, now = (array.array("h", file.readframes(16_000)) for file in (spoken, decoded))
        assert max(abs(a - b) for a, b in zip(was, now, strict=True)) <= 1
    assert sound.of_file(str(film)).path == found.path


@needs_sound
def test_what_cannot_be_decoded_is_named(tmp_path):
    film = tmp_path / "film.mp4"
    film.write_text("This is no film.")
    with pytest.raises(Problem) as raised:
        sound.of_file(str(film))
    assert raised.value.code == "sound.undecodable" and "film.mp4" in str(raised.value)
    assert not list((tmp_path).glob("*.part*"))


def test_without_a_decoder_it_says_what_to_do(tmp_path, monkeypatch):
    film = tmp_path / "film.m4a"
    film.write_bytes(b"anything")
    monkeypatch.setattr(compat, "has_sound", lambda: False)
    with pytest.raises(Problem, match="Save it as WAV"):
        sound.of_file(str(film))


# ---- the sequencer ---------------------------------------------------------------------------------------

@needs_sound
def test_the_sound_is_added_once(voice):
    scene = bpy.context.scene
    scene.render.fps = 24
    strip = sound.add_to_sequencer(scene, voice, 10, 0.25, 0.75)
    content, first, last = compat.strip_frames(strip)
    assert (content, first, last) == (4, 10, 22)
    assert sound.add_to_sequencer(scene, voice, 10, 0.25, 0.75) is None
    assert sound.add_to_sequencer(scene, voice, 50) is not None
    assert len(list(compat.sound_strips(scene))) == 2


def test_no_strip_where_blender_plays_no_sound(voice, monkeypatch):
    monkeypatch.setattr(compat, "has_sound", lambda: False)
    assert sound.add_to_sequencer(bpy.context.scene, voice, 1) is None
