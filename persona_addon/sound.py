"""File, sequencer strip or speaker ▶ a path and a range that the worker can read."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path

import bpy

from bridge.problems import Problem

from . import compat

# What the worker's own decoder reads; everything else goes through Blender's decoder first.
DECODED_BY_WORKER = frozenset((".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".aifc", ".au",
                               ".caf", ".w64", ".rf64", ".snd"))


@dataclass(frozen=True)
class Sound:
    """A range of a sound. start, end: seconds (end None = to its end). frame: the scene's frame it begins on.

    source: where it came from, as stored with the action, so that it is found again.
    """

    path: str
    start: float = 0.0
    end: float | None = None
    frame: int = 1
    source: dict[str, str] = field(default_factory=dict)


def of_settings(scene: bpy.types.Scene) -> Sound:
    """The sound chosen on the panel. Raises ``Problem`` where there is none or it cannot be read."""
    settings = scene.persona
    if settings.source == "STRIP":
        return of_strip(scene, settings.strip)
    start, end = _range(settings)
    if settings.source == "SPEAKER":
        return of_speaker(settings.speaker, start, end, settings.start_frame)
    return of_file(settings.file, start, end, settings.start_frame)


def missing(scene: bpy.types.Scene) -> str:
    """Why the panel's sound cannot be spoken, without touching the disk; empty if it may be."""
    settings = scene.persona
    if settings.source == "FILE":
        return "" if settings.file else "Choose a sound file first"
    if settings.source == "SPEAKER":
        speaker = settings.speaker
        if speaker is None:
            return "Choose a speaker first"
        return "" if speaker.data.sound else f"The speaker {speaker.name} has no sound"
    if not settings.strip:
        return "Choose a sound strip first"
    return "" if strip_named(scene, settings.strip) else f"There is no sound strip {settings.strip}"


def of_file(path: str, start: float = 0.0, end: float | None = None, frame: int = 1) -> Sound:
    """A range of a file; a path that begins with // is relative to the blend file."""
    if not path:
        raise Problem("sound.none")
    whole = bpy.path.abspath(path)
    if not os.path.isfile(whole):
        raise Problem("sound.missing", name=whole)
    return Sound(_readable(whole), start, end, frame, {"kind": "FILE", "name": path, "label": Path(whole).stem})


def of_speaker(speaker: bpy.types.Object | None, start: float = 0.0, end: float | None = None,
               frame: int = 1) -> Sound:
    """A range of the sound of a speaker object."""
    if speaker is None or speaker.type != "SPEAKER" or speaker.data.sound is None:
        raise Problem("sound.none")
    sound = speaker.data.sound
    return Sound(of_sound(sound), start, end, frame, {"kind": "SPEAKER", "name": speaker.name, "label": _stem(sound)})


def strip_named(scene: bpy.types.Scene, name: str) -> bpy.types.Strip | None:
    return next((strip for strip in compat.sound_strips(scene) if strip.name == name), None)


def of_strip(scene: bpy.types.Scene, name: str) -> Sound:
    """What is heard of a sequencer strip: its sound from its left to its right handle."""
    strip = strip_named(scene, name)
    if strip is None:
        raise Problem("sound.none" if not name else "sound.no_strip", name=name, scene=scene.name)
    if compat.is_retimed(strip):
        raise Problem("sound.retimed", name=name)
    fps = scene.render.fps / scene.render.fps_base
    content, first, last = compat.strip_frames(strip)
    start = (first - content) / fps + compat.skipped_seconds(strip, fps)
    end = start + (last - first) / fps
    if start < 0.0:  # silence stands before the sound: it begins later than the strip
        first, start = first - start * fps, 0.0
    return Sound(of_sound(strip.sound), start, end, round(first),
                 {"kind": "STRIP", "name": name, "label": _stem(strip.sound)})


def of_sound(sound: bpy.types.Sound) -> str:
    """A file with the content of a sound data-block, written to the temporary folder if it is packed."""
    if sound.packed_file is None:
        path = bpy.path.abspath(sound.filepath, library=sound.library)
        if not os.path.isfile(path):
            raise Problem("sound.missing", name=path)
        return _readable(path)
    content = sound.packed_file.data
    suffix = Path(sound.filepath).suffix.lower() or ".wav"
    path = _temporary(hashlib.sha256(content).hexdigest()[:24], suffix)
    if not path.is_file():
        _write_whole(path, lambda part: part.write_bytes(content))
    return _readable(str(path))


