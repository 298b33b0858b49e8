"""What the denoiser is trained for: clean channels, their speed, and where joints are in metres."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from bridge.body.pose_channels import LEVERS, PoseBasis, part_slices
from bridge.body.skeleton import CANONICAL

PART_WEIGHTS = {"root": 1.0, "trunk": 1.0, "left arm": 1.3, "right arm": 1.3, "left fingers": .5,
                "right fingers": .5, "legs": .5}
PLACED = ("head", "leftLowerArm", "leftHand", "leftMiddleDistal", "rightLowerArm", "rightHand",
          "rightMiddleDistal", "leftFoot", "rightFoot")
UNIT = .05  # metres that make 1 in the position terms


def channel_weights() -> Tensor:
    """(106,)"""
    return torch.cat([torch.full((place.stop - place.start,), PART_WEIGHTS[name])
                      for name, place in part_slices().items()])


def channels(found: Tensor, wanted: Tensor, weights: Tensor) -> Tensor:
    """Huber distance of channels (B, N, 106)."""
    return (functional.huber_loss(found, wanted, reduction="none") * weights).mean()


def speeds(found: Tensor, wanted: Tensor, weights: Tensor, spread: Tensor) -> Tensor:
    """The same of their change from frame to frame, in units of its usual size ``spread`` (106,)."""
    return channels(found.diff(dim=1) / spread, wanted.diff(dim=1) / spread, weights)


class Placing(torch.nn.Module):
    """Positions of ``PLACED`` joints from pose channels, differentiable."""

    def __init__(self, basis: PoseBasis) -> None:
        super().__init__()
        matrix = (basis.basis / LEVERS[:, None]) * basis.scale
        self.register_buffer("matrix", torch.tensor(matrix.T, dtype=torch.float32))
        self.register_buffer("mean", torch.tensor(basis.mean / LEVERS, dtype=torch.float32))
        self.register_buffer("offsets", torch.tensor(CANONICAL.offsets, dtype=torch.float32))
        self.chain = sorted({joint for name in PLACED for joint in _chain(name)})

    def forward(self, poses: Tensor) -> Tensor:
        """(..., n, 3) metres, of channels (..., 106)."""
        vectors = poses @ self.matrix + self.mean
        turns: dict[int, Tensor] = {}
        places: dict[int, Tensor] = {}
        for joint in self.chain:
            local = _matrix(vectors[..., 6 * joint:6 * joint + 6])
            parent = int(CANONICAL.parents[joint])
            if parent < 0:
                turns[joint], places[joint] = local, vectors[..., -3:]
                continue
            turns[joint] = turns[parent] @ local
            places[joint] = places[parent] + turns[parent] @ self.offsets[joint]
        return torch.stack([places[CANONICAL.index[name]] for name in PLACED], -2)


def positions(placing: Placing, found: Tensor, wanted: Tensor, signal: Tensor) -> Tensor:
    """Distance of joints and of their steps, in units of 5 cm, weighted by the share of signal (B,)."""
    there, here = placing(found) / UNIT, placing(wanted) / UNIT
    place = (there - here).abs().mean((-1, -2, -3))
    step = (there.diff(dim=1) - here.diff(dim=1)).abs().mean((-1, -2, -3))
    return ((place + 2 * step) * signal).mean()


def _chain(name: str) -> list[int]:
    joint, found = CANONICAL.index[name], []
    while joint >= 0:
        found.append(joint)
        joint = int(CANONICAL.parents[joint])
    return found


def _matrix(six: Tensor) -> Tensor:
    x = functional.normalize(six[..., :3], dim=-1)
    y = functional.normalize(six[..., 3:] - (x * six[..., 3:]).sum(-1, keepdim=True) * x, dim=-1)
    return torch.stack((x, y, torch.linalg.cross(x, y)), -1)
