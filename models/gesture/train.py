"""Trains the gesture model on takes built as it goes.

    python3 build.py train gesture [--data DIR] [--out DIR] [--minutes M] [--resume]

Starts again where it stopped with --resume; exports the network with its card in the end (``models.gesture.export``).
"""

from __future__ import annotations

import argparse
import json
import math
import time
import tomllib
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from bridge.body import conditions as told
from bridge.body import score_curves
from bridge.body.diffusion import STEPS, cosine_schedule
from bridge.body.pose_channels import PoseBasis
from bridge.speech.features import GESTURE_CHANNELS, GESTURE_VERSION
from models.corpora import clips, takes

from . import losses
from .corpus import Batch, batches, build, hear
from .export import main as export
from .network import Denoiser, Size

SIZES = Path(__file__).parent / "sizes"
DROPPED = {"audio": .10, "emotion": .15, "energy": .15, "score": .15}
ALL_DROPPED = .05
POSITION_DROPPED = .15  # apex positions alone: a score need not say them
EMA = .999
WARM_UP = 300
LOG_EVERY = 50


def main(argv: list[str] | None = None) -> int:
    options = _options(argv)
    config = tomllib.loads((SIZES / f"{options.config}.toml").read_text())
    torch.manual_seed(options.seed)
    if options.threads:
        torch.set_num_threads(options.threads)
    Training(options, config).run()
    return export(["--run", str(options.out), "--out", str(options.weights)])


