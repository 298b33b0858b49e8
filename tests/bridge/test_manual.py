"""The manual says what the code does: options, families, dialects, labels and links."""

import argparse
import ast
import re
import shlex
from pathlib import Path

import pytest

from bridge import __main__ as command
from bridge.face.dialects import dialects
from bridge.messages import EMOTIONS, Request, Tolerance
from bridge.rigs.family import families

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))


def page(name: str) -> str:
    return (DOCS / f"{name}.md").read_text(encoding="utf-8")


def options_of(file: str) -> set[str]:
    """Every option that a source file gives an argparse parser."""
    calls = (node for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8")))
             if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "add_argument")
    return {call.args[0].value for call in calls if call.args[0].value.startswith("--")}


def test_every_option_is_in_the_manual_and_none_besides():
    sources = ("bridge/command_line.py", "bridge/performance_files.py", "bridge/__main__.py",
               "persona_addon/commands.py")
    there = set().union(*map(options_of, sources))
    told = set(re.findall(r"--[a-z][a-z-]+", page("command-line"))) - {"--command"}  # Blender's own
    assert told == there


def test_the_defaults_are_those_of_the_code():
    text = page("command-line")
    assert f"| `--guidance NUMBER` | {Request('-').guidance:g} |" in text
    assert f"| `--tolerance DEGREES` | {Tolerance().joint:g} |" in text
    assert ", ".join(EMOTIONS) in text


def test_the_examples_without_blender_are_understood():
    lines = [line for line in page("command-line").splitlines() if line.startswith(".venv/bin/python -m bridge gen")]
    assert len(lines) >= 3
    for line in lines:
        parser = argparse.ArgumentParser()
        command.generate_command(parser)
        asked = parser.parse_args(shlex.split(line)[4:])
        assert asked.audio is None or (ROOT / asked.audio).exists()


def test_every_family_of_rigs_is_in_the_manual_and_none_besides():
    table = page("rigs").split("## Known families")[1].split("\n## ")[0]
    told = {name for row in table.splitlines() if row.startswith("| `")
            for name in re.findall(r"`([^`]+)`", row.split("|")[1])}
    assert told == {family.name for family in families()}


def test_what_is_written_on_rigify_is_in_the_manual():
    family = next(family for family in families() if family.name == "rigify_generated")
    text = page("rigs")
    for bone, name, value in (*family.settings, *family.head_settings):
        assert bone.rpartition(".")[0] in text or f"`{bone}`" in text
        assert f"`{name}` = {value:g}" in text


def test_every_dialect_of_faces_is_in_the_manual_with_its_number():
    rows = dict(re.findall(r"^\| ([^|]+?) \| (\d+)", page("faces"), re.MULTILINE))
    assert rows == {dialect.name: str(dialect.least) for dialect in dialects()}


def test_labels_in_the_manual_are_those_of_the_panels():
    shown = " ".join(path.read_text(encoding="utf-8") for path in (ROOT / "persona_addon").rglob("*.py"))
    bold = {part.strip() for text in (page("animators"), page("gpu")) for label in re.findall(r"\*\*([^*]+)\*\*", text)
            for part in label.rstrip(".").split("›")}
    blenders = {"Edit", "Preferences", "Get Extensions", "Install from Disk", "Add", "Armature", "Add-ons", "Playback",
                "Sync: Sync to Audio", "Range", "emotion", "Persona", "Generated", "Not tried yet:"}
    assert {label for label in bold - blenders if f'"{label}"' not in shown} == set()


def test_presets_in_the_manual_are_those_that_ship():
    presets = sorted(path.stem for path in (ROOT / "persona_addon/assets/presets/persona/emotion").glob("*.py"))
    assert ", ".join(presets) in page("animators")


@pytest.mark.parametrize("path", [*PAGES, ROOT / "README.md"], ids=lambda path: path.stem)
def test_links_lead_somewhere(path):
    text = path.read_text(encoding="utf-8")
    anchors = {re.sub(r"[^\w\- ]", "", title).lower().replace(" ", "-")
               for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}
    for target in re.findall(r"\]\(([^)]+)\)", text):
        if target.startswith("#"):
            assert target[1:] in anchors, target
        elif not target.startswith("http") and not target.endswith(".png"):
            assert (path.parent / target.partition("#")[0]).exists(), target


def test_training_options_in_the_manual_exist():
    there = options_of("models/gesture/train.py") | options_of("models/face/train.py") | {"--train", "--sheet"}
    there |= {"--help"}
    assert set(re.findall(r"--[a-z][a-z-]+", page("training"))) <= there
