"""Trains the network that turns speech into phones and mouth cues, and writes it with its card.

    python3 build.py train face [--data DIR] [--cache DIR] [--run DIR]

Makes the corpus if it is not there, trains on the CPU with one thread, keeps a checkpoint from which the same
command goes on, chooses the weights on readers it does not train on, exports them to ONNX.
"""

from __future__ import annotations

import argparse
import math
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from bridge.speech import features

from ..corpora.voices import Utterance
from . import corpus, examples, refine
from .batches import Pool, draw
from .examples import Example
from .export import export
from .losses import loss
from .network import PhoneticNetwork
from .scores import Scores, judge

SYNTHETIC_COPIES, COPIES = 2, 6  # worsened copies of each utterance
LOOK_EVERY = 200  # steps between looks at readers
AVERAGE = 0.998  # of the moving average of weights, which is what is judged and kept


@dataclass(frozen=True)
class Course:
    """How a network is trained. crops: of each pool in a batch. looks_at: readers it is looked at with."""

    width: int
    steps: int
    rate: float
    dropout: float
    crops: dict[str, int]
    looks_at: str = "choose"


HALF = Course(96, 800, 2e-3, 0.15, {"synthetic": 8, "train": 13, "facegood": 2, "wordless": 1})
FIRST = Course(128, 2600, 2e-3, 0.1, {"synthetic": 10, "train": 11, "facegood": 2, "wordless": 1})
LAST = Course(128, 1800, 1e-3, 0.15, {"synthetic": 6, "train": 10, "choose": 5, "facegood": 2, "wordless": 1}, "judge")


@dataclass
class Run:
    """The state of a training, all that a checkpoint holds."""

    network: PhoneticNetwork
    average: PhoneticNetwork
    optimiser: torch.optim.Optimizer
    step: int = 0
    best: float = 0.0

    @classmethod
    def begin(cls, bands: int, course: Course) -> Run:
        network, average = (PhoneticNetwork(bands, course.width, course.dropout) for _ in range(2))
        average.load_state_dict(network.state_dict())
        optimiser = torch.optim.AdamW(network.parameters(), lr=course.rate, weight_decay=0.01)
        return cls(network, average.eval(), optimiser)

    def save(self, path: Path) -> None:
        part = path.with_suffix(".part")
        torch.save({"network": self.network.state_dict(), "average": self.average.state_dict(),
                    "optimiser": self.optimiser.state_dict(), "step": self.step, "best": self.best}, part)
        part.replace(path)

    def resume(self, path: Path) -> None:
        state = torch.load(path, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.best = state["step"], state["best"]


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="build.py train face", description=__doc__.split("\n\n")[0])
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[3] / "shared" / "data")
    parser.add_argument("--cache", type=Path, default=Path("build/corpus"))
    parser.add_argument("--run", type=Path, default=Path("runs/face"), help="folder of the checkpoint")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--export-only", action="store_true", help="export the best weights so far")
    arguments = parser.parse_args(argv)
    torch.set_num_threads(1)
    if not arguments.export_only:
        corpus.build(arguments.cache / "face", arguments.data, arguments.seed)
        train(arguments)
    export(arguments, 2 * HALF.steps + FIRST.steps + LAST.steps)
    return 0


