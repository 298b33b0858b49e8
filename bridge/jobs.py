"""Many performances from one CSV file: a row a job, resumable, one failed row does not stop the rest.

The header holds long option names without dashes; an empty cell is the default; several values of an option that
may be repeated are joined by ``;``; paths are relative to the CSV. ``jobs.csv.done`` beside it is a journal of JSON
lines (row, request hash, outputs, result), so that a second run does only what is not done yet.
"""

from __future__ import annotations

import argparse
import copy
import csv
import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path

from .command_line import DONE, FAILED, one_line, problem_of
from .problems import Cancelled, Problem

RunRow = Callable[[argparse.Namespace], list[Path]]
YES, NO = ("1", "yes", "true", "x"), ("0", "no", "false")


def run_jobs(path: str, parser: argparse.ArgumentParser, common: argparse.Namespace, run_row: RunRow) -> int:
    """Carries out every row that the journal does not hold as done; returns the exit code.

    parser: of one job. common: options that hold for every row that does not say otherwise. run_row: does one
    job, returns its outputs.
    """
    table = Path(path)
    rows = _read(table, parser)
    journal = table.with_name(table.name + ".done")
    finished = _finished(journal)
    known = {action.dest for action in parser._actions}
    common = argparse.Namespace(**{name: value for name, value in vars(common).items() if name in known})
    done = skipped = failed = 0
    for number, row in enumerate(rows, start=1):
        digest = _digest(row, common)
        if digest in finished and all(Path(output).exists() for output in finished[digest]):
            skipped += 1
            continue
        entry = {"row": number, "request": digest}
        try:
            written = [str(output) for output in run_row(_options(row, parser, common, table.parent))]
            entry |= {"outputs": written, "result": "done"}
            done += 1
            print("\n".join(written), flush=True)
        except Cancelled:
            raise
        except Exception as error:  # whatever this row suffers from, the others are done
            problem = problem_of(error)
            entry |= {"outputs": [], "result": problem.code}
            failed += 1
            print(f"persona: row {number}: {one_line(problem)}", file=sys.stderr)
        _remember(journal, entry)
    print(f"persona: {done} done, {skipped} already done, {failed} failed of {len(rows)}", file=sys.stderr)
    return FAILED if failed else DONE


def _read(table: Path, parser: argparse.ArgumentParser) -> list[dict[str | None, str]]:
    """The rows of the table; a cell beyond the header has the name None."""
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            header, rows = reader.fieldnames or (), list(reader)
    except OSError as error:
        raise Problem("input.unreadable", path=table, why=error.strerror or error) from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise Problem("jobs.invalid", path=table, why=error) from error
    if not header:
        raise Problem("jobs.invalid", path=table, why="it is empty")
    known = _columns(parser)
    for name in header:
        if name and name not in known:
            raise Problem("jobs.column", name=name, known=", ".join(sorted(known)))
    return rows


def _columns(parser: argparse.ArgumentParser) -> dict[str, argparse.Action]:
    return {option.lstrip("-"): action for action in parser._actions for option in action.option_strings}


def _digest(row: dict, common: argparse.Namespace) -> str:
    """Hash of all that a row and the command line say."""
    cells = {name: cell for name, cell in row.items() if cell}
    return hashlib.sha256(repr((sorted(cells.items(), key=str), sorted(vars(common).items()))).encode()).hexdigest()


def _finished(journal: Path) -> dict[str, list[str]]:
    """Outputs of every finished job by its hash; a line that a crash cut short is passed over."""
    found: dict[str, list[str]] = {}
    if not journal.exists():
        return found
    for line in journal.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            entry = json.loads(line)
            if entry["result"] == "done":
                found[entry["request"]] = entry["outputs"]
        except (ValueError, TypeError, KeyError):
            continue
    return found


def _remember(journal: Path, entry: dict) -> None:
    try:
        with journal.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")
    except OSError as error:
        raise Problem("output.unwritable", path=journal, why=error.strerror or error) from error


def _options(row: dict[str | None, str], parser: argparse.ArgumentParser, common: argparse.Namespace,
             folder: Path) -> argparse.Namespace:
    """The options of one row over the common ones. Raises ``Problem`` where a cell is wrong."""
    def refuse(message: str) -> None:
        raise Problem("jobs.row", why=message)

    if row.get(None):
        refuse("it has more cells than the header")
    parser.error = refuse  # a wrong row is one failed job, not the end of the program
    return parser.parse_args(_words(row, _columns(parser), folder), copy.copy(common))


def _words(row: dict[str | None, str], columns: dict[str, argparse.Action], folder: Path) -> list[str]:
    """A row as command-line words; values of options that take a FILE are made absolute."""
    words: list[str] = []
    for name, cell in row.items():
        text = (cell or "").strip()
        if not name or not text:
            continue
        action = columns[name]
        if action.nargs == 0:
            if text.lower() not in YES + NO:
                raise Problem("jobs.row", why=f"{name} is {text}, which is neither yes nor no")
            words += [f"--{name}"] if text.lower() in YES else []
            continue
        values = text.split(";") if isinstance(action.default, list) else [text]
        is_path = action.metavar == "FILE"
        words += [f"--{name}={folder / value.strip() if is_path else value.strip()}" for value in values]
    return words
