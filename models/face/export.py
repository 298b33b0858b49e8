"""Best weights of a training, as ONNX with a card."""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
from pathlib import Path

import numpy as np
import onnxruntime
import torch

from bridge.face.listener import CUES
from bridge.face.phones import PHONES, VISEMES
from bridge.speech import features

from . import corpus, examples
from .network import PhoneticNetwork, Posteriors
from .scores import Scores, judge

WEIGHTS = Path(__file__).parents[2] / "bridge" / "weights"
OPSET = 18
DATA = (
    ("Synthetic speech of flite (kal, kal16, awb, rms, slt)", "CMU flite licence (BSD-like)",
     "http://cmuflite.org, Debian package flite"),
    ("Synthetic speech of festival (cmu_us_slt_arctic_hts, kal_diphone, ked_diphone)", "EST (BSD-like)",
     "Debian packages festvox-us-slt-hts, festvox-kallpc16k, festvox-kdlpc16k"),
    ("Synthetic speech of espeak-ng", "GPL-3.0-or-later (engine)", "Debian package espeak-ng"),
    ("LibriSpeech, 66 readers of train-clean-100, one utterance each, and three chapters of test-other", "CC BY 4.0",
     "Panayotov, Chen, Povey, Khudanpur 2015; openslr.org/12"),
    ("LJ Speech, 2.9 minutes", "public domain", "keithito.com/LJ-Speech-Dataset"),
    ("LibriVox, sonnets 1 to 3", "public domain", "librivox.org"),
    ("FLEURS, ten sentences each of English, German, French, Spanish and Portuguese", "CC BY 4.0",
     "Conneau et al. 2022"),
    ("Kerstin, nine German sentences", "CC0 1.0", "github.com/rhasspy/dataset-voice-kerstin"),
    ("VCTK, two utterances", "CC BY 4.0", "Yamagishi, Veaux, MacDonald; CSTR Edinburgh"),
    ("AMI meeting corpus, half a minute", "CC BY 4.0", "AMI Consortium"),
    ("Audio2Face-3D example audio, eight English clips", "Apache-2.0", "github.com/NVIDIA/Audio2Face-3D-Samples"),
    ("FACEGOOD Audio2Face, five captured takes", "MIT", "github.com/FACEGOOD/FACEGOOD-Audio2Face"),
)
LIMITS = (
    "Trained mostly on English; ten minutes of German, French, Spanish and Portuguese and synthetic voices of eight "
    "languages besides; sounds English lacks get the nearest mouth shape.",
    "Of the lip closures of unseen readers in ordinary recordings it misses some, and finds others that are none.",
    "Labels of most real training speech come from a recogniser's own hypothesis, not from a transcript.",
    "Captured mouth movement in training is of one Mandarin speaker.",
    "Singing, several voices at once and music over speech are outside its training.",
)


def export(arguments: argparse.Namespace, steps: int) -> None:
    """Writes face.onnx and face.toml, after the exported bytes gave what the network gives. steps: of all courses."""
    best = torch.load(arguments.run / "last" / "best.pt", weights_only=True)
    width, bands, _ = best["network"]["first.0.weight"].shape
    network = PhoneticNetwork(bands, width)
    network.load_state_dict(best["network"])
    network.eval()
    content = to_onnx(network, bands, arguments.run / "face.onnx")
    judged = judge(network, [examples.example(one) for one in corpus.load(arguments.cache / "face" / "judge")])
    print(f"judge: {judged}", flush=True)
    (WEIGHTS / "face.onnx").write_bytes(content)
    (WEIGHTS / "face.toml").write_text(card(content, bands, steps, arguments.seed, judged),
                                       encoding="utf-8")


def to_onnx(network: PhoneticNetwork, bands: int, path: Path) -> bytes:
    """The exported model's bytes; raises RuntimeError where it does not give what the network gives."""
    model = Posteriors(network).eval()
    sample = torch.randn(1, 300, bands)
    names = ["phones", "visemes", "cues"]
    torch.onnx.export(model, (sample,), str(path), input_names=["features"], output_names=names, dynamo=False,
                      dynamic_axes={name: {1: "frames"} for name in ("features", *names)}, opset_version=OPSET)
    session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    other = torch.randn(1, 457, bands)
    with torch.no_grad():
        expected = model(other)
    for name, mine, theirs in zip(names, expected, session.run(None, {"features": other.numpy()}), strict=True):
        if not np.allclose(mine.numpy(), theirs, atol=1e-4):
            raise RuntimeError(f"the exported {name} differ by {np.abs(mine.numpy() - theirs).max():.2g}")
    return path.read_bytes()


def card(content: bytes, bands: int, steps: int, seed: int, judged: Scores) -> str:
    """The card as TOML."""
    def quoted(value: object) -> str:
        return json.dumps(value, ensure_ascii=False)

    lines = [f"{key} = {quoted(value)}" for key, value in {
        "name": "face", "task": "face", "version": "1.0.0", "file": "face.onnx",
        "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content), "licence": "GPL-3.0-or-later",
        "command": "python3 build.py train face", "seed": seed, "steps": steps,
        "machine": f"{platform.machine()} CPU, one thread", "limits": list(LIMITS), "fps": 100.0,
        "emotions": ["neutral", "happy", "sad", "angry", "fearful", "surprised", "disgusted", "relaxed"],
        "features": features.PHONES_VERSION}.items()]
    lines += ["", "[inputs]", f"features = {quoted([1, 'frames', bands])}", "", "[outputs]"]
    lines += [f"{name} = {quoted([1, 'frames', size])}" for name, size in
              (("phones", len(PHONES)), ("visemes", len(VISEMES)), ("cues", len(CUES)))]
    lines += ["", "[figures.readers_never_seen]", f"viseme_frames = {judged.strict:.4f}",
              f"viseme_frames_within_30_ms = {judged.relaxed:.4f}",
              f"closure_recall = {judged.closure.recall:.4f}",
              f"closure_precision = {judged.closure.precision:.4f}",
              f"closure_onset_ms = {1000 * float(np.median(judged.closure.offsets)):.1f}",
              f"labiodental_recall = {judged.labiodental.recall:.4f}",
              f"labiodental_precision = {judged.labiodental.precision:.4f}"]
    for name, licence, source in DATA:
        lines += ["", "[[data]]", f"name = {quoted(name)}", f"licence = {quoted(licence)}",
                  f"source = {quoted(source)}"]
    return "\n".join(lines) + "\n"
