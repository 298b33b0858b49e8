"""How well a network hears real readers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from ..metrics import lips
from .examples import FRAMES, Example
from .network import Posteriors


@dataclass(frozen=True)
class Scores:
    """Viseme frames right, strictly and within 30 ms; closures and labiodentals found and true."""

    strict: float
    relaxed: float
    closure: lips.Matched
    labiodental: lips.Matched

    @property
    def worth(self) -> float:
        """The figure weights are chosen by."""
        return self.strict + 0.5 * self.closure.f1 + 0.25 * self.labiodental.f1

    def __str__(self) -> str:
        closure, labiodental = self.closure, self.labiodental
        return (f"visemes {self.strict:.3f} / {self.relaxed:.3f}, closures {closure.recall:.2f} / "
                f"{closure.precision:.2f}, labiodentals {labiodental.recall:.2f} / {labiodental.precision:.2f}")


@torch.no_grad()
def judge(network: nn.Module, examples: list[Example]) -> Scores:
    """Scores over all examples together; closures by a threshold of 0.5 on the closure cue."""
    posteriors = Posteriors(network).eval()
    frames, events = [], {"closure": ([], []), "labiodental": ([], [])}
    offset = 0.0
    for example in examples:
        _, visemes, cues = (out[0].numpy() for out in posteriors(torch.from_numpy(
            example.features[None].astype(np.float32))))
        reference = lips.visemes_of(example.phones)
        frames.append((visemes.argmax(1), reference))
        for place, name in enumerate(events):
            predicted = lips.events(cues[:, place] > 0.5, FRAMES, 0.02)
            wanted = lips.events(example.cues[:, place] > 0.5, FRAMES)
            for target, found in zip(events[name], (predicted, wanted), strict=True):
                target += [(start + offset, stop + offset) for start, stop in found]
        offset += len(example.phones) / FRAMES + 1.0
    predicted, reference = (np.concatenate(column) for column in zip(*frames, strict=True))
    matched = {name: lips.match(*pair) for name, pair in events.items()}
    return Scores(*lips.viseme_frames(predicted, reference), matched["closure"], matched["labiodental"])
