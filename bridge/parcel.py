"""What is too big for a message: a document and arrays as files of a job's private folder.

Each array is one file of raw little-endian numbers, written as ``NAME.part`` and renamed when whole. Its entry
in the message says dtype, shape, bytes and CRC-32; the reader believes none of it before the file agrees.
Standard library and numpy only, since Blender imports it.
"""

from __future__ import annotations

import json
import os
import re
import stat
import zlib
from collections.abc import Generator
from math import prod
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from .problems import Problem

DTYPES = {"float32": "<f4", "float64": "<f8", "int32": "<i4", "int64": "<i8", "uint8": "|u1"}
DOCUMENT = "document"
MOST_FILES, MOST_BYTES = 64, 1 << 32
_PIECE = 1 << 19
_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")
T = TypeVar("T")
# A generator that pauses between small pieces of work and returns its result at the end.
Steps = Generator[None, None, T]


def complete(steps: Steps[T]) -> T:
    """All steps at once."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def write(folder: Path, document: dict, arrays: dict[str, np.ndarray]) -> dict[str, dict]:
    """Writes a document and arrays into ``folder``; returns the entries for the message.

    Raises ``Problem`` where a number of the document is not finite, or there is no space or no right to write;
    then nothing is left behind.
    """
    try:
        text = np.frombuffer(json.dumps(document, allow_nan=False, default=_plain).encode(), np.uint8)
    except ValueError as error:
        raise Problem("result.unsound", what="a number in it is not finite") from error
    written = []
    entries = {}
    try:
        for name, array in {DOCUMENT: text, **arrays}.items():
            written.append(folder / name)
            entries[name] = _write_one(folder / name, array)
    except OSError as error:
        for path in written:
            path.unlink(missing_ok=True)
            path.with_name(path.name + ".part").unlink(missing_ok=True)
        raise Problem("worker.disk", path=folder, why=error.strerror or error) from error
    return entries


def read(folder: Path, entries: dict) -> Steps[tuple[dict, dict[str, np.ndarray]]]:
    """Reads back what ``write`` wrote, in pieces that take less than a millisecond each.

    Raises ``Problem`` where a name leads out of the folder, or a file is missing, of another size or content.
    """
    if len(entries) > MOST_FILES:
        raise Problem("wire.file", name="result", why=f"it has {len(entries)} files, more than {MOST_FILES}")
    arrays = {}
    for name, entry in entries.items():
        arrays[name] = yield from _read_one(folder, name, entry)
    text = arrays.pop(DOCUMENT, None)
    if text is None:
        raise Problem("wire.file", name=DOCUMENT, why="it is missing")
    try:
        document = json.loads(text.tobytes())
    except (ValueError, RecursionError) as error:
        raise Problem("wire.file", name=DOCUMENT, why=error) from error
    if not isinstance(document, dict):
        raise Problem("wire.file", name=DOCUMENT, why="it is no JSON object")
    return document, arrays


def _write_one(path: Path, array: np.ndarray) -> dict:
    dtype = DTYPES[array.dtype.name]
    content = np.ascontiguousarray(array, dtype)
    view = _bytes_of(content)
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.write(view)
    os.replace(part, path)
    return {"dtype": array.dtype.name, "shape": list(array.shape), "bytes": len(view), "crc": zlib.crc32(view)}


def _read_one(folder: Path, name: str, entry: Any) -> Steps[np.ndarray]:
    if not isinstance(name, str) or len(name) > 64 or not _NAME.fullmatch(name):
        raise Problem("wire.file", name=repr(name), why="it is no plain name")
    shape, dtype, size, crc = _checked(name, entry)
    found = 0
    with _opened(folder, name, size) as file:
        array = np.empty(shape, dtype)
        view = _bytes_of(array)
        for place in range(0, size, _PIECE):
            piece = view[place:place + _PIECE]
            if file.readinto(piece) != len(piece):
                raise Problem("wire.file", name=name, why="it is shorter than was said")
            found = zlib.crc32(piece, found)
            yield
    if found != crc:
        raise Problem("wire.file", name=name, why="its content is not what was sent")
    return array


def _bytes_of(array: np.ndarray) -> memoryview:
    return memoryview(array.reshape(-1)).cast("B") if array.size else memoryview(b"")


def _plain(number: Any) -> Any:
    """Numpy's scalars as Python's."""
    if isinstance(number, np.generic):
        return number.item()
    raise TypeError(f"{type(number).__name__} has no form in JSON")


def _checked(name: str, entry: Any) -> tuple[tuple[int, ...], str, int, int]:
    """Shape, dtype, bytes and CRC of an entry that agrees with itself."""
    try:
        shape = tuple(entry["shape"])
        dtype, size, crc = DTYPES[entry["dtype"]], entry["bytes"], entry["crc"]
        whole = all(type(number) is int and number >= 0 for number in (*shape, size, crc))
    except (KeyError, TypeError) as error:
        raise Problem("wire.file", name=name, why=f"its description is wrong: {error}") from error
    if not whole or len(shape) > 4 or size > MOST_BYTES or prod(shape) * np.dtype(dtype).itemsize != size:
        raise Problem("wire.file", name=name, why="its shape and its size do not agree")
    return shape, dtype, size, crc


def _opened(folder: Path, name: str, size: int) -> Any:
    """The file, if it is a plain one of that size; a link is not followed."""
    try:
        handle = os.open(folder / name, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        raise Problem("wire.file", name=name, why=getattr(error, "strerror", None) or error) from error
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode) or status.st_size != size:
        os.close(handle)
        raise Problem("wire.file", name=name, why=f"it is no file of {size} bytes")
    return os.fdopen(handle, "rb", buffering=0)
