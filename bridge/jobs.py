"""Many performances from one CSV file: a row a job, resumable, one failed row does not stop the rest.

The header holds long option names without dashes; an empty cell is the default; several values are joined
by ``;``; paths are relative to the CSV. ``jobs.csv.done`` beside it is a journal of JSON lines (row, request
hash, outputs, result), so that a second run does only what is not done yet.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path

from .command_line import DONE, FAILED
from .problems import Cancelled, Problem

RunRow = Callable[[argparse.Namespace], list[Path]]


def run_jobs(path: str, parser: argparse.ArgumentParser, fixed: list[str], run_row: RunRow) -> int:
    """Carries out every row that the journal does not hold as done; returns the exit code.

    parser: of one job; ``fixed``: options that hold for every row. run_row: does one job, returns its outputs.
    """
    table = Path(path)
    rows = _read(table)
    journal = table.with_name(table.name + ".done")
    finished = _finished(journal)
    done = skipped = 0
    failures: list[str] = []
    for number, row in enumerate(rows, start=1):
        words = fixed + _words(row, parser, table.parent)
        digest = hashlib.sha256("\0".join(words).encode()).hexdigest()
        outputs = finished.get(digest)
        if outputs is not None and all(Path(output).exists() for output in outputs):
            skipped += 1
            continue
        entry = {"row": number, "request": digest}
        try:
            written = [str(output) for output in run_row(_parse(parser, words))]
            entry |= {"outputs": written, "result": "done"}
            done += 1
            print("\n".join(written), flush=True)
        except Cancelled:
            raise
        except Problem as problem:
            entry |= {"outputs": [], "result": problem.code}
            failures.append(f"row {number}: {problem} [{problem.code}]")
            print(f"persona: {failures[-1]}", file=sys.stderr)
        with journal.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")
    print(f"persona: {done} done, {skipped} already done, {len(failures)} failed of {len(rows)}", file=sys.stderr)
    return FAILED if failures else DONE


def _read(table: Path) -> list[dict[str, str]]:
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))
    except OSError as error:
        raise Problem("input.unreadable", path=table, why=error.strerror or error) from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise Problem("jobs.invalid", path=table, why=error) from error


def _finished(journal: Path) -> dict[str, list[str]]:
    """Outputs of every finished job by its hash; a line that a crash cut short is passed over."""
    found: dict[str, list[str]] = {}
    if not journal.exists():
        return found
    for line in journal.read_text(encoding="utf-8").splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if entry["result"] == "done":
            found[entry["request"]] = entry["outputs"]
    return found


def _words(row: dict[str, str], parser: argparse.ArgumentParser, folder: Path) -> list[str]:
    """A row as command-line words; values of options that take a FILE or a PATH are made absolute."""
    options = {option.lstrip("-"): action for action in parser._actions for option in action.option_strings}
    words: list[str] = []
    for name, cell in row.items():
        if not name or not (cell or "").strip():
            continue
        action = options.get(name)
        if action is None:
            raise Problem("jobs.column", name=name, known=", ".join(sorted(options)))
        if action.nargs == 0:
            words += [f"--{name}"] if cell.strip().lower() in ("1", "yes", "true", "x") else []
            continue
        is_path = action.metavar in ("FILE", "FOLDER")
        for value in cell.split(";"):
            words.append(f"--{name}={folder / value.strip() if is_path else value.strip()}")
    return words


def _parse(parser: argparse.ArgumentParser, words: list[str]) -> argparse.Namespace:
    def refuse(message: str) -> None:
        raise Problem("jobs.row", why=message)

    parser.error = refuse  # a wrong row is one failed job, not the end of the program
    return parser.parse_args(words)
