"""A layout that writes down what is drawn on it, for panels where there is no window."""

from __future__ import annotations

from types import SimpleNamespace


class Paper:
    """Stands in for ``UILayout``. lines: (kind, what) of everything drawn, sub-layouts included."""

    def __init__(self, lines: list | None = None) -> None:
        self.lines = [] if lines is None else lines

    def _inner(self, *_args, **_options) -> Paper:
        return Paper(self.lines)

    row = column = box = split = column_flow = grid_flow = _inner

    def label(self, text: str = "", **options) -> None:
        self.lines.append(("label", text, options.get("icon", "NONE")))

    def prop(self, owner, name: str, text: str | None = None, **_options) -> None:
        prop = owner.bl_rna.properties[name]  # raises where there is no such setting
        self.lines.append(("prop", name, prop.name if text is None else text))

    def operator(self, idname: str, text: str = "", **_options) -> SimpleNamespace:
        self.lines.append(("operator", idname, text))
        return SimpleNamespace()

    def menu(self, idname: str, **_options) -> None:
        self.lines.append(("menu", idname, ""))

    def progress(self, factor: float = 0.0, text: str = "", **_options) -> None:
        self.lines.append(("progress", text, factor))

    def separator(self, **_options) -> None:
        pass

    def of(self, kind: str) -> list:
        return [line[1] for line in self.lines if line[0] == kind]

    @property
    def text(self) -> str:
        return " ".join(self.of("label"))


def draw(panel: type, context, width: int = 290) -> Paper:
    """What the panel draws; asks its ``poll`` first, as Blender does."""
    paper = Paper()
    if not hasattr(panel, "poll") or panel.poll(context):
        there = SimpleNamespace(
            region=SimpleNamespace(width=width),
            preferences=SimpleNamespace(system=SimpleNamespace(ui_scale=1.0)),  # Blender has none without a window
            **{name: getattr(context, name) for name in ("scene", "view_layer", "selected_objects")})
        panel.draw(SimpleNamespace(layout=paper), there)
    return paper
