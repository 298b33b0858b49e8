"""Runs inside Blender: opens the tab, marks the buttons for the mouse, and answers the test's questions."""

import json
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import bpy
import bpy.utils.previews

FOLDER = Path(sys.argv[sys.argv.index("--") + 1])
MARKED = {"persona.generate": (1.0, 0.0, 1.0), "persona.cancel": (0.0, 1.0, 1.0)}
icons = bpy.utils.previews.new()
bpy.context.preferences.view.show_splash = False


class Marking:
    """A layout that puts a coloured icon on the buttons of ``MARKED`` and is otherwise the layout it is given."""

    def __init__(self, layout):
        object.__setattr__(self, "_layout", layout)

    def __getattr__(self, name):
        found = getattr(self._layout, name)
        if name == "operator":
            return self._operator
        if name in ("row", "column", "box", "split", "column_flow", "grid_flow"):
            return lambda *words, **options: Marking(found(*words, **options))
        return found

    def __setattr__(self, name, value):
        setattr(self._layout, name, value)

    def _operator(self, idname, **options):
        if idname in MARKED:
            options.pop("icon", None)
            options["icon_value"] = icons[idname].icon_id
        return self._layout.operator(idname, **options)


def mark_buttons():
    for name, colour in MARKED.items():
        image = bpy.data.images.new(name, 32, 32)
        image.pixels = [*colour, 1.0] * (32 * 32)
        image.filepath_raw = str(Path(tempfile.mkdtemp()) / "marker.png")
        image.file_format = "PNG"
        image.save()
        icons.load(name, image.filepath_raw, "IMAGE")
        bpy.data.images.remove(image)
    panel = bpy.types.PERSONA_PT_generate
    draw = panel.draw
    panel.draw = lambda self, context: draw(SimpleNamespace(layout=Marking(self.layout), bl_idname="x"), context)


def view():
    window = bpy.context.window_manager.windows[0]
    area = next(area for area in window.screen.areas if area.type == "VIEW_3D")
    return window, area


def regions(area):
    return (next(region for region in area.regions if region.type == kind) for kind in ("WINDOW", "UI"))


def open_view():
    window, area = view()
    bpy.data.objects.remove(bpy.data.objects["Cube"])  # it would hide the mannequin
    area.spaces.active.show_region_ui = True
    for other in [one for one in window.screen.areas if one != area]:  # full-screening it crashes Blender 4.3
        with bpy.context.temp_override(window=window, area=other):
            bpy.ops.screen.area_close()
    bpy.app.timers.register(open_tab, first_interval=0.5)


def open_tab():
    _, area = view()
    _, sidebar = regions(area)
    sidebar.active_panel_category = "Persona"
    mark_buttons()
    area.tag_redraw()
    (FOLDER / "ready").touch()
    bpy.app.timers.register(answer, persistent=True)


def answer():
    question = FOLDER / "question.json"
    if question.exists():
        asked = json.loads(question.read_text())
        question.unlink()
        try:
            told = {"value": eval(asked["expression"], {"bpy": bpy, "view": view, "regions": regions})}
        except Exception as error:
            told = {"error": repr(error)}
        part = FOLDER / "answer.part"
        part.write_text(json.dumps(told))
        part.rename(FOLDER / f"answer-{asked['number']}.json")
    return 0.05


bpy.app.timers.register(open_view, first_interval=0.5)
