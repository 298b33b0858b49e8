"""``Curves`` ▶ a new action: slots, grouped curves, keys of the type GENERATED, and what they were made from."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import ceil, floor
from pathlib import PurePath
from typing import Any

import bpy
import numpy as np

from bridge.curves import Channel, Curves
from bridge.messages import Request, Result
from bridge.problems import Problem

from . import compat, provenance
from .character import check

SUFFIX = "_persona"
NAME_BYTES = 63  # of an ID's name before Blender 5.0
FREE = 0  # handle type


def write(scene: bpy.types.Scene, armature: bpy.types.Object, curves: Curves, request: Request, result: Result, *,
          meshes: Mapping[str, bpy.types.Object] | None = None, source: Mapping[str, str] | None = None,
          to_nla: bool = False, remarks: Sequence[str] = ()) -> bpy.types.Action:
    """Writes ``curves`` as one new action (before Blender 4.4 one more for each face) and plays it.

    The actions that played before keep a fake user and all their keys. meshes: the objects meant by the
    owners of the face's channels, where names changed since the request. source: where the sound came from,
    if that is not ``request.audio`` itself. to_nla: put it on a new NLA track instead. remarks: to be stored
    with the report's own.
    Raises ``Problem`` before anything is changed; what could not be written stands in the stored report.
    """
    check(armature, scene)
    _check_numbers(curves)
    remarks = list(remarks)
    written = _writable(armature, curves, dict(meshes or {}), remarks)
    remarks += _cautions(scene, armature, curves)
    name = action_name(armature.name, str(source["label"]) if source else PurePath(request.audio).stem)
    before = {block: _playing(block) for block in written}
    made: list[bpy.types.Action] = []
    try:
        _write_blocks(armature, written, curves, request, name, made)
        for action in made:
            provenance.remember(action, request, result, remarks, source or {})
    except Exception:
        _undo(before, made)
        raise
    for previous, _slot in before.values():
        if previous is not None and previous.library is None:
            previous.use_fake_user = True
    if to_nla:
        for block in written:
            compat.add_nla_strip(block, block.animation_data.action, name)
    return made[0]


def action_name(character: str, clip: str) -> str:
    """The name of the action: whom it moves and what it says, within the length of a name in Blender."""
    room = NAME_BYTES - len((character + "_" + SUFFIX).encode()) - len(".001_face")
    clip = clip.encode()[:max(room, 8)].decode(errors="ignore")
    return f"{character}_{clip}{SUFFIX}"


def _cautions(scene: bpy.types.Scene, armature: bpy.types.Object, curves: Curves) -> list[str]:
    """Settings of the file that keep the performance from being seen as it is."""
    found, end = [], ceil(curves.keys[:, 0].max())
    if end > scene.frame_end:
        found.append(f"The performance ends at frame {end}, after the scene's end at {scene.frame_end}")
    if armature.data.pose_position == "REST":
        found.append(f"{armature.name} is shown in its rest position; change that in the armature's properties")
    animation = armature.animation_data
    if animation is not None and (animation.action_blend_type != "REPLACE" or animation.action_influence < 1.0):
        found.append(f"The action of {armature.name} is mixed with its NLA tracks, as is set in the NLA editor")
    return found


# ---- which channels can be written -----------------------------------------------------------------------

def _check_numbers(curves: Curves) -> None:
    """Nothing that is not a finite number or not where it should be ever reaches a curve."""
    starts = np.asarray(curves.starts)
    right = (len(starts) == len(curves.channels) + 1 and len(starts) > 1 and starts[0] == 0
             and np.all(np.diff(starts) > 0)
             and all(array.shape == (starts[-1], 2) and np.isfinite(array).all()
                     for array in (curves.keys, curves.left, curves.right))
             and len(curves.interpolation) == starts[-1])
    if not right:
        raise Problem("action.broken", why="the engine returned curves that are incomplete or not finite")


def _writable(armature: bpy.types.Object, curves: Curves, meshes: dict[str, bpy.types.Object],
              remarks: list[str]) -> dict[bpy.types.ID, list[int]]:
    """Numbers of the channels that can be written, by data-block; for the others a remark says why not."""
    owners: dict[tuple[str, str], bpy.types.ID | None] = {}
    for channel in curves.channels:
        address = channel.owner_type, channel.owner
        if address not in owners:
            owners[address] = armature if channel.owner_type == "OBJECT" else _key(channel, meshes, remarks)
    driven = {block: _driven(block) for block in owners.values() if block is not None}
    written: dict[bpy.types.ID, list[int]] = defaultdict(list)
    gone, owned = set(), set()
    for number, channel in enumerate(curves.channels):
        block = owners[channel.owner_type, channel.owner]
        if block is None:
            continue
        if not _exists(block, channel.data_path):
            gone.add(_subject(channel))
        elif (channel.data_path, channel.index) in driven[block]:
            owned.add(_subject(channel))
        else:
            written[block].append(number)
    if gone:
        remarks.append(f"No longer there, so not written: {_listed(gone)}")
    if owned:
        remarks.append(f"Driven by the rig, so not written: {_listed(owned)}")
    if not written:
        raise Problem("character.nothing", name=armature.name, why="; ".join(remarks) or "No bone or shape fits")
    return dict(sorted(written.items(), key=lambda item: item[0] != armature))


def _key(channel: Channel, meshes: dict[str, bpy.types.Object], remarks: list[str]) -> bpy.types.Key | None:
    mesh = meshes.get(channel.owner) or bpy.data.objects.get(channel.owner)
    key = mesh.data.shape_keys if mesh is not None and mesh.type == "MESH" else None
    if key is None:
        remarks.append(f"The face of {channel.owner} was not written, since its shape keys are gone")
    elif not key.is_editable:
        remarks.append(f"The face of {channel.owner} was not written, since its mesh is linked: make it local")
        return None
    elif key.animation_data is not None and key.animation_data.use_tweak_mode:
        remarks.append(f"The face of {channel.owner} was not written, since it is in the tweak mode of the NLA editor")
        return None
    return key


def _driven(block: bpy.types.ID) -> set[tuple[str, int]]:
    """Path and index of what drivers own, where curves would do nothing."""
    animation = block.animation_data
    return {(driver.data_path, driver.array_index) for driver in animation.drivers} if animation else set()


def _exists(block: bpy.types.ID, path: str) -> bool:
    try:
        block.path_resolve(path)
    except ValueError:
        return False
    return True


def _subject(channel: Channel) -> str:
    """The bone or shape that a channel moves, as Blender names it."""
    quoted = re.search(r'\["((?:\\.|[^"\\])*)"\]', channel.data_path)[1]
    return bpy.utils.unescape_identifier(quoted)


def _listed(names: set[str], most: int = 6) -> str:
    shown = sorted(names)[:most]
    return ", ".join(shown) + (f" and {len(names) - most} more" if len(names) > most else "")


# ---- writing ---------------------------------------------------------------------------------------------

def _write_blocks(armature: bpy.types.Object, written: dict[bpy.types.ID, list[int]], curves: Curves,
                  request: Request, name: str, made: list[bpy.types.Action]) -> None:
    sides = _sides(armature)
    for block, numbers in written.items():
        if not made or not compat.one_action_for_all():
            paths = {curves.channels[number].data_path for number in numbers}
            made.append(_new_action(block, name if not made else name + "_face", paths, keep_bones=not request.body))
        owner = compat.assign(made[-1], block)
        for number in numbers:
            _write_curve(owner, curves, number)
        for group in owner.groups:
            group.color_set = sides.get(group.name, "THEME09" if block == armature else "THEME06")
    for action in made:
        action.use_frame_range = True
        first, last = action.curve_frame_range
        action.frame_start, action.frame_end = floor(first), ceil(last)


def _new_action(block: bpy.types.ID, name: str, paths: set[str], keep_bones: bool) -> bpy.types.Action:
    """An empty action, or a copy of the one that plays where some of its curves must go on playing.

    Those are the curves that place the object itself and, where the body is left alone, all of its bones
    that are not written now.
    """
    def kept(curve: bpy.types.FCurve) -> bool:
        of_bone = curve.data_path.startswith("pose.bones")
        return curve.data_path not in paths and (keep_bones or not of_bone)

    if not isinstance(block, bpy.types.Object) or not any(map(kept, compat.curves_of(block))):
        return bpy.data.actions.new(name)
    return compat.copy_of_action(block, name, kept)


def _write_curve(owner: Any, curves: Curves, number: int) -> None:
    channel = curves.channels[number]
    span = slice(int(curves.starts[number]), int(curves.starts[number + 1]))
    curve = compat.new_curve(owner, channel.data_path, channel.index, channel.group)
    points = curve.keyframe_points
    points.add(span.stop - span.start)
    handles = np.full(len(points), FREE, np.int32)
    points.foreach_set("co", _flat(curves.keys[span]))
    points.foreach_set("interpolation", curves.interpolation[span].astype(np.int32))
    points.foreach_set("handle_left_type", handles)
    points.foreach_set("handle_right_type", handles)
    points.foreach_set("handle_left", _flat(curves.left[span]))
    points.foreach_set("handle_right", _flat(curves.right[span]))
    points.foreach_set("type", np.full(len(points), _generated(), np.int32))
    if channel.data_path.endswith("rotation_quaternion"):
        curve.color_mode = "AUTO_YRGB"
    elif channel.owner_type == "OBJECT":
        curve.color_mode = "AUTO_RGB"
    curve.update()


def _flat(pairs: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(pairs, np.float32).reshape(-1)


def _generated() -> int:
    """Blender's number of the key type that tells Persona's keys from an animator's."""
    return bpy.types.Keyframe.bl_rna.properties["type"].enum_items["GENERATED"].value


def _sides(armature: bpy.types.Object) -> dict[str, str]:
    """Theme colour of each bone's group: blue on the character's left, red on its right."""
    bones = armature.data.bones
    near = 0.01 * max((abs(bone.head_local.x) for bone in bones), default=0.0)
    colours = {}
    for bone in bones:
        middle = (bone.head_local.x + bone.tail_local.x) / 2
        if abs(middle) > near:
            colours[bone.name] = "THEME04" if middle > 0 else "THEME01"
    return colours


# ---- leaving things as they were -------------------------------------------------------------------------

def _playing(block: bpy.types.ID) -> tuple[bpy.types.Action | None, Any]:
    animation = block.animation_data
    if animation is None or animation.action is None:
        return None, None
    return animation.action, getattr(animation, "action_slot", None)


def _undo(before: dict[bpy.types.ID, tuple[bpy.types.Action | None, Any]], made: list[bpy.types.Action]) -> None:
    """After a failure in the middle: every data-block plays what it played, the half-written actions go."""
    for block, (previous, slot) in before.items():
        if block.animation_data is not None:
            block.animation_data.action = previous
            if slot is not None:
                block.animation_data.action_slot = slot
    for action in made:
        bpy.data.actions.remove(action)
