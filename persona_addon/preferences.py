"""What belongs to the machine: which Python the worker runs on and how much of the machine it may use."""

from pathlib import Path

import bpy
from bpy.props import IntProperty, StringProperty


def _worker_changed(_preferences: bpy.types.AddonPreferences, _context: bpy.types.Context) -> None:
    from . import job

    if job.current() is None:
        job.stop()  # the next job starts a worker with the new settings


class PersonaPreferences(bpy.types.AddonPreferences):
    """Edit › Preferences › Add-ons › Persona."""

    bl_idname = __package__

    python: StringProperty(
        name="Python", subtype="FILE_PATH", update=_worker_changed,
        description="Python that runs the worker; empty means Blender's own")
    gpu_folder: StringProperty(
        name="GPU Build", subtype="DIR_PATH", update=_worker_changed,
        description="Folder with a GPU build of ONNX Runtime for that Python; empty means the CPU")
    threads: IntProperty(
        name="Threads", default=0, min=0, max=64, update=_worker_changed,
        description="Processor threads of the worker; 0 leaves enough free for Blender")

    def draw(self, _context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.prop(self, "threads")
        layout.prop(self, "gpu_folder")
        layout.prop(self, "python")
        row = layout.row()
        row.operator("persona.self_check")
        row.operator("persona.open_log")


def preferences() -> PersonaPreferences | None:
    """None where the extension was registered without being enabled, as tests do."""
    enabled = bpy.context.preferences.addons.get(__package__)
    return enabled.preferences if enabled else None


def folder() -> Path:
    """Where logs and jobs lie: the extension's user folder, or Blender's temporary one for a checkout."""
    try:
        return Path(bpy.utils.extension_path_user(__package__, create=True))
    except ValueError:  # not installed as an extension
        place = Path(bpy.app.tempdir) / "persona"
        place.mkdir(mode=0o700, exist_ok=True)
        return place


def client_options() -> dict:
    """The arguments of ``Client`` by these preferences."""
    options: dict = {"folder": folder()}
    chosen = preferences()
    if chosen is None:
        return options
    if chosen.python:
        options["python"] = bpy.path.abspath(chosen.python)
    if chosen.gpu_folder:
        options["paths"] = [bpy.path.abspath(chosen.gpu_folder)]
    if chosen.threads:
        options["env"] = {"PERSONA_THREADS": str(chosen.threads)}
    return options


CLASSES = (PersonaPreferences,)


def register() -> None:
    for cls in CLASSES:
        bpy.utils.register_class(cls)


def unregister() -> None:
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
