"""Trains the network that turns speech into phones and mouth cues, and writes it with its card.

    python3 build.py train face [--data DIR] [--cache DIR] [--minutes M]

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

COUNTS = {"synthetic": 8, "train": 13, "facegood": 2, "wordless": 1}  # crops of each pool in a batch
COPIES = {"synthetic": 2, "train": 6}  # worsened copies of each utterance
HALF_WIDTH, HALF_STEPS = 96, 800  # of the networks that check each other's labels
LOOK_EVERY = 200  # steps between looks at the readers the weights are chosen on
AVERAGE = 0.998  # of the moving average of weights, which is what is judged and kept


@dataclass
class Run:
    """The state of a training, all that a checkpoint holds."""

    network: PhoneticNetwork
    average: PhoneticNetwork
    optimiser: torch.optim.Optimizer
    step: int = 0
    best: float = 0.0

    @classmethod
    def begin(cls, bands: int, width: int, rate: float) -> Run:
        network, average = PhoneticNetwork(bands, width), PhoneticNetwork(bands, width)
        average.load_state_dict(network.state_dict())
        return cls(network, average.eval(), torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=0.01))

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
    parser.add_argument("--width", type=int, default=128, help="channels inside the network")
    parser.add_argument("--steps", type=int, default=2200, help="steps of the last schedule")
    parser.add_argument("--rate", type=float, default=2e-3, help="highest learning rate")
    parser.add_argument("--export-only", action="store_true", help="export the best weights so far")
    arguments = parser.parse_args(argv)
    torch.set_num_threads(1)
    if not arguments.export_only:
        corpus.build(arguments.cache / "face", arguments.data, arguments.seed)
        train(arguments)
    export(arguments)
    return 0


def train(arguments: argparse.Namespace) -> None:
    """Two networks on half of the readers each, labels cleaned by them, then the network on all that is left."""
    cache, seed = arguments.cache / "face", arguments.seed
    real = corpus.load(cache / "train") + corpus.load(cache / "talk")
    noises = examples.noises(real, np.random.default_rng(seed))
    folder = cache / f"examples-{features.PHONES_VERSION}"
    folder.mkdir(parents=True, exist_ok=True)
    pools = {"synthetic": Pool(examples.cached(folder / "synthetic.npz", corpus.load(cache / "synthetic"),
                                               COPIES["synthetic"], noises, seed)),
             "facegood": Pool(list(examples.facegood(arguments.data / "face" / "facegood"))),
             "wordless": Pool([examples.example(one) for one in examples.wordless(noises)])}
    chosen = [examples.example(one) for one in corpus.load(cache / "choose")]

    def learn(name: str, utterances: list[Utterance], width: int, steps: int, run: Path) -> PhoneticNetwork:
        made = examples.cached(folder / f"{name}.npz", utterances, COPIES["train"], noises, seed)
        return schedule({**pools, "train": Pool(made)}, chosen, arguments, width, steps, run)

    refine.build(cache, arguments.data / "speech", real,
                 lambda half, utterances: learn(f"half{half}", utterances, HALF_WIDTH, HALF_STEPS,
                                                arguments.run / f"half{half}"))
    learn("all", corpus.load(cache / "cleaned") + corpus.load(cache / "abroad"), arguments.width, arguments.steps,
          arguments.run)


def schedule(pools: dict[str, Pool], chosen: list[Example], arguments: argparse.Namespace, width: int, steps: int,
             folder: Path) -> PhoneticNetwork:
    """Goes through all steps, from the checkpoint in ``folder`` if there is one; the best network on ``chosen``."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(arguments.seed)
    run = Run.begin(pools["train"].features.shape[1], width, arguments.rate)
    checkpoint = folder / "checkpoint.pt"
    if checkpoint.exists():
        run.resume(checkpoint)
        print(f"{folder}: goes on from step {run.step}", flush=True)
    print(f"{folder}: {pools['train'].minutes:.0f} minutes of real examples", flush=True)
    began = time.monotonic()
    while run.step < steps:
        value = step(run, pools, arguments.seed, arguments.rate * learning_rate(run.step / steps))
        if run.step % LOOK_EVERY == 0 or run.step == steps:
            scores = judge(run.average, chosen)
            print(f"step {run.step}, {time.monotonic() - began:.0f} s, loss {value:.3f}, {scores}", flush=True)
            keep(run, scores, folder)
            run.save(checkpoint)
    network = PhoneticNetwork(pools["train"].features.shape[1], width)
    network.load_state_dict(torch.load(folder / "best.pt", weights_only=True)["network"])
    return network.eval()


def keep(run: Run, scores: Scores, folder: Path) -> None:
    """Keeps the averaged weights if they are the best yet."""
    if scores.worth > run.best:
        run.best = float(scores.worth)
        torch.save({"network": run.average.state_dict(), "step": run.step}, folder / "best.pt")


def step(run: Run, pools: dict[str, Pool], seed: int, rate: float) -> float:
    """One step on a batch that the seed and the step number determine."""
    for group in run.optimiser.param_groups:
        group["lr"] = rate
    batch = draw(pools, COUNTS, np.random.default_rng([seed, run.step]))
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
