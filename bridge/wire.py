"""Messages as frames of bytes; nothing else knows the format. Standard library only, since Blender imports it.

A frame is the four bytes ``PRSN``, the protocol's version (u16), the length of the text (u32, at most
``LONGEST``), the text (a JSON object) and the CRC-32 of all before it; numbers are little-endian. Arrays never
travel in frames: messages name files of a job's folder (see ``parcel``).
"""

from __future__ import annotations

import json
import struct
import zlib

from .problems import Problem

VERSION = 1
MAGIC = b"PRSN"
LONGEST = 1 << 20
_HEADER = struct.Struct("<4sHI")
_CRC = struct.Struct("<I")

_NUMBER = (int, float)
_MAYBE_NUMBER = (int, float, type(None))
# Kind of message -> the fields it has, all of them required, and their types.
KINDS: dict[str, dict[str, type | tuple[type, ...]]] = {
    "hello": {"pid": int, "versions": dict, "paths": dict, "providers": list, "models": list},
    "generate": {"job": int, "folder": str, "files": dict},
    "cancel": {"job": int},
    "ping": {},
    "alive": {},
    "progress": {"job": int, "stage": str, "done": int, "total": int, "elapsed": _NUMBER, "seconds_left": _MAYBE_NUMBER,
                 "quiet": _NUMBER},
    "result": {"job": int, "files": dict},
    "problem": {"job": (int, type(None)), "code": str, "details": dict},
    "bye": {},
}


def encode(kind: str, **fields: object) -> bytes:
    """The frame of a message. Raises ``Problem`` where it is too long or not of its kind."""
    message = {"type": kind, **fields}
    _check(message)
    text = json.dumps(message, allow_nan=False, separators=(",", ":")).encode()
    if len(text) > LONGEST:
        raise Problem("wire.broken", why=f"a message of {len(text)} bytes is longer than {LONGEST}")
    framed = _HEADER.pack(MAGIC, VERSION, len(text)) + text
    return framed + _CRC.pack(zlib.crc32(framed))


class Decoder:
    """Bytes in, in pieces of any size; messages out, one at a time."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._place = 0

    def __len__(self) -> int:
        """Bytes fed and not yet taken as a message; more than 0 at the end of a stream means it was cut."""
        return len(self._bytes) - self._place

    def feed(self, piece: bytes) -> None:
        if self._place == len(self._bytes) or self._place > LONGEST:
            del self._bytes[:self._place]
            self._place = 0
        self._bytes += piece

    def next(self) -> dict | None:
        """The next message, None where it has not arrived whole.

        Raises ``Problem`` where the bytes are no frame: after that no later byte can be trusted.
        """
        if len(self) < _HEADER.size:
            self._check_start()
            return None
        magic, version, length = _HEADER.unpack_from(self._bytes, self._place)
        if magic != MAGIC:
            raise Problem("wire.broken", why="something else than messages came over the pipe")
        if version != VERSION:
            raise Problem("wire.version", theirs=version, ours=VERSION)
        if length > LONGEST:
            raise Problem("wire.broken", why=f"a message claims {length} bytes, more than {LONGEST}")
        end = self._place + _HEADER.size + length
        if len(self._bytes) < end + _CRC.size:
            return None
        framed = bytes(self._bytes[self._place:end])
        if _CRC.unpack_from(self._bytes, end)[0] != zlib.crc32(framed):
            raise Problem("wire.broken", why="a message was damaged on its way")
        self._place = end + _CRC.size
        return _parse(framed[_HEADER.size:])

    def _check_start(self) -> None:
        begun = bytes(self._bytes[self._place:self._place + len(MAGIC)])
        if not MAGIC.startswith(begun):
            raise Problem("wire.broken", why="something else than messages came over the pipe")


def _parse(text: bytes) -> dict:
    try:
        message = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise Problem("wire.broken", why=f"a message is no JSON: {error}") from error
    if not isinstance(message, dict):
        raise Problem("wire.broken", why="a message is no JSON object")
    _check(message)
    return message


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _check(message: dict) -> None:
    kind = message.get("type")
    if not isinstance(kind, str) or kind not in KINDS:
        raise Problem("wire.broken", why=f"a message is of the unknown kind {kind!r}")
    wanted = KINDS[kind]
    if message.keys() - {"type"} != wanted.keys():
        raise Problem("wire.broken", why=f"a message {kind} has the fields {', '.join(message)}")
    for name, types in wanted.items():
        if not isinstance(message[name], types) or isinstance(message[name], bool):
            raise Problem("wire.broken", why=f"the field {name} of a message {kind} has a wrong type")
