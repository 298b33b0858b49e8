"""Model cards: what weights there are, whether they are what they claim, and sessions opened from them.

Beside each ``NAME.onnx`` in ``weights/`` lies ``NAME.toml``, its card. Weights are read whole, compared with
the card's size and SHA-256, looked at for references to other files, and opened from those very bytes:
opening by path would let a model read data outside its folder. Standard library only until a session is opened.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from . import onnx_bytes
from .problems import Problem
from .providers import available, session_options

WEIGHTS = Path(__file__).parent / "weights"
_sessions: dict[tuple, Any] = {}


@dataclass(frozen=True)
class Source:
    """A body of data a model was trained on."""

    name: str
    licence: str
    source: str = ""


@dataclass(frozen=True)
class Card:
    """What is known of a model.

    task: what it is for, "gesture" or "face". file: name of the weights beside the card; bytes, sha256: of that
    file. data: what it was trained on. command, seed, steps, machine: how; with ``data`` they make it again.
    figures: results on the measures. limits: what it cannot do, in sentences. fps: rate of its output.
    emotions: those it was trained with. features: version of the audio features it expects; another is
    refused. skeleton: name of the skeleton it speaks. inputs, outputs: names with shapes, a name for each
    axis that is free. settings: constants that belong to the weights (schedules, sizes, channel names).
    folder: where the card was found.
    """

    name: str
    task: str
    version: str
    file: str
    sha256: str
    bytes: int
    licence: str
    data: tuple[Source, ...] = ()
    command: str = ""
    seed: int = 0
    steps: int = 0
    machine: str = ""
    figures: dict = field(default_factory=dict)
    limits: tuple[str, ...] = ()
    fps: float = 0.0
    emotions: tuple[str, ...] = ()
    features: str = ""
    skeleton: str = ""
    inputs: dict[str, list] = field(default_factory=dict)
    outputs: dict[str, list] = field(default_factory=dict)
    settings: dict = field(default_factory=dict)
    folder: Path = field(default=WEIGHTS, compare=False)

    @property
    def path(self) -> Path:
        return self.folder / self.file


def all_cards(folder: Path = WEIGHTS) -> list[Card]:
    """Every card of ``folder``, by task, newest version first. Raises ``Problem`` where one cannot be read."""
    cards = [read(path) for path in sorted(Path(folder).glob("*.toml"))]
    newest_first = sorted(cards, key=lambda card: (_version(card.version), card.name), reverse=True)
    return sorted(newest_first, key=lambda card: card.task)


def find(task: str, name: str = "auto", folder: Path = WEIGHTS) -> Card:
    """The model ``name`` for a task, or its newest for "auto". Raises ``Problem`` where there is none."""
    cards = [card for card in all_cards(folder) if card.task == task]
    if not cards:
        raise Problem("model.none", task=task, folder=folder)
    found = cards[0] if name == "auto" else next((card for card in cards if card.name == name), None)
    if found is None:
        raise Problem("model.unknown", name=name, task=task, known=", ".join(card.name for card in cards))
    return found


def read(path: Path) -> Card:
    """The card in a TOML file. Raises ``Problem`` where it is none."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        known = {entry.name for entry in fields(Card)} - {"folder"}
        unknown = set(content) - known
        if unknown:
            raise ValueError(f"it has unknown entries {', '.join(sorted(unknown))}")
        card = Card(**{**content, "data": tuple(Source(**row) for row in content.get("data", ())),
                       "limits": tuple(content.get("limits", ())), "emotions": tuple(content.get("emotions", ())),
                       "folder": path.parent})
        if Path(card.file).name != card.file:
            raise ValueError(f"its weights {card.file} are not beside it")
        _version(card.version)
        return card
    except (OSError, ValueError, TypeError) as error:
        raise Problem("model.card", path=path, why=error) from error


