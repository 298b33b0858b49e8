"""Trains the network that turns speech into phones and mouth cues, and writes it with its card.

    python3 build.py train face [--data DIR] [--cache DIR] [--minutes M]

Makes the corpus if it is not there, trains on the CPU with one thread, keeps a checkpoint from which the same
command goes on, chooses the weights on readers it does not train on, exports them to ONNX.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from bridge.speech import features

from . import corpus, examples
from .batches import Pool, draw
from .export import export
from .losses import loss
from .network import PhoneticNetwork
from .scores import Scores, judge

COUNTS = {"synthetic": 10, "train": 11, "facegood": 2, "wordless": 1}  # crops of each pool in a batch
COPIES = {"synthetic": 2, "train": 6}  # worsened copies of each utterance
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
    parser.add_argument("--steps", type=int, default=3000, help="steps of the whole schedule")
    parser.add_argument("--rate", type=float, default=2e-3, help="highest learning rate")
    parser.add_argument("--export-only", action="store_true", help="export the best weights so far")
    arguments = parser.parse_args(argv)
    torch.set_num_threads(1)
    torch.manual_seed(arguments.seed)
    arguments.run.mkdir(parents=True, exist_ok=True)
    if not arguments.export_only:
        corpus.build(arguments.cache / "face", arguments.data, arguments.seed)
        train(arguments)
    export(arguments)
    return 0


def train(arguments: argparse.Namespace) -> None:
    """Goes through the schedule, from the checkpoint if there is one."""
    pools = make_pools(arguments)
    chosen = [examples.example(one) for one in corpus.load(arguments.cache / "face" / "choose")]
    bands = pools["train"].features.shape[1]
    run = Run.begin(bands, arguments.width, arguments.rate)
    checkpoint = arguments.run / "checkpoint.pt"
    if checkpoint.exists():
        run.resume(checkpoint)
        print(f"goes on from step {run.step}", flush=True)
    began = time.monotonic()
    while run.step < arguments.steps:
        value = step(run, pools, arguments)
        if run.step % 50 == 0:
            print(f"step {run.step} loss {value:.3f} {time.monotonic() - began:.0f} s", flush=True)
        if run.step % LOOK_EVERY == 0 or run.step == arguments.steps:
            scores = judge(run.average, chosen)
            print(f"step {run.step} {scores}", flush=True)
            keep(run, scores, arguments.run)
            run.save(checkpoint)


def keep(run: Run, scores: Scores, folder: Path) -> None:
    """Keeps the averaged weights if they are the best yet."""
    if scores.worth > run.best:
        run.best = scores.worth
        torch.save({"network": run.average.state_dict(), "step": run.step}, folder / "best.pt")


def step(run: Run, pools: dict[str, Pool], arguments: argparse.Namespace) -> float:
    """One step on a batch that the seed and the step number determine."""
    for group in run.optimiser.param_groups:
        group["lr"] = arguments.rate * learning_rate(run.step / arguments.steps)
    batch = draw(pools, COUNTS, np.random.default_rng([arguments.seed, run.step]))
    run.network.train()
    value = loss(run.network(batch.features), batch)
    run.optimiser.zero_grad()
    value.backward()
    torch.nn.utils.clip_grad_norm_(run.network.parameters(), 5.0)
    run.optimiser.step()
    run.step += 1
    follow(run.average, run.network, min(AVERAGE, run.step / (run.step + 10)))
    return float(value)


def learning_rate(share: float) -> float:
    """Warm-up over the first 3 % of the schedule, then a half cosine to 2 %."""
    return min(1.0, share / 0.03 + 0.01) * (0.02 + 0.98 * 0.5 * (1 + np.cos(np.pi * share)))


@torch.no_grad()
def follow(average: torch.nn.Module, network: torch.nn.Module, keep: float) -> None:
    """Moves ``average`` towards ``network``; counters are copied."""
    for mean, now in zip(average.state_dict().values(), network.state_dict().values(), strict=True):
        if mean.is_floating_point():
            mean.lerp_(now, 1 - keep)
        else:
            mean.copy_(now)


def make_pools(arguments: argparse.Namespace) -> dict[str, Pool]:
    """The examples of every pool; those with worsened copies are kept in the cache for the features' version."""
    cache = arguments.cache / "face"
    folder = cache / f"examples-{features.PHONES_VERSION}"
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(arguments.seed)
    real = corpus.load(cache / "train")
    noises = examples.noises(real, random)
    pools = {}
    for name, utterances in (("synthetic", corpus.load(cache / "synthetic")), ("train", real)):
        pools[name] = Pool(examples.cached(folder / f"{name}.npz", utterances, COPIES[name], noises, arguments.seed))
        print(f"{name}: {pools[name].minutes:.0f} minutes of examples", flush=True)
    pools["facegood"] = Pool(list(examples.facegood(arguments.data / "face" / "facegood")))
    pools["wordless"] = Pool([examples.example(one) for one in examples.wordless(noises)])
    return pools
