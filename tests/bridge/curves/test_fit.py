"""The fit keeps its tolerance at every source frame, with few keys."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.body import rotations as rot
from bridge.curve_fitting import LONGEST
from bridge.curves import BEZIER, KINDS, LINEAR, Track, evaluate, fit
from bridge.problems import Cancelled
from bridge.watch import Watch


def smooth(seed, frames, channels, period=12.0):
    """Band-limited noise with flat stretches and sudden starts, as gestures have."""
    rng = np.random.default_rng(seed)
    kernel = np.hanning(int(2 * period) + 1)
    noise = rng.standard_normal((frames + len(kernel) - 1, channels))
    values = np.stack([np.convolve(noise[:, c], kernel / np.sqrt((kernel ** 2).sum()), "valid")
                       for c in range(channels)], 1)
    gate = np.repeat(rng.random(frames // 40 + 1) < 0.7, 40)[:frames, None]
    return values * gate


def track(kind, values, tolerance, name="bone"):
    owner_type = "KEY" if kind == "weight" else "OBJECT"
    return Track("Rig", owner_type, f'pose.bones["{name}"].{kind}', kind, values, tolerance, name)


def of_kind(kind, seed=0, frames=200, size=0.5):
    if kind in ("quaternion", "axis_angle"):
        q = rot.from_rotation_vector(size * smooth(seed, frames, 3))
        return rot.continuous(q) if kind == "quaternion" else rot.to_axis_angle(rot.continuous(q))
    return size * smooth(seed, frames, {"euler": 3, "location": 3}.get(kind, 1))


def fitted(curves, frames, which=0):
    """Values (N, n) of one track's channels."""
    paths = list(dict.fromkeys(c.data_path for c in curves.channels))
    values = evaluate(curves, frames)
    return np.stack([v for c, v in values.items() if c.data_path == paths[which]], 1)


def true_error(kind, values, source, order="XYZ"):
    """Greatest error in the units of a tolerance, worked out without the fit's own measure."""
    if kind == "quaternion":
        return rot.angle_between(rot.normalise(values), source).max()
    if kind == "axis_angle":
        return rot.angle_between(rot.from_axis_angle(values), rot.from_axis_angle(source)).max()
    if kind == "euler":
        return rot.angle_between(rot.from_euler(values, order), rot.from_euler(source, order)).max()
    return np.linalg.norm(values - source, axis=1).max()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("first_frame", [1, -37, 100_000])
def test_tolerance_holds_at_every_frame(kind, first_frame):
    source = of_kind(kind)
    curves = fit([track(kind, source, 0.01)], first_frame)
    values = fitted(curves, first_frame + np.arange(len(source)))
    orders = ("XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX") if kind == "euler" else ("XYZ",)
    for order in orders:
        assert 0 < true_error(kind, values, source, order) <= 0.01


@settings(max_examples=25, deadline=None)
@given(kind=st.sampled_from(KINDS), seed=st.integers(0, 99), frames=st.integers(1, 300),
       tolerance=st.sampled_from([1e-4, 0.003, 0.05, 0.4]), size=st.sampled_from([1e-3, 0.1, 1.0]))
def test_tolerance_holds_for_any_track(kind, seed, frames, tolerance, size):
    source = of_kind(kind, seed, frames, size)
    values = fitted(fit([track(kind, source, tolerance)], 1), np.arange(1, frames + 1))
    assert true_error(kind, values, source) <= tolerance


def test_euler_tolerance_holds_beside_gimbal_lock():
    source = of_kind("euler") + np.array([0, 1.5, 0])
    values = fitted(fit([track("euler", source, 0.01)], 1), np.arange(1, 201))
    assert true_error("euler", values, source, "XYZ") <= 0.01


