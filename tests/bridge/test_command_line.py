"""Options, exit codes, whole files and tables of jobs."""

import argparse
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from bridge import __main__ as command
from bridge.command_line import DONE, FAILED, INTERRUPTED, add_request_options, read_rig, read_score, request_of, run
from bridge.files.whole import whole
from bridge.jobs import run_jobs
from bridge.problems import Cancelled, Problem

ROOT = Path(__file__).parents[2]


def parsed(*words):
    parser = argparse.ArgumentParser()
    add_request_options(parser)
    return parser.parse_args(words)


def test_options_make_a_request():
    asked = request_of(parsed("--audio", "a b.wav", "--emotion", "happy=0.8", "--emotion", "sad=.1", "--seed", "7",
                              "--audio-range", "1.5:", "--no-face", "--tolerance", "1"), fps=24, start_frame=10)
    assert (asked.audio, asked.emotion, asked.seed) == ("a b.wav", {"happy": 0.8, "sad": 0.1}, 7)
    assert (asked.start, asked.end, asked.face, asked.body) == (1.5, None, False, True)
    assert (asked.fps, asked.start_frame, asked.tolerance.joint) == (24, 10, 1.0)


@pytest.mark.parametrize("words", [["--emotion", "bored=1"], ["--emotion", "happy=x"], ["--audio-range", "3"]])
def test_wrong_usage_is_exit_code_2(words, capsys):
    with pytest.raises(SystemExit) as end:
        parsed("--audio", "a.wav", *words)
    assert end.value.code == 2


def test_exit_codes(capsys):
    def fail():
        raise Problem("output.none")

    def stop():
        raise Cancelled

    assert run(lambda: DONE) == 0
    assert run(fail) == FAILED == 1
    assert run(stop) == INTERRUPTED == 130
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2 and "[output.none]" in lines[0]


@pytest.mark.parametrize("read", [read_rig, read_score])
def test_missing_and_broken_json_are_problems(read, tmp_path):
    with pytest.raises(Problem):
        read(str(tmp_path / "none.json"))
    broken = tmp_path / "broken.json"
    broken.write_text("{}")
    with pytest.raises(Problem):
        read(str(broken))


def test_a_file_is_whole_or_not_there(tmp_path):
    target = tmp_path / "größe 話 🎭.txt"
    target.write_text("old")
    with pytest.raises(ZeroDivisionError), whole(target) as part:
        part.write_text("half")
        raise ZeroDivisionError
    assert target.read_text() == "old"
    with whole(target) as part:
        part.write_text("new")
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_a_problem(tmp_path):
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(Problem), whole(tmp_path / "a.txt") as part:
        part.write_text("x")


def test_a_missing_folder_is_a_problem_before_any_work(tmp_path, capsys):
    missing = tmp_path / "not there" / "a.bvh"
    assert command.main(["generate", "--audio", "no.wav", "--motion", str(missing)]) == FAILED
    assert "does not exist" in capsys.readouterr().err


def test_no_output_is_a_problem(capsys):
    assert command.main(["generate", "--audio", "no.wav"]) == FAILED
    assert "--motion" in capsys.readouterr().err


def test_no_audio_is_wrong_usage():
    done = subprocess.run([sys.executable, "-m", "bridge", "generate", "--motion", "a.bvh"], cwd=ROOT,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "--audio" in done.stderr


class Row:
    """A parser and a job that copies its audio to its output, and fails on demand."""

    def __init__(self):
        self.parser = argparse.ArgumentParser(add_help=False)
        self.parser.add_argument("--audio", metavar="FILE")
        self.parser.add_argument("--emotion", action="append", default=[])
        self.parser.add_argument("--no-face", action="store_true")
        self.parser.add_argument("--motion", metavar="FILE")
        self.seen = []

    def __call__(self, args):
        self.seen.append(args)
        if not Path(args.audio).exists():
            raise Problem("input.unreadable", path=args.audio, why="missing")
        Path(args.motion).write_text("motion")
        return [Path(args.motion)]


def table(tmp_path, *rows):
    path = tmp_path / "jobs.csv"
    path.write_text("audio,emotion,no-face,motion\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_one_failed_row_does_not_stop_the_rest_and_a_second_run_resumes(tmp_path, capsys):
    (tmp_path / "a.wav").touch()
    (tmp_path / "ü 話.wav").touch()
    jobs = table(tmp_path, "a.wav,happy=.5;sad=.2,yes,a.bvh", "none.wav,,,b.bvh", "ü 話.wav,,,c.bvh")
    row = Row()
    assert run_jobs(str(jobs), row.parser, argparse.Namespace(), row) == FAILED
    assert row.seen[0].emotion == ["happy=.5", "sad=.2"] and row.seen[0].no_face
    assert "2 done, 0 already done, 1 failed of 3" in capsys.readouterr().err
    journal = [json.loads(line) for line in (tmp_path / "jobs.csv.done").read_text().splitlines()]
    assert [entry["result"] for entry in journal] == ["done", "input.unreadable", "done"]

    (tmp_path / "none.wav").touch()
    again = Row()
    assert run_jobs(str(jobs), again.parser, argparse.Namespace(), again) == DONE
    assert [Path(args.audio).name for args in again.seen] == ["none.wav"]


def test_a_deleted_output_is_made_again(tmp_path):
    (tmp_path / "a.wav").touch()
    jobs = table(tmp_path, "a.wav,,,a.bvh")
    row = Row()
    run_jobs(str(jobs), row.parser, argparse.Namespace(), row)
    (tmp_path / "a.bvh").unlink()
    run_jobs(str(jobs), row.parser, argparse.Namespace(), row)
    assert len(row.seen) == 2


def test_a_wrong_cell_fails_its_row_only(tmp_path, capsys):
    (tmp_path / "a.wav").touch()
    parser_row = Row()
    parser_row.parser.add_argument("--seed", type=int)
    jobs = tmp_path / "jobs.csv"
    jobs.write_text("audio,seed,motion\na.wav,many,a.bvh\na.wav,3,b.bvh\n")
    assert run_jobs(str(jobs), parser_row.parser, argparse.Namespace(), parser_row) == FAILED
    assert len(parser_row.seen) == 1 and parser_row.seen[0].seed == 3


def test_an_unknown_column_is_named(tmp_path):
    jobs = tmp_path / "jobs.csv"
    jobs.write_text("audio,colour\na.wav,red\n")
    row = Row()
    with pytest.raises(Problem, match="colour"):
        run_jobs(str(jobs), row.parser, argparse.Namespace(), row)