def verify(card: Card) -> bytes:
    """The bytes of a model's weights, proven to be those of its card. Raises ``Problem`` where they are not."""
    try:
        with card.path.open("rb") as file:
            content = file.read(max(card.bytes, 1024) + 1)
            size = file.seek(0, 2)
    except OSError as error:
        raise Problem("model.missing", path=card.path, why=error.strerror or error) from error
    kind = onnx_bytes.other_kind(content)
    if kind:
        raise Problem("model.kind", path=card.path, kind=kind)
    if size != card.bytes:
        raise Problem("model.changed", path=card.path, expected=f"{card.bytes} bytes", found=f"{size} bytes")
    digest = hashlib.sha256(content).hexdigest()
    if digest != card.sha256:
        raise Problem("model.changed", path=card.path, expected=card.sha256[:12], found=digest[:12])
    try:
        onnx_bytes.check(content)
    except onnx_bytes.NotOnnx as error:
        raise Problem("model.kind", path=card.path, kind=error) from error
    return content


def open_session(card: Card, threads: int | None = None, providers: list[str] | None = None) -> Any:
    """An onnxruntime session of verified bytes, kept for the next job.

    threads: None for as many as leave Blender usable. providers: None for the best of the machine.
    Raises ``Problem`` where the weights are not those of the card or do not open.
    """
    key = (card.path, card.sha256, threads, tuple(providers or ()))
    if key not in _sessions:
        _sessions[key] = _open(card, verify(card), threads, providers)
    return _sessions[key]


def providers_in_use() -> dict[str, str]:
    """The provider that really runs each opened model, by the file name of its weights."""
    return {key[0].name: session.get_providers()[0] for key, session in _sessions.items()}


def seal(path: Path, **known: Any) -> Card:
    """Writes the card of the weights at ``path`` beside them and returns it.

    File name, size and hash are taken from the file; ``known`` is all else that ``Card`` holds.
    """
    path = Path(path)
    content = path.read_bytes()
    onnx_bytes.check(content)
    card = Card(file=path.name, sha256=hashlib.sha256(content).hexdigest(), bytes=len(content),
                folder=path.parent, **known)
    path.with_suffix(".toml").write_text(to_toml(card), encoding="utf-8")
    return read(path.with_suffix(".toml"))


def to_toml(card: Card) -> str:
    """A card as the text of its file: plain entries first, tables after them."""
    content = {name: value for name, value in asdict(card).items()
               if name != "folder" and value not in ("", (), {})}
    tables = {name: content.pop(name) for name in ("figures", "inputs", "outputs", "settings") if name in content}
    sources = content.pop("data", ())
    lines = [f"{name} = {_toml(value)}" for name, value in content.items()]
    for source in sources:
        lines += ["", "[[data]]", *(f"{name} = {_toml(value)}" for name, value in source.items())]
    for name, table in tables.items():
        lines += ["", f"[{name}]", *(f"{_key(key)} = {_toml(value)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"


def _open(card: Card, content: bytes, threads: int | None, wanted: list[str] | None) -> Any:
    import onnxruntime

    try:
        session = onnxruntime.InferenceSession(content, session_options(threads),
                                               providers=wanted or available())
    except Exception as error:  # onnxruntime's own errors share no base but Exception
        raise Problem("model.broken", path=card.path, why=str(error).splitlines()[0]) from error
    for kind, expected, found in (("inputs", card.inputs, session.get_inputs()),
                                  ("outputs", card.outputs, session.get_outputs())):
        names = {node.name for node in found}
        if expected and names != set(expected):
            raise Problem("model.broken", path=card.path,
                          why=f"its {kind} are {', '.join(sorted(names))}, its card says {', '.join(expected)}")
    return session


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


def _key(name: str) -> str:
    return name if name.replace("_", "").replace("-", "").isalnum() and name.isascii() else json.dumps(name)


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(str(key))} = {_toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    if isinstance(value, bool | str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, int | float):
        return repr(value)
    raise TypeError(f"a card cannot hold {type(value).__name__}")
