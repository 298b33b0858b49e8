"""Every problem that is raised has its sentence, every sentence is used, and the manual tells of all of them."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from bridge.problems import TABLE, Cancelled, Problem
from bridge.problems_page import ROOMS, page

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "errors.md"


@cache
def raised() -> dict[str, set[str]]:
    """Code -> names of the details it is raised with, for every ``Problem("code", …)`` in what ships."""
    found: dict[str, set[str]] = {}
    for room in ("bridge", "persona_addon"):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call) or getattr(node.func, "id", "") != "Problem" or not node.args:
                    continue
                codes = [part.value for part in ast.walk(node.args[0])
                         if isinstance(part, ast.Constant) and isinstance(part.value, str)]
                details = {"**" if keyword.arg is None else keyword.arg for keyword in node.keywords}
                for code in codes:
                    found.setdefault(code, details).update(details)
    return found


def test_every_problem_that_is_raised_is_in_the_table():
    assert {code for code in raised() if re.fullmatch(r"[a-z_]+(\.[a-z_]+)?", code)} <= set(TABLE)


def test_every_problem_of_the_table_is_raised():
    said = "\n".join(path.read_text(encoding="utf-8") for room in ("bridge", "persona_addon")
                     for path in (ROOT / room).rglob("*.py") if path.name not in ("problems.py", "problems_page.py"))
    unused = [code for code in TABLE if f'"{code}"' not in said]
    assert set(unused) <= {"cancelled"}  # raised by Cancelled, in problems.py itself


@pytest.mark.parametrize("code", sorted(raised()))
def test_a_problem_is_raised_with_all_its_names(code):
    wanted = set(re.findall(r"\{(\w+)\}", TABLE[code].sentence + TABLE[code].hint))
    given = raised()[code]
    assert wanted - given <= {"log"} or "**" in given


@pytest.mark.parametrize("code", sorted(TABLE))
def test_sentences_and_hints_read_well(code):
    entry = TABLE[code]
    assert entry.sentence.endswith(".") and not entry.hint.endswith(".")
    assert entry.sentence[0] in "{ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    assert code.partition(".")[0] in ROOMS


def test_a_missing_name_never_breaks_a_message():
    assert str(Problem("audio.silent")) == ("Nothing can be heard in ?. Check that the right channel or range was "
                                            "recorded.")
    assert Problem("no.such code", path=1).code == "internal" and Cancelled().code == "cancelled"


def test_a_problem_survives_the_wire():
    told = Problem.from_json(Problem("audio.silent", path="ü 話.wav").to_json())
    assert (told.code, told.details) == ("audio.silent", {"path": "ü 話.wav"})


def test_the_manual_tells_of_every_problem_as_the_table_does():
    assert PAGE.read_text(encoding="utf-8") == page(), "write it anew: python -m bridge problems > docs/errors.md"
