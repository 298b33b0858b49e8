"""Crops of examples, many at once, for training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .examples import Example

CROP = 240  # frames


@dataclass(frozen=True)
class Batch:
    """features (B, T, bands); phones (B, T) int64, -1 = no target; cues (B, T, 6), NaN = no target."""

    features: Tensor
    phones: Tensor
    cues: Tensor


class Pool:
    """Examples of one kind laid end to end, from which crops are drawn by time."""

    def __init__(self, examples: list[Example]) -> None:
        self.features = np.concatenate([one.features for one in examples])
        self.phones = np.concatenate([np.where(one.certain, one.phones, -1) for one in examples]).astype(np.int8)
        self.cues = np.concatenate([one.cues for one in examples])

    def crops(self, count: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        starts = random.integers(0, len(self.features) - CROP, count)
        rows = starts[:, None] + np.arange(CROP)
        return self.features[rows].astype(np.float32), self.phones[rows], self.cues[rows].astype(np.float32)


def draw(pools: dict[str, Pool], counts: dict[str, int], random: np.random.Generator) -> Batch:
    """``counts[name]`` crops of every pool, with bands warped, masked and tilted."""
    parts = [pools[name].crops(count, random) for name, count in counts.items()]
    crops, phones, cues = (np.concatenate(column) for column in zip(*parts, strict=True))
    crops = _masked(_warped(crops, random), random)
    return Batch(torch.from_numpy(crops), torch.from_numpy(phones.astype(np.int64)), torch.from_numpy(cues))


def _warped(crops: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Bands stretched by up to 8 % and shifted by up to one: a longer or shorter vocal tract."""
    bands = crops.shape[2]
    place = np.arange(bands) * random.uniform(0.92, 1.08, (len(crops), 1)) + random.uniform(-1, 1, (len(crops), 1))
    place = np.clip(place, 0, bands - 1.001)
    low = place.astype(int)
    share = (place - low)[:, None].astype(np.float32)
    index = np.broadcast_to(low[:, None], crops.shape)
    below, above = np.take_along_axis(crops, index, 2), np.take_along_axis(crops, index + 1, 2)
    return below * (1 - share) + above * share


def _masked(crops: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Up to five neighbouring bands and up to eight frames set to their mean, in half of the crops."""
    for crop in crops[random.random(len(crops)) < 0.5]:
        band, frame = random.integers(0, crop.shape[1] - 5), random.integers(0, CROP - 8)
        crop[:, band:band + random.integers(0, 6)] = 0.0
        crop[frame:frame + random.integers(0, 9)] = 0.0
    return crops
