"""The denoiser: a transformer over pairs of frames that predicts the clean motion.

Pre-norm, one adaptive layer norm shared by all layers (Peebles & Xie 2023) steered by the diffusion step, rotary
positions (Su et al. 2021), the first layers attending only about a second around. Standard operators only.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from bridge.body.diffusion import STEPS
from bridge.body.pose_channels import COMPONENTS, WIDTH

LONGEST = 160  # tokens a window may have


@dataclass(frozen=True)
class Size:
    """width: of a token. patch: frames a token spans. near_layers: first layers, that see ``near`` tokens."""

    width: int = 128
    layers: int = 6
    heads: int = 4
    hidden: int = 512
    patch: int = 2
    near_layers: int = 2
    near: int = 16
    dropout: float = 0.05


class Denoiser(nn.Module):
    """x0 (B, N, 106) from noisy x, what is observed, conditions and the step."""

    def __init__(self, size: Size, conditions: int) -> None:
        super().__init__()
        self.size = size
        width, patch = size.width, size.patch
        self.entry = nn.Linear((2 * WIDTH + len(COMPONENTS) + conditions) * patch, width)
        self.step = nn.Sequential(nn.Linear(128, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU())
        self.steer = nn.Linear(width, 6 * width)
        self.layers = nn.ModuleList(Layer(size) for _ in range(size.layers))
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.exit = nn.Linear(width, WIDTH * patch)
        sizes = torch.tensor(list(COMPONENTS.values()))
        part_of = torch.repeat_interleave(torch.arange(len(sizes)), sizes)
        self.register_buffer("spread", nn.functional.one_hot(part_of, len(sizes)).T.float(), persistent=False)
        self.register_buffer("rates", torch.exp(torch.arange(64) * (-9.2103 / 64)), persistent=False)
        cos, sin = rotary_table(width // size.heads)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        apart = (torch.arange(LONGEST)[:, None] - torch.arange(LONGEST)[None]).abs()
        self.register_buffer("far", (apart > size.near).float() * -1e4, persistent=False)
        nn.init.zeros_(self.steer.weight)
        nn.init.zeros_(self.steer.bias)
        nn.init.normal_(self.exit.weight, std=.01)

    def forward(self, x: Tensor, observed: Tensor, mask: Tensor, conditions: Tensor, t: Tensor) -> Tensor:
        """x: (B, N, 106) noisy. observed: (B, N, 106) base signal. mask: (B, N, 7) parts observed in a frame.
        conditions: (B, N, C). t: (B,) step / 1000. N even."""
        patch = self.size.patch
        seen = mask @ self.spread
        entry = torch.cat((seen * observed + (1 - seen) * x, observed, mask, conditions), -1)
        batch, frames, channels = entry.shape
        h = self.entry(entry.reshape(batch, frames // patch, channels * patch))
        steered = self.steer(self._step(t)).unsqueeze(1)
        tokens = frames // patch
        cos, sin = self.cos[:tokens], self.sin[:tokens]
        far = self.far[:tokens, :tokens]
        for place, layer in enumerate(self.layers):
            h = layer(h, steered, cos, sin, far if place < self.size.near_layers else None)
        return self.exit(self.norm(h)).reshape(batch, frames, WIDTH) + observed

    def _step(self, t: Tensor) -> Tensor:
        angles = t[:, None] * STEPS * self.rates
        return self.step(torch.cat((torch.sin(angles), torch.cos(angles)), -1))


class Layer(nn.Module):
    def __init__(self, size: Size) -> None:
        super().__init__()
        width = size.width
        self.heads = size.heads
        self.dropout = size.dropout
        self.attention_norm = nn.LayerNorm(width, elementwise_affine=False)
        self.entry = nn.Linear(width, 3 * width)
        self.exit = nn.Linear(width, width)
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.up = nn.Linear(width, size.hidden)
        self.down = nn.Linear(size.hidden, width)
        shift = torch.zeros(6 * width)
        shift[2 * width:3 * width] = shift[5 * width:] = .3  # gates open a little from the start
        self.shift = nn.Parameter(shift)

    def forward(self, h: Tensor, steered: Tensor, cos: Tensor, sin: Tensor, far: Tensor | None) -> Tensor:
        scale_a, shift_a, gate_a, scale_m, shift_m, gate_m = (steered + self.shift).chunk(6, -1)
        h = h + gate_a * self._attend(self.attention_norm(h) * (1 + scale_a) + shift_a, cos, sin, far)
        inner = functional.gelu(self.up(self.norm(h) * (1 + scale_m) + shift_m))
        return h + gate_m * functional.dropout(self.down(inner), self.dropout, self.training)

    def _attend(self, h: Tensor, cos: Tensor, sin: Tensor, far: Tensor | None) -> Tensor:
        batch, tokens, width = h.shape
        q, k, v = self.entry(h).reshape(batch, tokens, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        q, k = turned(q, cos, sin), turned(k, cos, sin)
        seen = functional.scaled_dot_product_attention(q, k, v, attn_mask=far)
        return self.exit(seen.transpose(1, 2).reshape(batch, tokens, width))


def rotary_table(width: int) -> tuple[Tensor, Tensor]:
    """cos and sin of the angles of rotary positions, (LONGEST, width) each."""
    rates = 10000 ** (-torch.arange(0, width, 2) / width)
    angles = torch.arange(LONGEST)[:, None] * rates
    angles = torch.cat((angles, angles), -1)
    return angles.cos(), angles.sin()


def turned(h: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Features (B, heads, tokens, width) turned by their positions."""
    first, second = h.chunk(2, -1)
    return h * cos + torch.cat((-second, first), -1) * sin
