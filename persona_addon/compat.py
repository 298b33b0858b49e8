"""What differs between Blender 4.2 and 5.2, as small functions named after what they do.

Nothing else in the extension asks ``bpy.app.version``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import bpy

VERSION = bpy.app.version


# ---- actions ---------------------------------------------------------------------------------------------

def one_action_for_all() -> bool:
    """Whether one action can carry body and face in slots of its own; else each data-block needs its own."""
    return VERSION >= (4, 4)


def assign(action: bpy.types.Action, block: bpy.types.ID) -> Any:
    """Makes ``block`` play ``action`` through a slot of its own; returns the owner of its curves and groups."""
    animation = block.animation_data or block.animation_data_create()
    animation.action = action
    if not one_action_for_all():
        return action
    slot = _slot(action, block) or action.slots.new(block.id_type, block.name)
    animation.action_slot = slot
    layer = action.layers[0] if action.layers else action.layers.new("Layer")
    strip = layer.strips[0] if layer.strips else layer.strips.new(type="KEYFRAME")
    return strip.channelbag(slot, ensure=True)


def new_curve(owner: Any, path: str, index: int, group: str) -> bpy.types.FCurve:
    """A new curve in what ``assign`` returned, in the group of that name."""
    if not one_action_for_all():
        return owner.fcurves.new(path, index=index, action_group=group)
    if VERSION >= (5, 0):
        return owner.fcurves.new(path, index=index, group_name=group)
    curve = owner.fcurves.new(path, index=index)
    curve.group = owner.groups.get(group) or owner.groups.new(group)
    return curve


def curves_of(block: bpy.types.ID | None) -> list[bpy.types.FCurve]:
    """The curves that move ``block`` now; none where it has no action or no slot."""
    animation = block.animation_data if block else None
    if animation is None or animation.action is None:
        return []
    if not one_action_for_all():
        return list(animation.action.fcurves)
    bag = _bag(animation.action, animation.action_slot)
    return list(bag.fcurves) if bag else []


def copy_of_action(block: bpy.types.ID, name: str, kept: Callable[[bpy.types.FCurve], bool]) -> bpy.types.Action:
    """A copy of the action that ``block`` plays, with those of its curves that are ``kept`` and no other slot."""
    playing = block.animation_data
    action = playing.action.copy()
    action.name = name
    if action.asset_data is not None:
        action.asset_clear()
    for key in list(action.keys()):
        del action[key]
    owner = action
    if one_action_for_all():
        place = playing.action_slot.handle
        for slot in [slot for slot in action.slots if slot.handle != place]:
            action.slots.remove(slot)
        action.slots[0].name_display = block.name
        owner = _bag(action, action.slots[0])
    for curve in [curve for curve in owner.fcurves if not kept(curve)]:
        owner.fcurves.remove(curve)
    return action


def add_nla_strip(block: bpy.types.ID, action: bpy.types.Action, name: str) -> bpy.types.NlaStrip:
    """``action`` as a strip on a new track of ``block``, which then plays no action of its own; no frame moves."""
    animation = block.animation_data
    slot = animation.action_slot if one_action_for_all() else None
    animation.action = None
    track = animation.nla_tracks.new()
    track.name = name
    strip = track.strips.new(name, int(action.frame_range[0]), action)
    if slot is not None and strip.action_slot != slot:
        strip.action_slot = slot
    return strip


def _slot(action: bpy.types.Action, block: bpy.types.ID) -> Any:
    return next((slot for slot in action.slots
                 if slot.target_id_type == block.id_type and slot.name_display == block.name), None)


def _bag(action: bpy.types.Action, slot: Any) -> Any:
    if slot is None or not action.layers or not action.layers[0].strips:
        return None
    return action.layers[0].strips[0].channelbag(slot)


# ---- sequencer and sound ---------------------------------------------------------------------------------

def sound_strips(scene: bpy.types.Scene) -> Iterator[bpy.types.Strip]:
    """The scene's strips that carry a sound, those inside meta strips too."""
    editor = scene.sequence_editor
    if editor is not None:
        strips = editor.strips_all if hasattr(editor, "strips_all") else editor.sequences_all
        yield from (strip for strip in strips if strip.type == "SOUND" and strip.sound)


def strip_frames(strip: bpy.types.Strip) -> tuple[float, float, float]:
    """The frames where a strip's content would begin uncut, where it is first heard and where it ends."""
    if VERSION >= (5, 1):
        return float(strip.content_start), float(strip.left_handle), float(strip.right_handle)
    return float(strip.frame_start), float(strip.frame_final_start), float(strip.frame_final_end)


def skipped_seconds(strip: bpy.types.Strip, fps: float) -> float:
    """Seconds that a sound strip leaves out at the front of its file (negative: silence before it)."""
    trimmed = strip.content_trim_start if VERSION >= (5, 1) else strip.animation_offset_start
    return trimmed / fps - getattr(strip, "sound_offset", 0.0)


def is_retimed(strip: bpy.types.Strip) -> bool:
    """Whether the speed of a strip may have been changed, so that its frames do not count seconds."""
    return len(strip.retiming_keys) > 0


def new_sound_strip(scene: bpy.types.Scene, name: str, path: str, frame: int) -> bpy.types.Strip:
    """A sound strip on the first free channel. Raises RuntimeError where this Blender cannot play sound."""
    editor = scene.sequence_editor or scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    taken = {strip.channel for strip in strips}
    channel = next(number for number in range(1, 129) if number not in taken)
    return strips.new_sound(name=name, filepath=path, channel=channel, frame_start=frame)


def trim_strip(strip: bpy.types.Strip, first: int, last: int) -> None:
    """Leaves only what a strip plays from frame ``first`` up to frame ``last``."""
    if VERSION >= (5, 1):
        strip.left_handle, strip.right_handle = max(first, strip.left_handle), min(last, strip.right_handle)
    else:
        strip.frame_final_start = max(first, strip.frame_final_start)
        strip.frame_final_end = min(last, strip.frame_final_end)


def has_sound() -> bool:
    """Whether this build of Blender can decode and play sound."""
    return bool(bpy.app.build_options.audaspace)


# ---- properties, rendering, handlers ----------------------------------------------------------

def path_options() -> set[str]:
    """Options of a property that holds a path, which may begin with // where Blender wants to be told so."""
    return {"ANIMATABLE"} | ({"PATH_SUPPORTS_BLEND_RELATIVE"} if VERSION >= (4, 5) else set())


def eevee() -> str:
    """The identifier of EEVEE among the render engines."""
    return "BLENDER_EEVEE" if VERSION >= (5, 0) else "BLENDER_EEVEE_NEXT"


def set_video_output(scene: bpy.types.Scene) -> None:
    """The scene renders to a movie file (H.264 in MP4, AAC sound)."""
    settings = scene.render.image_settings
    if VERSION >= (5, 0):
        settings.media_type = "VIDEO"
    settings.file_format = "FFMPEG"
    movie = scene.render.ffmpeg
    movie.format, movie.codec = "MPEG4", "H264"
    movie.constant_rate_factor, movie.ffmpeg_preset = "MEDIUM", "GOOD"
    movie.audio_codec, movie.audio_bitrate = "AAC", 192


def exit_handlers() -> list | None:
    """The list of handlers called before Blender ends, None before 5.1."""
    return getattr(bpy.app.handlers, "exit_pre", None)
