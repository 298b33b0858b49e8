"""Model cards: written, read, chosen; weights opened only when they are what their card says."""

import pickle

import numpy as np
import pytest

from bridge import cards, onnx_bytes
from bridge.problems import Problem

onnx = pytest.importorskip("onnx", reason="the package onnx, which makes the small models of this test, is missing")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402


def doubling(external: str = "") -> bytes:
    """A model that doubles its input; ``external`` makes it keep the factor in that file."""
    factor = numpy_helper.from_array(np.full(300, 2.0, np.float32), "factor")
    if external:
        factor.ClearField("raw_data")
        factor.data_location = TensorProto.EXTERNAL
        factor.external_data.add(key="location", value=external)
    graph = helper.make_graph([helper.make_node("Mul", ["x", "factor"], ["y"])], "doubling",
                              [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", 300])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["rows", 300])], [factor])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return model.SerializeToString()


def sealed(folder, name="small", content=None, **known) -> cards.Card:
    path = folder / f"{name}.onnx"
    path.write_bytes(content or doubling())
    return cards.seal(path, **{"name": name, "task": "gesture", "version": "1.0.0", "licence": "CC0-1.0"} | known)


def code_of(call, *args, **named) -> str:
    with pytest.raises(Problem) as caught:
        call(*args, **named)
    assert "?" not in str(caught.value), "a detail of the sentence is missing"
    return caught.value.code


def test_a_card_reads_as_it_was_written(tmp_path):
    card = sealed(tmp_path, data=(cards.Source("corpus", "CC-BY-4.0", "https://example.org"),), steps=7, seed=3,
                  figures={"jerk": 1.5, "table of errors": [1, 2]}, limits=('says "no"\nto\\all',), fps=30.0,
                  emotions=("happy", "sad"), settings={"beta": [0.1, 1e-7], "names": ["a", "ß漢"], "deep": {"k": True}},
                  inputs={"x": ["rows", 300]}, outputs={"y": ["rows", 300]})
    assert cards.read(tmp_path / "small.toml") == card
    assert card.settings["deep"] == {"k": True} and card.limits == ('says "no"\nto\\all',)
    assert card.bytes == len(doubling()) and card.folder == tmp_path


def test_a_session_computes_and_tells_its_provider(tmp_path):
    card = sealed(tmp_path, inputs={"x": ["rows", 300]}, outputs={"y": ["rows", 300]})
    session = cards.open_session(card)
    assert np.all(session.run(None, {"x": np.ones((2, 300), np.float32)})[0] == 2.0)
    assert cards.open_session(card) is session
    assert cards.providers_in_use()["small.onnx"] == "CPUExecutionProvider"


def test_auto_takes_the_newest_and_names_are_found(tmp_path):
    sealed(tmp_path, "old", version="1.9.0")
    sealed(tmp_path, "new", version="1.10.0")
    sealed(tmp_path, "mouth", task="face")
    assert cards.find("gesture", folder=tmp_path).name == "new"
    assert cards.find("gesture", "old", folder=tmp_path).version == "1.9.0"
    assert [card.name for card in cards.all_cards(tmp_path)] == ["mouth", "new", "old"]
    assert code_of(cards.find, "gesture", "none", folder=tmp_path) == "model.unknown"
    assert code_of(cards.find, "dance", folder=tmp_path) == "model.none"


@pytest.mark.parametrize(("text", "why"), [
    ("name = ", "Invalid"), ('name = "x"', "missing"), ('colour = "red"', "unknown entries colour"),
    ('name="x"\ntask="face"\nversion="1"\nfile="../x.onnx"\nsha256=""\nbytes=1\nlicence=""', "not beside it"),
    ('name="x"\ntask="face"\nversion="new"\nfile="x.onnx"\nsha256=""\nbytes=1\nlicence=""', "invalid literal"),
])
def test_a_card_that_is_none_says_why(tmp_path, text, why):
    (tmp_path / "x.toml").write_text(text, encoding="utf-8")
    with pytest.raises(Problem, match=why) as caught:
        cards.all_cards(tmp_path)
    assert caught.value.code == "model.card" and "x.toml" in str(caught.value)


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was opened",))


def test_weights_that_are_not_the_card_s_are_never_opened(tmp_path):
    card = sealed(tmp_path)
    right = card.path.read_bytes()
    flipped = bytearray(right)
    flipped[len(flipped) // 2] ^= 1
    for content, code in ((bytes(flipped), "model.changed"), (right[:-1], "model.changed"),
                          (right + b"\0", "model.changed"), (b"", "model.kind"),
                          (onnx_bytes.POINTER + b"v1\noid sha256:00\nsize 9\n", "model.kind"),
                          (pickle.dumps(Bomb()), "model.kind"), (b"PK\3\4" + bytes(40), "model.kind")):
        card.path.write_bytes(content)
        assert code_of(cards.open_session, card) == code
    card.path.unlink()
    assert code_of(cards.open_session, card) == "model.missing"


def test_a_wrong_hash_tells_both_beginnings(tmp_path):
    card = sealed(tmp_path)
    flipped = bytearray(card.path.read_bytes())
    flipped[-1] ^= 0x80
    card.path.write_bytes(flipped)
    with pytest.raises(Problem) as caught:
        cards.verify(card)
    assert caught.value.details["expected"] == card.sha256[:12] != caught.value.details["found"]


def test_a_model_with_data_outside_is_refused_even_with_a_right_hash(tmp_path):
    (tmp_path / "secret").write_bytes(np.full(300, 2.0, np.float32).tobytes())
    for location in ("secret", "../secret", str(tmp_path / "secret")):
        with pytest.raises(onnx_bytes.NotOnnx, match="other files"):
            onnx_bytes.check(doubling(location))


def test_data_outside_is_seen_in_branches_functions_and_attributes():
    plain = onnx.load_from_string(doubling())
    outside = onnx.load_from_string(doubling("secret")).graph.initializer[0]
    inner = helper.make_graph([], "inner", [], [], [outside])
    constant = helper.make_node("Constant", [], ["c"], value=outside)
    branch = helper.make_node("If", ["x"], ["z"], then_branch=inner, else_branch=inner)
    for node in (constant, branch):
        model = onnx.ModelProto()
        model.CopyFrom(plain)
        model.graph.node.append(node)
        with pytest.raises(onnx_bytes.NotOnnx, match="other files"):
            onnx_bytes.check(model.SerializeToString())
        function = onnx.ModelProto()
        function.CopyFrom(plain)
        function.functions.append(helper.make_function("d", "f", [], ["c"], [node], []))
        with pytest.raises(onnx_bytes.NotOnnx, match="other files"):
            onnx_bytes.check(function.SerializeToString())


def test_a_card_that_names_other_inputs_is_refused(tmp_path):
    card = sealed(tmp_path, inputs={"audio": ["rows", 300]})
    assert code_of(cards.open_session, card) == "model.broken"


def test_every_model_that_ships_is_intact():
    shipped = cards.all_cards()
    for card in shipped:
        cards.verify(card)
        assert card.licence and card.data, f"{card.name} must name its licence and its data"
