"""Everything that a file holds as plain values, to see what an operation has changed."""

from __future__ import annotations

import bpy

# Of every struct: what is bookkeeping of Blender and no content.
_IGNORED = {"rna_type", "id_data", "original", "users", "session_uid", "is_evaluated", "is_runtime_data", "tag",
            "is_updated", "is_updated_data", "preview", "active_index", "mode", "bl_rna", "is_valid", "storage_type",
            "tool_settings"}
_ROOMS = ("objects", "armatures", "meshes", "shape_keys", "materials", "actions", "scenes", "sounds", "speakers",
          "collections", "texts", "node_groups")


def everything(ignored: frozenset[str] = frozenset()) -> dict[str, object]:
    """Path -> value of every property of every data-block, down through their structs."""
    found: dict[str, object] = {}
    for room in _ROOMS:
        for block in getattr(bpy.data, room):
            _struct(block, f"{room}[{block.name}]", found, 0, ignored)
    return found


def differences(before: dict, after: dict) -> dict[str, tuple]:
    """Paths whose value is another one, gone or new."""
    return {path: (before.get(path), after.get(path)) for path in sorted(before.keys() | after.keys())
            if before.get(path) != after.get(path)}


def _struct(struct: bpy.types.bpy_struct, path: str, found: dict, depth: int, ignored: frozenset[str]) -> None:
    if depth > 6:
        return
    for prop in struct.bl_rna.properties:
        name = prop.identifier
        if name in _IGNORED or name in ignored:
            continue
        try:
            value = getattr(struct, name)
        except (AttributeError, TypeError, ValueError):
            continue
        where = f"{path}.{name}"
        if prop.type == "COLLECTION":
            found[where] = len(value)
            for number, item in enumerate(value):
                if isinstance(item, bpy.types.ID):
                    found[f"{where}[{number}]"] = item.name
                else:
                    _struct(item, f"{where}[{number}]", found, depth + 1, ignored)
        elif prop.type == "POINTER":
            if isinstance(value, bpy.types.ID) or value is None:
                found[where] = value.name if value else None
            elif not isinstance(value, bpy.types.Depsgraph | bpy.types.PoseBone | bpy.types.Bone):
                _struct(value, where, found, depth + 1, ignored)
        else:
            found[where] = _plain(value)
    for name, value in getattr(struct, "items", lambda: ())() if _has_items(struct) else ():
        found[f"{path}[{name!r}]"] = _plain(value)


def _has_items(struct: bpy.types.bpy_struct) -> bool:
    return isinstance(struct, bpy.types.ID | bpy.types.PoseBone | bpy.types.Bone)


def _plain(value: object) -> object:
    if isinstance(value, str | int | float | bool | bytes) or value is None:
        return value
    try:
        return tuple(_plain(item) for item in value)
    except TypeError:
        return repr(value)
