"""Live Link Face CSV: ARKit weights and the rotations of head and eyes, as the iPhone app records them.

Rows carry a timecode ``HH:MM:SS:FF.mmm`` whose FF counts 60ths of a second (of 24, 25 or 30 where the app was set
so). Columns are addressed by name: the app's own order differs from Apple's in two pairs, and other programs add
columns. Its eye and head yaw is + to the subject's right (measured for the eyes), ours to the left; pitch is + down
in both; roll is taken to go with yaw.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np

from ..face.resample import resample
from ..face.track import ARKIT, HEAD_AND_EYES, FaceTrack
from ..problems import Problem

RATE = 60  # rows a second that are written
_BASES = (24, 25, 30, 60)
_TIMECODE = re.compile(r"^\s*(\d+):(\d+):(\d+)[:;](\d+(?:\.\d+)?)\s*$")
_DAY = 86_400.0
_MIRRORED = np.array([-1.0 if name.endswith(("Yaw", "Roll")) else 1.0 for name in HEAD_AND_EYES])
_LEAST_SHAPES = 10


def _pascal(name: str) -> str:
    return name[0].upper() + name[1:]


COLUMNS = ("Timecode", "BlendShapeCount", *map(_pascal, ARKIT), *map(_pascal, HEAD_AND_EYES))


def write(path: str | Path, face: FaceTrack, start: float = 0.0) -> None:
    """Writes ``face`` at 60 rows a second; the first row's timecode is ``start`` seconds after midnight."""
    frames = max(1, round(len(face) / face.fps * RATE))
    rows = resample(face, RATE, frames)
    columns = np.concatenate([rows.weights, rows.angles * _MIRRORED], axis=1)
    count = len(ARKIT) + len(HEAD_AND_EYES)
    lines = [",".join(COLUMNS)]
    for place, row in enumerate(columns.tolist()):
        lines.append(f"{timecode(start + place / RATE)},{count}," + ",".join(f"{value:.10f}" for value in row))
    Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def timecode(seconds: float) -> str:
    """``HH:MM:SS:FF.mmm`` with FF in 60ths, wrapping at 24 hours."""
    thousandths = round(seconds % _DAY * RATE * 1000) % round(_DAY * RATE * 1000)
    whole, rest = divmod(thousandths, RATE * 1000)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}"


def read(path: str | Path, fps: float = float(RATE)) -> FaceTrack:
    """The recording at ``fps`` evenly spaced frames, interpolated by time from its rows.

    Columns are found by name whatever their case; missing shapes are 0, unknown columns are skipped. Weights are as
    recorded: the app goes a little over 1. Raises ``Problem`` where the file is no such recording.
    """
    header, rows = _table(path)
    places = {name.strip().lower(): place for place, name in enumerate(header)}
    found = [name for name in ARKIT if name.lower() in places]
    if len(found) < _LEAST_SHAPES:
        raise Problem("live_link.columns", path=path, found=len(found))
    times = _times(path, header, rows)
    order = np.argsort(times, kind="stable")
    times = times[order]
    kept = np.concatenate([[True], np.diff(times) > 1e-6])
    times = times[kept]
    frames = max(1, round(times[-1] * fps) + 1)
    at = np.arange(frames) / fps

    def column(name: str) -> np.ndarray:
        place = places.get(name.lower())
        if place is None:
            return np.zeros(frames)
        values = np.array([_number(path, number, row, place) for number, row in enumerate(rows, 2)])
        return np.interp(at, times, values[order][kept])

    weights = np.stack([column(name) for name in ARKIT], axis=1)
    angles = np.stack([column(name) for name in HEAD_AND_EYES], axis=1) * _MIRRORED
    return FaceTrack(weights.astype(np.float32), angles.astype(np.float32), fps)


def _table(path: str | Path) -> tuple[list[str], list[list[str]]]:
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.reader(file) if any(cell.strip() for cell in row)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Problem("input.unreadable", path=path, why=error) from error
    if len(rows) < 2:
        raise Problem("live_link.empty", path=path)
    header, body = rows[0], rows[1:]
    if len(body) > 1 and len(body[-1]) < len(header):  # a recording cut off in its last line
        body = body[:-1]
    return header, body


def _times(path: str | Path, header: list[str], rows: list[list[str]]) -> np.ndarray:
    """(N,) seconds of the rows after the first, by timecode, or by a column of frames or milliseconds."""
    names = [name.strip().lower() for name in header]
    if "timecode" in names:
        return _by_timecode(path, rows, names.index("timecode"))
    for name, unit in (("timestamp_ms", 0.001), ("timestamp", 1.0), ("time", 1.0), ("frame", 1 / RATE)):
        if name in names:
            place = names.index(name)
            values = np.array([_number(path, number, row, place) for number, row in enumerate(rows, 2)])
            return (values - values[0]) * unit
    raise Problem("live_link.time", path=path)


def _by_timecode(path: str | Path, rows: list[list[str]], place: int) -> np.ndarray:
    whole, frames = np.empty(len(rows)), np.empty(len(rows))
    for number, row in enumerate(rows):
        match = _TIMECODE.match(row[place])
        if match is None:
            raise Problem("live_link.timecode", path=path, line=number + 2, text=row[place][:40])
        hours, minutes, seconds, frame = match.groups()
        whole[number] = int(hours) * 3600 + int(minutes) * 60 + int(seconds)
        frames[number] = float(frame)
    base = next((base for base in _BASES if base > np.floor(frames.max())), None)
    if base is None:
        raise Problem("live_link.timecode", path=path, line=int(frames.argmax()) + 2,
                      text=rows[int(frames.argmax())][place][:40])
    if len(rows) < base:  # too short to have seen the greatest frame number
        base = RATE
    times = whole + frames / base
    midnights = np.cumsum(np.concatenate([[0.0], np.diff(times) < -_DAY / 2]))
    return times + midnights * _DAY - times[0]


def _number(path: str | Path, line: int, row: list[str], place: int) -> float:
    text = row[place] if place < len(row) else ""
    try:
        value = float(text) if text.strip() else 0.0
    except ValueError:
        value = np.nan
    if not np.isfinite(value):
        raise Problem("live_link.number", path=path, line=line, text=text[:40])
    return value