def train(arguments: argparse.Namespace) -> None:
    """Four networks: two on half of the readers each, whose labels they check for each other; a first one on the
    readers as they are, from which the second and last goes on with checked labels, other languages, and the
    readers the first was chosen on.
    """
    cache, seed = arguments.cache / "face", arguments.seed
    read = corpus.load(cache / "train")
    noises = examples.noises(read, np.random.default_rng(seed))
    folder = cache / f"examples-{features.PHONES_VERSION}"
    folder.mkdir(parents=True, exist_ok=True)

    def pool(name: str, utterances: list[Utterance], copies: int = COPIES) -> Pool:
        return Pool(examples.cached(folder / f"{name}.npz", utterances, copies, noises, seed))

    common = {"synthetic": pool("synthetic", corpus.load(cache / "synthetic"), SYNTHETIC_COPIES),
              "facegood": Pool(list(examples.facegood(arguments.data / "face" / "facegood"))),
              "wordless": Pool([examples.example(one) for one in examples.wordless(noises)])}
    parts = {part: [examples.example(one) for one in corpus.load(cache / part)] for part in ("choose", "judge")}

    def learn(name: str, course: Course, real: dict[str, Pool], begin: Path | None = None) -> PhoneticNetwork:
        return schedule({**common, **real}, parts[course.looks_at], course, seed, arguments.run / name, begin)

    refine.build(cache, arguments.data / "speech", read + corpus.load(cache / "talk"),
                 lambda half, utterances: learn(f"half{half}", HALF, {"train": pool(f"half{half}", utterances)}))
    learn("first", FIRST, {"train": pool("train", read)})
    learn("last", LAST, {"train": pool("all", corpus.load(cache / "cleaned") + corpus.load(cache / "abroad")),
                         "choose": pool("choose", corpus.load(cache / "choose"))},
          arguments.run / "first" / "best.pt")


def schedule(pools: dict[str, Pool], looks: list[Example], course: Course, seed: int, folder: Path,
             begin: Path | None = None) -> PhoneticNetwork:
    """Goes through a course, from the checkpoint in ``folder`` if there is one; the network it keeps.

    begin: weights to start from. A course that looks at readers nobody trains on keeps its best network on them;
    one that looks at ``judge`` keeps its last, so that its figures are not chosen.
    """
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    run = Run.begin(pools["train"].features.shape[1], course)
    checkpoint = folder / "checkpoint.pt"
    if checkpoint.exists():
        run.resume(checkpoint)
        print(f"{folder}: goes on from step {run.step}", flush=True)
    elif begin is not None:
        for network in (run.network, run.average):
            network.load_state_dict(torch.load(begin, weights_only=True)["network"])
    began = time.monotonic()
    while run.step < course.steps:
        value = step(run, pools, course, seed)
        if run.step % LOOK_EVERY == 0 or run.step == course.steps:
            scores = judge(run.average, looks)
            print(f"{folder.name} step {run.step}, {time.monotonic() - began:.0f} s, loss {value:.3f}, {scores}",
                  flush=True)
            keep(run, scores, course, folder)
            run.save(checkpoint)
    network = PhoneticNetwork(pools["train"].features.shape[1], course.width)
    network.load_state_dict(torch.load(folder / "best.pt", weights_only=True)["network"])
    return network.eval()


def keep(run: Run, scores: Scores, course: Course, folder: Path) -> None:
    """Keeps the averaged weights if they are the best yet, or the newest where the course may not choose."""
    worth = float(scores.worth)
    if course.looks_at == "judge" or worth > run.best:
        run.best = max(run.best, worth)
        torch.save({"network": run.average.state_dict(), "step": run.step}, folder / "best.pt")


def step(run: Run, pools: dict[str, Pool], course: Course, seed: int) -> float:
    """One step on a batch that the seed and the step number determine."""
    for group in run.optimiser.param_groups:
        group["lr"] = course.rate * learning_rate(run.step / course.steps)
    batch = draw(pools, course.crops, np.random.default_rng([seed, run.step]))
    run.network.train()
    value = loss(run.network(batch.features), batch)
    run.optimiser.zero_grad()
    value.backward()
    torch.nn.utils.clip_grad_norm_(run.network.parameters(), 5.0)
    run.optimiser.step()
    run.step += 1
    follow(run.average, run.network, min(AVERAGE, run.step / (run.step + 10)))
    return float(value.detach())


def learning_rate(share: float) -> float:
    """Warm-up over the first 3 % of the schedule, then a half cosine to 2 %."""
    return min(1.0, share / 0.03 + 0.01) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * share)))


@torch.no_grad()
def follow(average: torch.nn.Module, network: torch.nn.Module, keep: float) -> None:
    """Moves ``average`` towards ``network``; counters are copied."""
    for mean, now in zip(average.state_dict().values(), network.state_dict().values(), strict=True):
        if mean.is_floating_point():
            mean.lerp_(now, 1 - keep)
        else:
            mean.copy_(now)
