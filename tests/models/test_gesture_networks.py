"""Shapes, sizes and masks of the networks, and that one batch can be learned."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the training environment is not set up (build.py setup --train)")

from bridge.body.pose_channels import COMPONENTS, WIDTH  # noqa: E402
from models.gesture import export, losses  # noqa: E402
from models.gesture.network import Denoiser, Size  # noqa: E402
from models.gesture.ohg import Ohg, OhgSize, _block_mask  # noqa: E402

SMALL = Size(width=32, layers=3, heads=2, hidden=64, near_layers=1, near=4, dropout=0)


def feeds(frames=40, conditions=11, batch=2):
    draw = torch.Generator().manual_seed(0)
    mask = torch.zeros(batch, frames, len(COMPONENTS))
    return (torch.randn(batch, frames, WIDTH, generator=draw), torch.zeros(batch, frames, WIDTH), mask,
            torch.randn(batch, frames, conditions, generator=draw), torch.full((batch,), .3))


def test_the_network_gives_a_frame_for_a_frame():
    net = Denoiser(SMALL, 11)
    assert net(*feeds()).shape == (2, 40, WIDTH)
    assert sum(p.numel() for p in Denoiser(Size(), 100).parameters()) == pytest.approx(1.4e6, rel=.1)


def test_near_layers_see_only_near_tokens():
    net = Denoiser(Size(width=32, layers=1, heads=2, hidden=64, near_layers=1, near=4, dropout=0), 11).eval()
    torch.nn.init.normal_(net.exit.weight)
    given = list(feeds())
    before = net(*given)
    given[3] = given[3].clone()
    given[3][:, 30:] += 1
    moved = (net(*given) - before).abs().amax((0, 2)) > 1e-5
    assert moved[30:].all() and not moved[:30 - 2 * 4].any()


def test_observed_parts_replace_the_noise():
    net = Denoiser(SMALL, 11).eval()
    x, observed, mask, told, t = feeds()
    mask[:, :, 2] = 1
    other = x.clone()
    other[..., 28:48] += 5
    assert torch.allclose(net(x, observed, mask, told, t), net(other, observed, mask, told, t))


def test_a_batch_can_be_learned():
    torch.manual_seed(0)
    net = Denoiser(SMALL, 11)
    optimiser = torch.optim.AdamW(net.parameters(), 3e-3)
    x, observed, mask, told, t = feeds()
    goal = torch.cumsum(torch.randn(2, 40, WIDTH), 1) * .2
    first = None
    for _ in range(120):
        loss = losses.channels(net(x, observed, mask, told, t), goal, losses.channel_weights())
        first = first or loss.item()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss.item() < .35 * first


def test_the_exported_file_says_the_same(tmp_path: Path):
    pytest.importorskip("onnx")
    net = Denoiser(Size(width=64, layers=2, heads=2, hidden=128), 11).eval()
    torch.nn.init.normal_(net.exit.weight, std=.1)
    export.export(net, tmp_path / "net.onnx", {"note": "kept"})
    assert export.difference(net, tmp_path / "net.onnx") < export.TOLERANCE
    import onnxruntime
    session = onnxruntime.InferenceSession((tmp_path / "net.onnx").read_bytes())
    assert session.get_modelmeta().custom_metadata_map["note"] == "kept"
    assert [node.name for node in session.get_inputs()] == list(export.INPUTS)


def test_joints_are_placed_as_forward_kinematics_places_them():
    from bridge.body import pose_channels, rotations
    from bridge.body.kinematics import globals_of
    from bridge.body.skeleton import CANONICAL
    draw = np.random.default_rng(0)
    q = rotations.from_rotation_vector(.3 * draw.standard_normal((200, len(CANONICAL), 3)))
    basis = pose_channels.learn(pose_channels.pose_vectors(q, draw.standard_normal((200, 3))))
    channels = .5 * draw.standard_normal((5, WIDTH)).astype(np.float32)
    placed = losses.Placing(basis)(torch.from_numpy(channels)).numpy()
    expected = globals_of(*basis.decode(channels))[1][:, [CANONICAL.index[name] for name in losses.PLACED]]
    assert np.abs(placed - expected).max() < 1e-4


def test_the_first_network_has_its_published_size():
    assert sum(p.numel() for p in Ohg().parameters()) == pytest.approx(9.002e6, rel=2e-3)


def test_the_first_network_on_our_skeleton():
    size = OhgSize(pose=336, audio=42, emotions=8, frames=150, seed_frames=10, block=15)
    net = Ohg(size).eval()
    found = net(torch.randn(2, 150, 336), torch.tensor((3, 900)), torch.eye(8)[:2], torch.randn(2, 10, 336),
                torch.randn(2, 150, 42))
    assert found.shape == (2, 150, 336)
    assert sum(p.numel() for p in net.parameters()) == pytest.approx(7.42e6, rel=.02)


def test_blocks_look_back_one_block_and_never_ahead():
    seen = _block_mask(44, 11) == 0
    assert seen.sum(1).tolist() == [i + 1 if i < 22 else i % 11 + 12 for i in range(44)]
    assert not torch.triu(seen, 1).any()
