"""What an ONNX file is, looked at as bytes before any of it is run. Standard library only.

ONNX files are Protocol Buffers; only the few fields are read that can point outside the file
(field numbers: onnx/onnx.proto, IR version 10).
"""

from __future__ import annotations

from collections.abc import Iterator

# Message -> field number -> message it holds: every road from a model to its tensors.
_HOLDS: dict[str, dict[int, str]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}
_EXTERNAL_DATA, _DATA_LOCATION = 13, 14
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_DEEPEST = 32
POINTER = b"version https://git-lfs.github.com/spec/"


class NotOnnx(ValueError):
    """The bytes are no ONNX model; the text says what they are instead."""


def check(content: bytes) -> None:
    """Raises ``NotOnnx`` unless ``content`` is a model complete in itself, with no data in other files."""
    kind = other_kind(content)
    if kind:
        raise NotOnnx(kind)
    try:
        inside = _walk(memoryview(content), "model")
    except (IndexError, ValueError) as error:
        raise NotOnnx("no ONNX model") from error
    if "graph" not in inside:
        raise NotOnnx("no ONNX model")
    if "external" in inside:
        raise NotOnnx("a model that keeps its weights in other files")


def other_kind(content: bytes) -> str:
    """What well-known thing, no ONNX model, the bytes begin like; empty if none."""
    if content.startswith(POINTER):
        return "a Git LFS pointer instead of the weights themselves"
    if content[:1] == b"\x80" and content[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return "a Python pickle, which is never opened"
    if content.startswith(b"PK"):
        return "a zip archive, such as a PyTorch checkpoint"
    return "" if content else "empty"


def _walk(message: memoryview, kind: str, depth: int = 0) -> set[str]:
    """Kinds of message found below ``message``, with "external" where a tensor points outside."""
    if depth > _DEEPEST:
        raise ValueError("nested too deeply")
    inside: set[str] = set()
    holds = _HOLDS[kind]
    for number, value in _fields(message):
        if number in holds and isinstance(value, memoryview):
            inside |= {holds[number]} | _walk(value, holds[number], depth + 1)
        elif kind == "tensor" and (number == _EXTERNAL_DATA or (number == _DATA_LOCATION and value != 0)):
            inside.add("external")
    return inside


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Field numbers with their values; payloads are views, never copied."""
    place, end = 0, len(message)
    while place < end:
        key, place = _varint(message, place)
        number, wire = key >> 3, key & 7
        if wire == _VARINT:
            value, place = _varint(message, place)
            yield number, value
            continue
        if wire == _BYTES:
            size, place = _varint(message, place)
        elif wire in (_FIXED64, _FIXED32):
            size = 8 if wire == _FIXED64 else 4
        else:
            raise ValueError(f"wire type {wire}")
        if number == 0 or place + size > end:
            raise ValueError("field outside its message")
        yield number, message[place:place + size]
        place += size


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = message[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
    raise ValueError("number too long")
