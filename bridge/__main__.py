"""``python -m bridge``: speech to motion and face files, without any Blender."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from . import __version__
from .command_line import (
    DONE,
    add_report_options,
    add_request_options,
    read_rig,
    request_of,
    run,
    watched,
    write_json,
    write_reports,
)
from .performance_files import add_file_options, check_outputs, write_files
from .problems import Problem


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bridge", description=__doc__.split(":", 1)[1].strip())
    parser.add_argument("--version", action="version", version=f"persona {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, build in COMMANDS.items():
        build(commands.add_parser(name, help=build.__doc__, description=build.__doc__))
    args = parser.parse_args(words)
    return run(lambda: args.carry_out(args))


def generate_command(parser: argparse.ArgumentParser) -> None:
    """Generate body and face from speech, file to file"""
    _add_generate_options(parser)
    parser.add_argument("--jobs", metavar="FILE", help="a CSV of many jobs, its header the names of these options")
    parser.set_defaults(carry_out=lambda args: _generate(args, parser))


def match_command(parser: argparse.ArgumentParser) -> None:
    """Find which bone of a rig is which joint"""
    parser.add_argument("--rig", metavar="FILE", required=True, help="the rig as JSON")
    parser.add_argument("--json", metavar="FILE", required=True, help="where to write what was found")
    parser.set_defaults(carry_out=_match)


def models_command(parser: argparse.ArgumentParser) -> None:
    """List the models, their licences and whether they are intact"""
    parser.set_defaults(carry_out=_models)


def problems_command(parser: argparse.ArgumentParser) -> None:
    """Print every message Persona can give, as Markdown"""
    parser.set_defaults(carry_out=_problems)


def worker_command(parser: argparse.ArgumentParser) -> None:
    """Serve requests over stdin and stdout (what Blender starts)"""
    parser.set_defaults(carry_out=_worker)


COMMANDS = {"generate": generate_command, "match": match_command, "models": models_command,
            "problems": problems_command, "worker": worker_command}


def _add_generate_options(parser: argparse.ArgumentParser) -> None:
    add_request_options(parser)
    add_file_options(parser)
    add_report_options(parser)


def _generate(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    if args.jobs:
        from .jobs import run_jobs

        row = argparse.ArgumentParser(prog="row", add_help=False)
        _add_generate_options(row)
        return run_jobs(args.jobs, row, args, perform_to_files)
    if not args.audio:
        parser.error("--audio FILE says which speech to perform")
    for path in perform_to_files(args):
        print(path)
    return DONE


def perform_to_files(args: argparse.Namespace) -> list[Path]:
    """One performance into the files that the options name."""
    if not args.audio:
        raise Problem("audio.none")
    if not check_outputs(args, "motion", "face", "json", "write_score"):
        raise Problem("output.none")
    from .performance import perform

    request = request_of(args)
    with watched() as watch:
        result = perform(request, watch)
    return write_files(args, result) + write_reports(args, result)


def _match(args: argparse.Namespace) -> int:
    from .rigs import matching

    rig = read_rig(args.rig)
    print(write_json(args.json, {"landmarks": matching.landmarks(rig)}))
    return DONE


def _models(args: argparse.Namespace) -> int:
    from . import cards

    for card in cards.all_cards():
        print(f"{card.task:8} {card.name:16} {card.version:8} {card.licence}")
        cards.verify(card)
    return DONE


def _problems(args: argparse.Namespace) -> int:
    from .problems_page import page

    print(page(), end="")
    return DONE


def _worker(args: argparse.Namespace) -> int:
    from . import worker

    return worker.main()


if __name__ == "__main__":
    sys.exit(main())
