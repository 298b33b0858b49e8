"""``Rig``: what a character is, read from Blender or from a JSON file.

The JSON form is the project's rig format: ``name``, ``object_matrix`` (4x4), ``bones`` with ``name``,
``parent``, ``head``, ``tail`` (armature space, in the armature's units), ``roll`` (radians), ``connect``,
``deform``; optional ``rotation_mode``, ``locks``, ``constraints``, ``inherit_rotation``,
``local_location`` for a bone and ``meshes`` for the character. Other keys are ignored.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

ROTATION_MODES = ("QUATERNION", "XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX", "AXIS_ANGLE")


@dataclass(frozen=True)
class Bone:
    """A bone in rest. head, tail: armature space. roll: radians. locks: locked location x, y, z, rotation x, y, z.

    local_location: whether its location channels are along its own rest axes (else along the armature's).
    """

    name: str
    parent: str | None
    head: tuple[float, float, float]
    tail: tuple[float, float, float]
    roll: float = 0.0
    connect: bool = False
    deform: bool = True
    rotation_mode: str = "QUATERNION"
    inherit_rotation: bool = True
    locks: tuple[bool, bool, bool, bool, bool, bool] = (False,) * 6
    constraints: tuple[str, ...] = ()
    local_location: bool = True


@dataclass(frozen=True)
class Mesh:
    """A mesh that follows the rig: its object name, its shape keys, and those that a driver owns."""

    name: str
    shapes: tuple[str, ...] = ()
    driven: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rig:
    """A character: bones in rest (a parent always before its children), placement, meshes with shapes.

    object_matrix: 4x4 rows, armature space to world, metres. properties: custom properties of pose bones
    that switch a rig's behaviour (bone name -> property -> value), such as Rigify's IK_FK.
    """

    name: str
    bones: tuple[Bone, ...]
    object_matrix: tuple[tuple[float, ...], ...] = (
        (1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))
    meshes: tuple[Mesh, ...] = ()
    properties: dict[str, dict[str, float]] = field(default_factory=dict)

    def to_json(self) -> dict:
        return asdict(self)

    @classmethod
    def from_json(cls, fields: dict) -> Rig:
        """Bones are put parents first. Raises ValueError, KeyError or TypeError where the JSON is no rig."""
        known = Bone.__dataclass_fields__
        bones = [Bone(**{key: _frozen(value) for key, value in row.items() if key in known})
                 for row in fields["bones"]]
        meshes = tuple(Mesh(str(row["name"]), tuple(row.get("shapes", ())), tuple(row.get("driven", ())))
                       for row in fields.get("meshes", ()))
        matrix = tuple(tuple(float(x) for x in row) for row in fields.get("object_matrix", cls.object_matrix))
        return cls(str(fields.get("name", "rig")), _parents_first(bones), matrix, meshes,
                   dict(fields.get("properties", {})))


def _frozen(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _parents_first(bones: list[Bone]) -> tuple[Bone, ...]:
    names = {bone.name for bone in bones}
    if len(names) != len(bones):
        raise ValueError("two bones of the rig have the same name")
    ordered: dict[str, Bone] = {}
    waiting = bones
    while waiting:
        ready = [b for b in waiting if b.parent is None or b.parent not in names or b.parent in ordered]
        if not ready:
            raise ValueError("the parents of the rig's bones form a circle")
        ordered.update((bone.name, bone) for bone in ready)
        waiting = [bone for bone in waiting if bone.name not in ordered]
    return tuple(ordered.values())