def again(source: dict[str, str], request_path: str) -> str:
    """The path of a stored action's sound. Raises ``Problem`` with its name where it is gone."""
    kind, name = source.get("kind", "FILE"), source.get("name", request_path)
    if kind == "STRIP":
        for scene in bpy.data.scenes:
            strip = strip_named(scene, name)
            if strip is not None:
                return of_sound(strip.sound)
    elif kind == "SPEAKER":
        speaker = bpy.data.objects.get(name)
        if speaker is not None and speaker.type == "SPEAKER" and speaker.data.sound is not None:
            return of_sound(speaker.data.sound)
    if os.path.isfile(request_path):
        return request_path
    if kind == "FILE":
        return of_file(name).path
    raise Problem("sound.missing", name=f"{source.get('label', name)} ({name})")


def digest(path: str) -> str:
    """Hash of the file, as the engine reports it."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def add_to_sequencer(scene: bpy.types.Scene, path: str, frame: int, start: float = 0.0,
                     end: float | None = None) -> bpy.types.Strip | None:
    """A strip that plays a range of the file from ``frame`` on.

    None if a strip with this file lies there already, or where this build of Blender plays no sound.
    """
    fps = scene.render.fps / scene.render.fps_base
    content = round(frame - start * fps)
    whole = os.path.realpath(bpy.path.abspath(path))
    for strip in compat.sound_strips(scene):
        there = os.path.realpath(bpy.path.abspath(strip.sound.filepath, library=strip.sound.library))
        if there == whole and round(compat.strip_frames(strip)[0]) == content:
            return None
    if not compat.has_sound():
        return None
    strip = compat.new_sound_strip(scene, Path(whole).stem, path, content)
    last = compat.strip_frames(strip)[2]
    compat.trim_strip(strip, frame, round(last if end is None else min(last, frame + (end - start) * fps)))
    return strip


# ---- Blender's decoder -----------------------------------------------------------------------------------

def _readable(path: str) -> str:
    """The path itself, or that of its sound decoded by Blender, where the worker cannot read it."""
    if Path(path).suffix.lower() in DECODED_BY_WORKER:
        return path
    state = os.stat(path)
    mark = hashlib.sha256(f"{os.path.realpath(path)} {state.st_size} {state.st_mtime_ns}".encode()).hexdigest()[:24]
    decoded = _temporary(mark, ".wav")
    if not decoded.is_file():
        _write_whole(decoded, lambda part: _decode(path, part))
    return str(decoded)


def _decode(path: str, into: Path) -> None:
    if not compat.has_sound():
        raise Problem("sound.decoder", name=Path(path).name)
    import aud  # not in every build of Blender

    try:
        sound = aud.Sound(path)
        rate, channels = sound.specs
        if not channels:
            raise Problem("sound.silent_film", name=Path(path).name)
        sound.write(str(into), int(rate), int(channels), aud.FORMAT_S16, aud.CONTAINER_WAV, aud.CODEC_PCM, 0, 0)
    except (aud.error, RuntimeError, ValueError) as error:
        raise Problem("sound.undecodable", name=Path(path).name, why=error) from error


def _temporary(name: str, suffix: str) -> Path:
    """A file in Blender's own temporary folder, which Blender removes when it ends."""
    folder = Path(bpy.app.tempdir) / "persona"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"{name}{suffix}"


def _write_whole(path: Path, write) -> None:
    part = path.with_name(path.stem + ".part" + path.suffix)
    try:
        write(part)
        os.replace(part, path)
    except OSError as error:
        raise Problem("output.unwritable", path=path, why=error.strerror or error) from error
    finally:
        part.unlink(missing_ok=True)


def _range(settings: bpy.types.PropertyGroup) -> tuple[float, float | None]:
    return (settings.range_start, settings.range_end) if settings.use_range else (0.0, None)


def _stem(sound: bpy.types.Sound) -> str:
    return Path(bpy.path.basename(sound.filepath) or sound.name).stem