def test_few_keys():
    source = of_kind("quaternion", frames=900)
    curves = fit([track("quaternion", source, np.radians(0.5))], 1)
    assert len(curves.keys) < 0.2 * source.size
    tighter = fit([track("quaternion", source, np.radians(0.1))], 1)
    assert len(curves.keys) < len(tighter.keys) < 0.45 * source.size


def test_a_cubic_needs_two_keys():
    def cubic(frame):
        t = frame / 90
        return 0.2 + t - 3 * t ** 2 + 2.5 * t ** 3

    curves = fit([track("weight", cubic(np.arange(91.0))[:, None], 1e-4)], 0)
    assert len(curves.keys) == 2
    between = np.linspace(0, 90, 500)
    np.testing.assert_allclose(fitted(curves, between)[:, 0], cubic(between), atol=2e-4)


def test_keys_lie_on_whole_frames_and_are_shared_by_the_channels_of_a_track():
    curves = fit([track("quaternion", of_kind("quaternion"), 0.01), track("weight", of_kind("weight"), 0.01, "jaw")], 7)
    frames = [curves.keys[a:b, 0] for a, b in zip(curves.starts[:-1], curves.starts[1:], strict=True)]
    for other in frames[1:4]:
        np.testing.assert_array_equal(frames[0], other)
    assert all((f == np.round(f)).all() and f[0] == 7 and f[-1] == 206 and (np.diff(f) > 0).all() for f in frames)
    assert max(np.diff(frames[0])) <= LONGEST


def test_keys_pass_through_the_samples():
    source = of_kind("location")
    curves = fit([track("location", source, 0.02)], 0)
    at = curves.keys[:curves.starts[1], 0].astype(int)
    np.testing.assert_allclose(curves.keys[:curves.starts[1], 1], source[at, 0], atol=1e-6)


def test_handles_stand_at_thirds_so_that_time_is_linear():
    curves = fit([track("weight", of_kind("weight"), 0.01)], 1)
    gaps = np.diff(curves.keys[:, 0])
    np.testing.assert_allclose(curves.right[:-1, 0] - curves.keys[:-1, 0], gaps / 3, atol=1e-4)
    np.testing.assert_allclose(curves.keys[1:, 0] - curves.left[1:, 0], gaps / 3, atol=1e-4)
    assert (curves.interpolation == BEZIER).all()


def test_what_stands_still_has_one_key():
    still = np.tile(rot.normalise(np.array([0.5, 0.1, -0.2, 0.3])), (400, 1))
    noise = 0.3 + 0.002 * smooth(0, 400, 1)
    curves = fit([track("quaternion", still, 0.01), track("weight", noise, 0.02, "a"),
                  track("weight", np.zeros((400, 1)), 0.0, "b")], 1)
    assert len(curves.keys) == len(curves.channels) == 6
    np.testing.assert_allclose(curves.keys[:4, 1], still[0], atol=1e-7)
    assert curves.keys[5, 1] == 0


def test_a_channel_that_never_changes_has_one_key_beside_moving_ones():
    angle = np.cumsum(smooth(1, 300, 1), 0) * 0.03
    hinge = rot.from_rotation_vector(angle * [1, 0, 0])
    curves = fit([track("quaternion", hinge, 0.005)], 1)
    counts = np.diff(curves.starts)
    assert counts[0] == counts[1] > 3 and list(counts[2:]) == [1, 1]


def test_a_bone_that_only_breathes_keeps_breathing():
    angle = np.radians(0.4) * np.sin(np.arange(300) / 20)[:, None]
    source = rot.from_rotation_vector(angle * [1, 0, 0])
    values = fitted(fit([track("quaternion", source, np.radians(0.5))], 1), np.arange(1, 301))
    found = rot.to_rotation_vector(rot.normalise(values))[:, 0]
    assert np.ptp(found) > 0.7 * np.ptp(angle)
    assert len(fit([track("quaternion", source, np.radians(0.5))], 1).keys) < 0.1 * source.size