class Training:
    def __init__(self, options: argparse.Namespace, config: dict) -> None:
        self.options, self.config = options, config["training"]
        self.out: Path = options.out
        self.out.mkdir(parents=True, exist_ok=True)
        self.device = torch.device(options.device)
        self.heard = hear(options.data, options.cache or self.out / "heard")
        self.stock = takes.Stock(clips.split(clips.read_clips(options.data / "motion"))[0])
        self.size = Size(**config["network"])
        self.net = Denoiser(self.size, told.width(len(GESTURE_CHANNELS))).to(self.device)
        self.average = Denoiser(self.size, told.width(len(GESTURE_CHANNELS))).to(self.device)
        self.average.load_state_dict(self.net.state_dict())
        self.optimiser = torch.optim.AdamW(self.net.parameters(), self.config["learning_rate"], betas=(.9, .99),
                                           weight_decay=.01)
        self.step, self.trained, self.builds = 0, 0.0, 0
        self.basis: PoseBasis | None = None
        if options.resume:
            self._resume()
        self.abar = torch.tensor(cosine_schedule(), dtype=torch.float32, device=self.device)
        self.weights = losses.channel_weights().to(self.device)
        self.groups = told.groups(len(GESTURE_CHANNELS))
        self.places = [self.groups["score"].start + number for number, name in enumerate(score_curves.CHANNELS)
                       if name.endswith(("has_position", "outward", "forward"))]

    def run(self) -> None:
        total = self.options.minutes * 60
        self._refresh()
        placing = losses.Placing(self.basis).to(self.device)
        saved = refreshed = time.monotonic()
        sums: dict[str, float] = {}
        while self.trained < total and (not self.options.steps or self.step < self.options.steps):
            began = time.monotonic()
            if began - refreshed > self.config["refresh_minutes"] * 60:
                self._refresh()
                refreshed = began
            for group in self.optimiser.param_groups:
                group["lr"] = self._rate(self.trained / total)
            for name, value in self._learn(next(self.windows), placing).items():
                sums[name] = sums.get(name, 0) + value / LOG_EVERY
            self.step += 1
            self.trained += time.monotonic() - began
            if self.step % LOG_EVERY == 0:
                print(json.dumps({"step": self.step, "minutes": round(self.trained / 60, 2),
                                  **{name: round(value, 4) for name, value in sums.items()}}), flush=True)
                sums = {}
            if time.monotonic() - saved > self.options.save_minutes * 60:
                self._save()
                saved = time.monotonic()
        self._save()

    def _learn(self, batch: Batch, placing: losses.Placing) -> dict[str, float]:
        x0, observed, mask, given = (torch.from_numpy(array).to(self.device) for array in
                                     (batch.poses, batch.observed, batch.mask, batch.conditions))
        given = self._drop(given.clone())
        t = torch.randint(0, STEPS, (len(x0),), device=self.device)
        signal = self.abar[t]
        noisy = signal.sqrt()[:, None, None] * x0 + (1 - signal).sqrt()[:, None, None] * torch.randn_like(x0)
        found = self.net(noisy, observed, mask, given, t / STEPS)
        parts = {"x0": losses.channels(found, x0, self.weights)}
        loss = parts["x0"]
        begins, full = self.config["velocity_from"], self.config["velocity_until"]
        weight = self.config["velocity_weight"] * min(max((self.step - begins) / (full - begins), 0.0), 1.0)
        if weight:
            parts["speed"] = losses.speeds(found, x0, self.weights, self.spread)
            loss = loss + weight * parts["speed"]
        if self.step % self.config["position_every"] == 0:
            rows = slice(0, self.config["position_rows"])
            parts["position"] = losses.positions(placing, found[rows], x0[rows], signal[rows])
            loss = loss + self.config["position_weight"] * parts["position"]
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        self.optimiser.step()
        decay = min(EMA, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for kept, new in zip(self.average.parameters(), self.net.parameters(), strict=True):
                kept.lerp_(new, 1 - decay)
        return {name: float(value.detach()) for name, value in parts.items()}

    def _drop(self, given: Tensor) -> Tensor:
        """Conditions left out at random, each group by itself, so that the network knows their absence."""
        rows = len(given)
        for name, chance in DROPPED.items():
            left = torch.rand(rows, device=self.device) < chance
            given[left, :, self.groups[name]] = 0
        free = torch.rand(rows, device=self.device) < POSITION_DROPPED
        given[:, :, self.places] *= (~free).float()[:, None, None]
        given[torch.rand(rows, device=self.device) < ALL_DROPPED] = 0
        return given

    def _rate(self, part: float) -> float:
        warm = min((self.step + 1) / WARM_UP, 1.0)
        return self.config["learning_rate"] * warm * (.03 + .97 * .5 * (1 + math.cos(math.pi * min(part, 1.0))))

    def _refresh(self) -> None:
        """A new corpus with new seeds."""
        began = time.monotonic()
        corpus, self.basis = build(self.heard, self.stock, self.config["plans"],
                                   self.options.seed * 1000 + self.builds, self.basis)
        self.builds += 1
        steps = np.diff(corpus.poses[:30_000], axis=0)
        self.spread = torch.tensor(np.maximum(steps.std(0), 1e-3), device=self.device)
        self.windows = batches(corpus, self.config["window"], self.config["batch"], self.options.seed + self.builds)
        print(json.dumps({"corpus": self.builds, "hours": round(corpus.hours, 2),
                          "seconds": round(time.monotonic() - began, 1)}), flush=True)

    def _save(self) -> None:
        state = {"net": self.net.state_dict(), "average": self.average.state_dict(),
                 "optimiser": self.optimiser.state_dict(), "step": self.step, "trained": self.trained,
                 "builds": self.builds, "basis": self.basis.to_text(), "size": asdict(self.size),
                 "config": self.options.config, "seed": self.options.seed, "features": GESTURE_VERSION,
                 "conditions": told.VERSION}
        part = self.out / "checkpoint.pt.part"
        torch.save(state, part)
        part.replace(self.out / "checkpoint.pt")

    def _resume(self) -> None:
        state = torch.load(self.out / "checkpoint.pt", map_location=self.device, weights_only=True)
        self.net.load_state_dict(state["net"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.trained, self.builds = state["step"], state["trained"], state["builds"]
        self.basis = PoseBasis.from_text(state["basis"])


def _options(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="build.py train gesture", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder with motion/ and speech/")
    parser.add_argument("--out", type=Path, default=Path("runs/gesture"), help="checkpoints and log")
    parser.add_argument("--weights", type=Path, default=Path("bridge/weights/gesture.onnx"), help="exported in the end")
    parser.add_argument("--cache", type=Path, help="what was heard in the speech (default: in --out)")
    parser.add_argument("--config", default="xs", choices=sorted(path.stem for path in SIZES.glob("*.toml")))
    parser.add_argument("--minutes", type=float, default=60.0, help="of training, resumed ones counted in")
    parser.add_argument("--steps", type=int, default=0, help="stop after so many")
    parser.add_argument("--save-minutes", type=float, default=3.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--resume", action="store_true")
    return parser.parse_args(argv)


if __name__ == "__main__":
    raise SystemExit(main())
