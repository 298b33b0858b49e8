"""Exports a trained gesture model to ONNX, weights stored in half precision, with its card.

Run: python -m models.gesture.export --run runs/gesture --out bridge/weights/gesture.onnx
"""

from __future__ import annotations

import argparse
import json
import platform
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper

from bridge import cards
from bridge.body import conditions as told
from bridge.body.denoiser import BASIS
from bridge.body.diffusion import GRID
from bridge.body.pose_channels import COMPONENTS, WIDTH
from bridge.messages import EMOTIONS
from bridge.speech.features import GESTURE_CHANNELS
from models.corpora.clips import FPS

from .network import Denoiser, Size

OPSET = 17
HALVED = 4096  # numbers a matrix holds at least to be stored in half precision
TOLERANCE = 2e-2  # of the exported network's output, in deviations
INPUTS = ("x", "observed", "mask", "conditions", "t")
HOP = 90
CARD_FIGURES = ("path ratio", "height slope", "lateness", "rest share", "fast hand p50", "fast hand p95", "jerk mean",
                "jerk at rest", "apex height p50", "head yaw", "ankle p95 mm/s")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="models.gesture.export", description=__doc__)
    parser.add_argument("--run", type=Path, default=Path("runs/gesture"))
    parser.add_argument("--out", type=Path, default=Path("bridge/weights/gesture.onnx"))
    parser.add_argument("--version", default="0.1.0")
    parser.add_argument("--figures", type=Path, nargs="*", default=[], metavar="JSON",
                        help="what models.gesture.evaluate wrote, for the card")
    options = parser.parse_args(argv)
    state = torch.load(options.run / "checkpoint.pt", map_location="cpu", weights_only=True)
    net = Denoiser(Size(**state["size"]), told.width(len(GESTURE_CHANNELS)))
    net.load_state_dict(state["average"])
    net.eval()
    export(net, options.out, {BASIS: state["basis"], "features": state["features"], "conditions": state["conditions"]})
    worst = difference(net, options.out)
    if worst > TOLERANCE:
        raise SystemExit(f"{options.out} differs from the network by {worst:.4f} deviations")
    card = cards.seal(options.out, **_about(state, options.version, _figures(options.figures)))
    print(f"{options.out}: {card.bytes / 1e6:.1f} MB, step {state['step']}, differs by {worst:.5f} at most")
    return 0


def export(net: Denoiser, path: Path, metadata: dict[str, str]) -> None:
    """Writes the network with free batch and time axes; large matrices in half precision, cast when loaded."""
    shapes = example(net, 2, 120)
    axes = {name: {0: "batch"} if name == "t" else {0: "batch", 1: "frames"} for name in (*INPUTS, "x0")}
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(net, shapes, str(path), input_names=list(INPUTS), output_names=["x0"], dynamic_axes=axes,
                          opset_version=OPSET, dynamo=False)
    model = onnx.load(str(path))
    _halve(model)
    for name, value in metadata.items():
        model.metadata_props.add(key=name, value=value)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def difference(net: Denoiser, path: Path) -> float:
    """Greatest difference of the file's output from the network's, over several shapes."""
    session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    worst = 0.0
    for batch, frames in ((1, 120), (4, 120), (2, 90)):
        feeds = example(net, batch, frames)
        with torch.no_grad():
            expected = net(*feeds).numpy()
        found = session.run(None, {name: value.numpy() for name, value in zip(INPUTS, feeds, strict=True)})[0]
        worst = max(worst, float(np.abs(found - expected).max()))
    return worst


def example(net: Denoiser, batch: int, frames: int) -> tuple[torch.Tensor, ...]:
    """Inputs of the network of a shape, random."""
    draw = torch.Generator().manual_seed(batch)
    width = net.entry.in_features // net.size.patch - 2 * WIDTH - len(COMPONENTS)
    x = torch.randn(batch, frames, WIDTH, generator=draw)
    mask = (torch.rand(batch, frames, len(COMPONENTS), generator=draw) < .1).float()
    return (x, .5 * torch.randn(x.shape, generator=draw), mask,
            torch.randn(batch, frames, width, generator=draw), torch.rand(batch, generator=draw))


def _halve(model: onnx.ModelProto) -> None:
    graph = model.graph
    casts = []
    for tensor in list(graph.initializer):
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.ndim != 2 or values.size < HALVED or np.abs(values).max() > 6e4:
            continue
        name = tensor.name
        graph.initializer.remove(tensor)
        graph.initializer.append(numpy_helper.from_array(values.astype(np.float16), f"{name}.half"))
        casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT, name=f"{name}.cast"))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def _figures(files: list[Path]) -> dict[str, dict[str, float]]:
    """Name of a file and of a column -> its figures, those that tell most."""
    return {f"{path.stem} {name}": {figure: round(column[figure], 3) for figure in CARD_FIGURES}
            for path in files for name, column in json.loads(path.read_text()).items() if name != "sliders"}


def _about(state: dict, version: str, figures: dict) -> dict:
    width = told.width(len(GESTURE_CHANNELS))
    frame = ["batch", "frames"]
    return {
        "name": "gesture", "task": "gesture", "version": version, "licence": "GPL-3.0-or-later",
        "data": (
            cards.Source("SmartBody gesture and idle motions", "LGPL-2.1-or-later",
                         "(c) University of Southern California, github.com/worldforge/smartbody"),
            cards.Source("Microsoft Rocketbox and MoveBox motions", "MIT", "github.com/microsoft"),
            cards.Source("LibriSpeech, FLEURS, AMI, VCTK", "CC-BY-4.0", "excerpts, as docs/training.md lists them"),
            cards.Source("LibriVox, Kerstin, Thorsten, Common Voice, J. F. Kennedy, Apollo 11",
                         "public domain and CC0-1.0"),
            cards.Source("Audio2Face-3D example speech, Leopard test speech", "Apache-2.0"),
        ),
        "command": f"python -m models.gesture.train --config {state['config']} --seed {state['seed']} "
                   f"--minutes {state['trained'] / 60:.0f}",
        "seed": state["seed"], "steps": state["step"], "machine": f"{platform.machine()}, CPU",
        "figures": figures,
        "limits": ("The figures are of six voices left out of training; guidance was tuned on the same voices.",
                   "Standing, both feet planted.", "Takes were constructed from single strokes and idles, not "
                   "captured while talking.", "English, German and other European read speech; little spontaneous."),
        "fps": FPS, "emotions": EMOTIONS, "features": state["features"], "skeleton": "canonical",
        "inputs": {"x": [*frame, WIDTH], "observed": [*frame, WIDTH], "mask": [*frame, len(COMPONENTS)],
                   "conditions": [*frame, width], "t": ["batch"]},
        "outputs": {"x0": [*frame, WIDTH]},
        "settings": {"schedule": "cosine", "objective": "x0", "grid": list(GRID), "window": 120, "hop": HOP,
                     "guidance": 2.0, "conditions": state["conditions"], **{f"size_{k}": v for k, v in
                                                                           state["size"].items()}},
    }


if __name__ == "__main__":
    raise SystemExit(main())