def test_slopes_are_mostly_the_same_on_both_sides_of_a_key():
    curves = fit([track("quaternion", of_kind("quaternion", frames=900), np.radians(0.5))], 1)
    inner = slice(1, curves.starts[1] - 1)
    before = (curves.keys - curves.left)[inner]
    after = (curves.right - curves.keys)[inner]
    jump = before[:, 1] / before[:, 0] - after[:, 1] / after[:, 0]
    assert np.sqrt(np.mean(jump ** 2)) < 0.15 * np.std(before[:, 1] / before[:, 0])


def test_tolerance_zero_gives_back_every_sample():
    source = of_kind("weight", frames=60) + 0.01 * np.random.default_rng(0).standard_normal((60, 1))
    curves = fit([track("weight", source, 0.0)], 1)
    np.testing.assert_allclose(fitted(curves, np.arange(1, 61)), source, atol=1e-6)


def test_no_overshoot_between_frames():
    step = np.repeat([0.0, 1.0, 0.0, 1.0], 20)[:, None]
    values = fitted(fit([track("weight", step, 0.01)], 1), np.linspace(1, 80, 3000))
    assert values.min() > -0.15 and values.max() < 1.15


def test_dense_keys_every_frame_linearly():
    source = of_kind("quaternion", frames=50)
    curves = fit([track("quaternion", source, 0.01)], 5, dense=True)
    assert len(curves.keys) == 200 and (curves.interpolation == LINEAR).all()
    np.testing.assert_allclose(fitted(curves, np.arange(5, 55)), source, atol=1e-6)
    np.testing.assert_allclose(fitted(curves, [5.25])[0], 0.75 * source[0] + 0.25 * source[1], atol=1e-6)


def test_the_order_of_tracks_and_their_company_change_nothing():
    tracks = [track("weight", of_kind("weight", 1), 0.01, "a"), track("quaternion", of_kind("quaternion"), 0.01, "b"),
              track("weight", of_kind("weight", 2, 90), 0.03, "c")]
    together = fit(tracks, 1)
    assert [c.group for c in together.channels] == ["a", *"bbbb", "c"]
    alone = fit(tracks[2:], 1)
    np.testing.assert_array_equal(together.keys[together.starts[5]:], alone.keys)


def test_a_change_stays_local():
    source = of_kind("weight", frames=1200)
    changed = source.copy()
    changed[600:640] += np.hanning(40)[:, None]
    keys, other = (fit([track("weight", s, 0.01)], 1).keys for s in (source, changed))
    for part in (slice(None, 300), slice(900, None)):
        inside = [k[(k[:, 0] >= 1 + (part.start or 0)) & (k[:, 0] < (part.stop or 2000))] for k in (keys, other)]
        np.testing.assert_array_equal(*inside)


def test_numbers_that_are_none_are_refused():
    broken = of_kind("weight")
    broken[7] = np.nan
    with pytest.raises(ValueError, match="bone"):
        fit([track("weight", broken, 0.01)], 1)
    with pytest.raises(ValueError, match="kind"):
        fit([track("colour", of_kind("weight"), 0.01)], 1)


def test_nothing_to_fit():
    curves = fit([], 1)
    assert len(curves.channels) == 0 and list(curves.starts) == [0] and evaluate(curves, np.arange(3)) == {}


def test_cancelled():
    watch = Watch()
    watch.cancel()
    with pytest.raises(Cancelled):
        fit([track("weight", of_kind("weight"), 0.01)], 1, watch=watch)


def test_a_minute_of_a_character_in_two_seconds():
    tracks = [track("quaternion", of_kind("quaternion", seed, 1800), np.radians(0.5), str(seed)) for seed in range(60)]
    tracks += [track("weight", of_kind("weight", seed, 1800), 0.01, f"w{seed}") for seed in range(52)]
    fit(tracks[:1], 1)
    began = time.process_time()
    fit(tracks, 1)
    assert time.process_time() - began < 2
