"""What every Persona command shares: its options, its progress bar and its exit codes.

``python -m bridge`` and the commands in Blender are built from the same pieces, so that an option has the
same name and meaning everywhere. Results' paths go to stdout, all else to stderr.
"""

from __future__ import annotations

import argparse
import io
import json
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path

from .body.score import Score
from .files.whole import whole
from .messages import EMOTIONS, Request, Result, Tolerance
from .problems import Cancelled, Problem
from .rigs.rig import Rig
from .watch import Watch

DONE, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130


def add_request_options(parser: argparse.ArgumentParser) -> None:
    """The options that make a ``Request``."""
    sound = parser.add_argument_group("sound")
    sound.add_argument("--audio", metavar="FILE", help="speech to perform (wav, flac, ogg, mp3)")
    sound.add_argument("--audio-range", metavar="FROM:TO", type=_range,
                       help="seconds of it to use; either side may be empty")
    sound.add_argument("--transcript", metavar="FILE", help="its words (.txt, .srt, .vtt, .TextGrid)")
    sound.add_argument("--no-transcript", action="store_true", help="ignore a transcript beside the audio")
    acting = parser.add_argument_group("acting")
    acting.add_argument("--emotion", metavar="NAME=WEIGHT", action="append", default=[], type=_emotion,
                        help=f"0 to 1, may be repeated and mixed: {', '.join(EMOTIONS)}")
    acting.add_argument("--energy", type=float, default=1 / 3, help="0 calm, 0.33 neutral, 0.67 engaged, 1 excited")
    acting.add_argument("--guidance", type=float, default=Request("-").guidance,
                        help="how closely the motion follows plan and emotion (default %(default)g)")
    acting.add_argument("--seed", type=int, default=0, help="another number gives another take")
    acting.add_argument("--score", metavar="FILE", help="a gesture score (JSON) to follow instead of planning one")
    acting.add_argument("--model", default="auto", help="name of the gesture model")
    layers = parser.add_argument_group("layers and keys")
    layers.add_argument("--no-body", action="store_true", help="leave out body and fingers")
    layers.add_argument("--no-face", action="store_true", help="leave out face and eyes")
    layers.add_argument("--dense", action="store_true", help="a key on every frame instead of few Bezier keys")
    layers.add_argument("--tolerance", type=float, default=Tolerance().joint,
                        help="greatest error of a joint in degrees (default %(default)g)")


def add_report_options(parser: argparse.ArgumentParser) -> None:
    """The options that write what a result says about itself."""
    files = parser.add_argument_group("reports")
    files.add_argument("--json", metavar="FILE", help="write the report")
    files.add_argument("--write-score", metavar="FILE", help="write the gesture score")


def request_of(args: argparse.Namespace, rig: Rig | None = None, fps: float = 30.0, start_frame: int = 1) -> Request:
    """The request that parsed options ask for. Raises ``Problem`` where a value is out of range."""
    start, end = args.audio_range or (0.0, None)
    return Request(
        audio=args.audio or "", start=start, end=end, emotion=dict(args.emotion), energy=args.energy,
        guidance=args.guidance, seed=args.seed, body=not args.no_body, face=not args.no_face, rig=rig, fps=fps,
        start_frame=start_frame, tolerance=Tolerance(joint=args.tolerance), dense=args.dense, model=args.model,
        transcript=args.transcript, use_transcript=not args.no_transcript,
        score=read_score(args.score) if args.score else None)


def read_score(path: str) -> Score:
    """Raises ``Problem`` where the file is missing or no score."""
    try:
        return Score.from_json(json.loads(Path(path).read_text(encoding="utf-8")))
    except OSError as error:
        raise Problem("input.unreadable", path=path, why=error.strerror or error) from error
    except (ValueError, TypeError, KeyError) as error:
        raise Problem("score.invalid", path=path, why=error) from error


def read_rig(path: str) -> Rig:
    """Raises ``Problem`` where the file is missing or no rig."""
    try:
        return Rig.from_json(json.loads(Path(path).read_text(encoding="utf-8")))
    except OSError as error:
        raise Problem("input.unreadable", path=path, why=error.strerror or error) from error
    except (ValueError, TypeError, KeyError) as error:
        raise Problem("rig.invalid", path=path, why=error) from error


def write_reports(args: argparse.Namespace, result: Result) -> list[Path]:
    """Writes what ``add_report_options`` asked for; returns the paths."""
    wanted = ((args.json, result.report.to_json), (args.write_score, result.score.to_json))
    return [write_json(path, content()) for path, content in wanted if path]


def write_json(path: str, content: object) -> Path:
    with whole(path) as part:
        part.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return Path(path)


def run(command: Callable[[], int]) -> int:
    """Carries out a command and turns what goes wrong into one clear line and an exit code."""
    try:
        return command()
    except (Cancelled, KeyboardInterrupt):
        print("persona: interrupted, nothing was written", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:  # an animator never sees a traceback
        print(f"persona: {one_line(problem_of(error))}", file=sys.stderr)
        return FAILED


def one_line(problem: Problem) -> str:
    """Sentence, hint and code; what other programs said may have had several lines."""
    return " ".join(f"{problem} [{problem.code}]".split())


def problem_of(error: Exception) -> Problem:
    """What to tell a person of any error; a traceback goes to a log of its own, which the problem names."""
    from . import service

    told = io.StringIO()
    with redirect_stderr(told):
        problem = service.problem_of(error)
    if told.getvalue():
        with tempfile.NamedTemporaryFile("w", prefix="persona-", suffix=".log", delete=False, encoding="utf-8") as log:
            log.write(told.getvalue())
        problem.details["log"] = log.name
    return problem


@contextmanager
def watched(bar: Bar | None = None) -> Iterator[Watch]:
    """A ``Watch`` that draws a progress bar and is cancelled by Ctrl-C."""
    bar = bar or Bar()
    watch = Watch(bar.show)
    previous = signal.signal(signal.SIGINT, lambda *_: watch.cancel())
    try:
        yield watch
    finally:
        # Blender's own handler is not one that Python can give back
        signal.signal(signal.SIGINT, signal.SIG_DFL if previous is None else previous)
        bar.close()


class Bar:
    """A progress bar on stderr: one moving line on a terminal, one line a stage elsewhere."""

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self._moving = sys.stderr.isatty()
        self._stage = ""
        self._drawn = 0.0

    def show(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if stage == self._stage and (not self._moving or now - self._drawn < 0.1):
            return
        self._stage, self._drawn = stage, now
        if not self._moving:
            print(f"{self._prefix}{stage} …", file=sys.stderr)
            return
        width = max(10, min(40, shutil.get_terminal_size().columns - len(self._prefix) - 24))
        filled = round(width * done / total) if total else 0
        line = f"{self._prefix}{stage:8} {'█' * filled}{'·' * (width - filled)}"
        print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        if self._moving and self._stage:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _emotion(text: str) -> tuple[str, float]:
    name, sign, weight = text.partition("=")
    if name not in EMOTIONS:
        raise argparse.ArgumentTypeError(f"{name} is not one of {', '.join(EMOTIONS)}")
    try:
        return name, float(weight) if sign else 1.0
    except ValueError:
        raise argparse.ArgumentTypeError(f"the weight of {name} is {weight!r}, not a number") from None


def _range(text: str) -> tuple[float, float | None]:
    start, colon, end = text.partition(":")
    if not colon:
        raise argparse.ArgumentTypeError(f"{text!r} is not FROM:TO")
    try:
        return float(start or 0), float(end) if end else None
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not two numbers of seconds") from None
