"""Arrays by file: what is written is read back bit for bit, and nothing else is ever read."""

import os
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bridge import packing, parcel, soundness
from bridge.messages import Result
from bridge.problems import Problem

arrays = st.sampled_from(sorted(parcel.DTYPES)).flatmap(
    lambda name: hnp.arrays(np.dtype(name), hnp.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=5)))


def problem_of(folder, entries) -> Problem:
    with pytest.raises(Problem) as caught:
        parcel.complete(parcel.read(folder, entries))
    return caught.value


@given(st.dictionaries(st.sampled_from(["a", "body.root", "x_1.y"]), arrays, max_size=3))
@settings(deadline=None, max_examples=40)
def test_arrays_come_back_bit_for_bit(tmp_path_factory, sent):
    folder = tmp_path_factory.mktemp("parcel")
    entries = parcel.write(folder, {"k": [1, "ß", None]}, sent)
    document, found = parcel.complete(parcel.read(folder, entries))
    assert document == {"k": [1, "ß", None]} and found.keys() == sent.keys()
    for name, array in sent.items():
        assert found[name].dtype == array.dtype and found[name].shape == array.shape
        assert found[name].tobytes() == array.tobytes()
    assert sorted(path.name for path in folder.iterdir()) == sorted(entries)


def test_big_arrays_are_read_in_small_steps(tmp_path):
    sent = np.random.default_rng(0).standard_normal((1 << 20,)).astype(np.float32)
    entries = parcel.write(tmp_path, {}, {"big": sent[::-1]})
    steps = list(parcel.read(tmp_path, entries))
    assert len(steps) == 8 + 1
    assert np.array_equal(parcel.complete(parcel.read(tmp_path, entries))[1]["big"], sent[::-1])


def test_numpy_scalars_in_a_document_become_numbers(tmp_path):
    entries = parcel.write(tmp_path, {"a": np.float32(0.5), "b": np.int64(3), "c": np.bool_(True)}, {})
    assert parcel.complete(parcel.read(tmp_path, entries))[0] == {"a": 0.5, "b": 3, "c": True}


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a/b", "a\\b", "..", ".", "", "C:x", "a.part/..", "A",
                                  "a\n", "a" * 65, "a..b", "ä"])
def test_names_that_lead_out_of_the_folder_are_refused(tmp_path, name):
    (tmp_path / "secret").write_bytes(bytes(4))
    inner = tmp_path / "job"
    inner.mkdir()
    entries = parcel.write(inner, {}, {})
    entries[name] = {"dtype": "uint8", "shape": [4], "bytes": 4, "crc": zlib.crc32(bytes(4))}
    assert "no plain name" in str(problem_of(inner, entries))


@pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="this system opens links without a way to refuse them")
def test_a_link_is_not_followed(tmp_path):
    entries = parcel.write(tmp_path, {}, {"a": np.zeros(4, np.uint8)})
    (tmp_path / "a").rename(tmp_path / "elsewhere")
    (tmp_path / "a").symlink_to(tmp_path / "elsewhere")
    assert problem_of(tmp_path, entries).code == "wire.file"


def test_a_file_missing_cut_longer_or_changed_is_refused(tmp_path):
    content = np.arange(6, dtype=np.float32)
    entries = parcel.write(tmp_path, {}, {"a": content})
    path = tmp_path / "a"
    size = "no file of 24 bytes"
    for wrong, why in ((content.tobytes()[:-1], size), (content.tobytes() + b"x", size),
                       ((content + 1).tobytes(), "content is not")):
        path.write_bytes(wrong)
        assert why in str(problem_of(tmp_path, entries))
    path.unlink()
    assert "No such file" in str(problem_of(tmp_path, entries))
    path.mkdir()
    assert problem_of(tmp_path, entries).code == "wire.file"


@pytest.mark.parametrize("change", [
    {"dtype": "object"}, {"dtype": "float16"}, {"dtype": None}, {"shape": [7]}, {"shape": [2, 3, 1, 1, 1]},
    {"shape": [-2, -3]}, {"shape": [2.0, 3.0]}, {"shape": "ab"}, {"bytes": 23}, {"bytes": -24}, {"bytes": "24"},
    {"crc": None}, {"crc": True}, {"shape": [2**40, 2**40]}, {"shape": None},
])
def test_a_description_that_disagrees_is_refused(tmp_path, change):
    entries = parcel.write(tmp_path, {}, {"a": np.arange(6, dtype=np.float32)})
    entries["a"] |= change
    assert problem_of(tmp_path, entries).code == "wire.file"


