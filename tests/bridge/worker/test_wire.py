"""Frames: every message arrives as it was sent, however it is cut; no damage ever becomes a message."""

import json
import struct
import time
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge import wire
from bridge.problems import Problem

texts = st.text(max_size=40)
numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-2**53, 2**53)
trees = st.recursive(st.none() | st.booleans() | numbers | texts,
                     lambda leaf: st.lists(leaf, max_size=4) | st.dictionaries(texts, leaf, max_size=4), max_leaves=12)
tables = st.dictionaries(texts, trees, max_size=5)
messages = st.one_of(
    st.fixed_dictionaries({"type": st.just("hello"), "pid": st.integers(), "versions": tables, "paths": tables,
                           "providers": st.lists(texts, max_size=3), "models": st.lists(tables, max_size=2)}),
    st.fixed_dictionaries({"type": st.just("generate"), "job": st.integers(), "folder": texts,
                           "files": tables}),
    st.fixed_dictionaries({"type": st.just("cancel"), "job": st.integers()}),
    st.sampled_from([{"type": "ping"}, {"type": "alive"}, {"type": "bye"}]),
    st.fixed_dictionaries({"type": st.just("progress"), "job": st.integers(), "stage": texts, "done": st.integers(),
                           "total": st.integers(), "elapsed": numbers, "quiet": numbers,
                           "seconds_left": st.none() | numbers}),
    st.fixed_dictionaries({"type": st.just("result"), "job": st.integers(), "files": tables}),
    st.fixed_dictionaries({"type": st.just("problem"), "job": st.none() | st.integers(), "code": texts,
                           "details": tables}))


def framed(message: dict) -> bytes:
    fields = dict(message)
    return wire.encode(fields.pop("type"), **fields)


def frame_of(text: bytes, magic: bytes = wire.MAGIC, version: int = wire.VERSION, length: int | None = None) -> bytes:
    head = struct.pack("<4sHI", magic, version, len(text) if length is None else length) + text
    return head + struct.pack("<I", zlib.crc32(head))


def decoded(decoder: wire.Decoder) -> list[dict]:
    found = []
    while (message := decoder.next()) is not None:
        found.append(message)
    return found


@given(st.lists(messages, max_size=5), st.lists(st.integers(0, 400), max_size=12))
@settings(deadline=None, max_examples=40)
def test_messages_arrive_as_sent_however_the_bytes_are_cut(sent, cuts):
    stream = b"".join(framed(message) for message in sent)
    decoder, found, place = wire.Decoder(), [], 0
    for cut in [*sorted(cuts), len(stream)]:
        decoder.feed(stream[place:max(place, cut)])
        place = max(place, cut)
        found += decoded(decoder)
    assert found == sent and len(decoder) == 0


@given(messages, st.data())
@settings(deadline=None, max_examples=100)
def test_a_changed_byte_never_makes_a_message(message, data):
    stream = bytearray(framed(message))
    place = data.draw(st.integers(0, len(stream) - 1))
    stream[place] ^= data.draw(st.integers(1, 255))
    decoder = wire.Decoder()
    decoder.feed(bytes(stream))
    try:
        assert decoder.next() is None and len(decoder) == len(stream), "a longer frame may still be awaited"
    except Problem as problem:
        assert problem.code in ("wire.broken", "wire.version")


@given(messages, st.data())
@settings(deadline=None, max_examples=40)
def test_a_cut_stream_is_seen_as_cut(message, data):
    stream = framed(message)
    cut = data.draw(st.integers(1, len(stream) - 1))
    decoder = wire.Decoder()
    decoder.feed(stream[:cut])
    assert decoder.next() is None and len(decoder) == cut


@given(st.binary(min_size=1, max_size=200))
@settings(deadline=None, max_examples=100)
def test_noise_is_refused_or_awaited_and_never_a_message(noise):
    decoder = wire.Decoder()
    decoder.feed(noise)
    try:
        assert decoder.next() is None
        assert wire.MAGIC.startswith(noise[:4])
    except Problem as problem:
        assert problem.code in ("wire.broken", "wire.version")


@pytest.mark.parametrize(("frame", "code", "why"), [
    (b"hello world, this is print()", "wire.broken", "something else"),
    (b"X", "wire.broken", "something else"),
    (frame_of(b"{}", length=2**32 - 1), "wire.broken", "claims 4294967295 bytes"),
    (frame_of(b"{}", length=wire.LONGEST + 1), "wire.broken", "claims"),
    (frame_of(b'{"type":"bye"}', version=2), "wire.version", "version 2"),
    (frame_of(b"\xff\xfe"), "wire.broken", "no JSON"),
    (frame_of(b"[" * 100_000), "wire.broken", "no JSON"),
    (frame_of(b"[]"), "wire.broken", "no JSON object"),
    (frame_of(b"{}"), "wire.broken", "unknown kind"),
    (frame_of(b'{"type":["hello"]}'), "wire.broken", "unknown kind"),
    (frame_of(b'{"type":"dance"}'), "wire.broken", "unknown kind"),
    (frame_of(b'{"type":"cancel"}'), "wire.broken", "fields"),
    (frame_of(b'{"type":"cancel","job":1,"more":2}'), "wire.broken", "fields"),
    (frame_of(b'{"type":"cancel","job":"1"}'), "wire.broken", "wrong type"),
    (frame_of(b'{"type":"cancel","job":true}'), "wire.broken", "wrong type"),
    (frame_of(json.dumps({"type": "progress", "job": 1, "stage": "", "done": 0, "total": 0,
                          "elapsed": float("nan"), "seconds_left": None, "quiet": 0}).encode()), "wire.broken", "NaN"),
])
def test_what_is_no_message_says_why(frame, code, why):
    decoder = wire.Decoder()
    decoder.feed(frame)
    with pytest.raises(Problem, match=why) as caught:
        decoder.next()
    assert caught.value.code == code


def test_a_message_that_is_too_long_or_of_no_kind_is_not_sent():
    with pytest.raises(Problem, match="longer"):
        wire.encode("problem", job=None, code="internal", details={"what": "x" * wire.LONGEST})
    with pytest.raises(Problem, match="fields"):
        wire.encode("cancel")
    with pytest.raises(ValueError, match="JSON"):
        wire.encode("progress", job=1, stage="", done=0, total=0, elapsed=float("inf"), seconds_left=None, quiet=0)


def test_paths_that_are_no_unicode_survive():
    decoder = wire.Decoder()
    decoder.feed(wire.encode("hello", pid=1, versions={}, paths={"odd": "/tmp/\udcff#%漢🎭"}, providers=[], models=[]))
    assert decoder.next()["paths"]["odd"] == "/tmp/\udcff#%漢🎭"


def test_many_tiny_frames_take_linear_time_and_bounded_memory():
    """A million would take 100 times this; the client takes them 2 ms at a time."""
    one = wire.encode("alive")
    decoder, began, count = wire.Decoder(), time.process_time(), 0
    for _ in range(10):
        decoder.feed(one * 1000)
        count += len(decoded(decoder))
    assert count == 10_000 and len(decoder) == 0
    assert time.process_time() - began < 2.0, "200 microseconds a frame is far too slow"