def test_a_description_that_is_none_or_too_many_are_refused(tmp_path):
    entries = parcel.write(tmp_path, {}, {})
    assert problem_of(tmp_path, entries | {"a": 5}).code == "wire.file"
    assert problem_of(tmp_path, entries | {f"a{i}": {} for i in range(64)}).code == "wire.file"
    assert problem_of(tmp_path, {}).code == "wire.file"


def test_without_space_nothing_is_left_behind(tmp_path, monkeypatch):
    def full(source, target):
        if target.name == "b":
            raise OSError(28, "No space left on device")
        source.rename(target)

    monkeypatch.setattr(parcel.os, "replace", full)
    with pytest.raises(Problem, match="No space left") as caught:
        parcel.write(tmp_path, {}, {"a": np.zeros(3), "b": np.zeros(3), "c": np.zeros(3)})
    assert caught.value.code == "worker.disk" and not list(tmp_path.iterdir())


def test_a_result_travels_unchanged(tmp_path, sample_result):
    document, packed = packing.pack(sample_result)
    back = packing.unpack(*parcel.complete(parcel.read(tmp_path, parcel.write(tmp_path, document, packed))))
    assert back.score == sample_result.score and back.report == sample_result.report
    assert back.curves.channels == sample_result.curves.channels and back.face.closures == sample_result.face.closures
    assert back.body.skeleton.names == sample_result.body.skeleton.names
    assert back.body.skeleton.tips == sample_result.body.skeleton.tips
    for part, names in (("body", ("rotations", "root", "contacts")), ("face", ("weights", "angles")),
                        ("curves", ("starts", "keys", "left", "right", "interpolation"))):
        for name in names:
            sent, found = (getattr(getattr(whole, part), name) for whole in (sample_result, back))
            assert sent.dtype == found.dtype and np.array_equal(sent, found), name


def places(tree, path=()):
    """Every place in a document."""
    yield path
    inside = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list | tuple) else ()
    for key, value in inside:
        yield from places(value, (*path, key))


def with_other(tree, path, value):
    """A document with another value in one place."""
    if not path:
        return value
    copy = dict(tree) if isinstance(tree, dict) else list(tree)
    copy[path[0]] = with_other(tree[path[0]], path[1:], value)
    return copy


@given(st.data())
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_wrong_with_a_result_only_a_problem_comes_of_it(players, request_of_all, tmp_path_factory, data):
    """One value of the document, or one array, is anything at all."""
    document, packed = packing.pack(players.sample_result(request_of_all))
    if data.draw(st.booleans()):
        place = data.draw(st.sampled_from(sorted(places(document), key=str)))
        finite = st.floats(allow_nan=False, allow_infinity=False)
        odd = st.none() | st.booleans() | st.integers() | finite | st.text(max_size=3) | st.lists(
            st.integers(), max_size=2) | st.dictionaries(st.text(max_size=2), st.integers(), max_size=1)
        document = with_other(document, place, data.draw(odd))
        assume(isinstance(document, dict))
    else:
        name = data.draw(st.sampled_from(sorted(packed)))
        packed[name] = data.draw(arrays)
    folder = tmp_path_factory.mktemp("odd")
    files = parcel.write(folder, document, packed)
    try:
        result = parcel.complete(soundness.receive(request_of_all, folder, files))
        assert isinstance(result, Result)
    except Problem as problem:
        assert problem.code == "result.unsound"


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_a_number_that_is_not_finite_is_not_even_written(number, tmp_path):
    with pytest.raises(Problem, match="not finite"):
        parcel.write(tmp_path, {"fps": number}, {})
    assert not list(tmp_path.iterdir())


def test_what_is_no_result_is_refused(sample_result):
    document, packed = packing.pack(sample_result)
    for wrong in ({}, document | {"score": None}, document | {"body": {"fps": 30}}, document | {"report": 3},
                  document | {"curves": {"channels": [["one"]]}}):
        with pytest.raises(Problem, match="cannot be read"):
            packing.unpack(wrong, packed)
    short = {name: array for name, array in packed.items() if name != "body.root"}
    with pytest.raises(Problem, match="cannot be read"):
        packing.unpack(document, short)
