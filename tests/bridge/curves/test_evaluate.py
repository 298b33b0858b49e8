"""Evaluation of f-curves as Blender does it."""

import numpy as np
import pytest

from bridge.curves import BEZIER, CONSTANT, LINEAR, Channel, Curves, evaluate

CHANNEL = Channel("Rig", "OBJECT", "location", 0, "")


def one_curve(keys, left=None, right=None, interpolation=BEZIER):
    keys = np.array(keys, np.float32)
    left = np.subtract(keys, (1, 0)) if left is None else left
    right = np.add(keys, (1, 0)) if right is None else right
    return Curves((CHANNEL,), np.array([0, len(keys)], np.int32), keys, np.array(left, np.float32),
                  np.array(right, np.float32), np.broadcast_to(np.uint8(interpolation), (len(keys),)))


def values(curves, frames):
    return evaluate(curves, np.asarray(frames, float))[CHANNEL]


def test_constant_and_linear():
    curves = one_curve([[0, 1], [10, 3], [20, -1]], interpolation=[CONSTANT, LINEAR, BEZIER])
    np.testing.assert_allclose(values(curves, [0, 5, 9.9, 10, 12.5, 20]), [1, 1, 1, 3, 2, -1])


def test_held_before_the_first_and_after_the_last_key():
    np.testing.assert_allclose(values(one_curve([[5, 2], [9, 4]]), [-100, 4.9, 9.1, 1e6]), [2, 2, 4, 4])
    np.testing.assert_allclose(values(one_curve([[5, 2]]), [-1, 5, 30]), [2, 2, 2])


def test_handles_at_thirds_give_a_cubic_of_time():
    right, left = [[4, 5], [0, 0]], [[0, 0], [8, -2]]
    u = np.linspace(0, 1, 50)
    cubic = (1 - u) ** 3 + 3 * u * (1 - u) ** 2 * 5 + 3 * u * u * (1 - u) * -2 + u ** 3 * 2
    np.testing.assert_allclose(values(one_curve([[0, 1], [12, 2]], left, right), 12 * u), cubic, atol=1e-9)


def test_handles_reaching_past_the_other_key_are_shortened():
    long = one_curve([[0, 0], [10, 1]], right=[[40, 4], [0, 0]], left=[[0, 0], [-20, -2]])
    short = one_curve([[0, 0], [10, 1]], right=[[10, 1], [0, 0]], left=[[0, 0], [0, 0]])
    frames = np.linspace(0, 10, 200)
    np.testing.assert_allclose(values(long, frames), values(short, frames), atol=1e-9)


def test_agrees_with_blender():
    bpy = pytest.importorskip("bpy")
    rng = np.random.default_rng(0)
    for case in range(24):
        count, base = 30, (0, 1000, -500)[case % 3]
        keys = np.stack((base + np.cumsum(rng.integers(1, 9, count)), rng.standard_normal(count)), 1)
        reach = rng.uniform(0, 14, (2, count)) if case % 2 else np.full((2, count), 1 / 3)
        curves = one_curve(keys, keys - np.stack((reach[0], rng.standard_normal(count)), 1),
                           keys + np.stack((reach[1], rng.standard_normal(count)), 1),
                           rng.integers(0, 3, count).astype(np.uint8) if case % 4 == 0 else BEZIER)
        frames = rng.uniform(keys[0, 0] - 3, keys[-1, 0] + 3, 200).astype(np.float32)
        theirs = [written(bpy, curves, f"{case}").evaluate(frame) for frame in frames.tolist()]
        np.testing.assert_allclose(values(curves, frames), theirs, atol=2e-5)


def written(bpy, curves, name):
    """The curve as an f-curve of Blender."""
    if found := bpy.data.actions.get(name):
        return first_curve(found)
    action = bpy.data.actions.new(name)
    block = bpy.data.objects.new(name, None)
    block.animation_data_create().action = action
    if hasattr(action, "fcurve_ensure_for_datablock"):
        curve = action.fcurve_ensure_for_datablock(block, "location", index=0)
    else:
        curve = action.fcurves.new("location", index=0)
    points = curve.keyframe_points
    points.add(len(curves.keys))
    points.foreach_set("co", curves.keys.ravel())
    points.foreach_set("interpolation", curves.interpolation.astype(np.int32))
    for side, handles in (("left", curves.left), ("right", curves.right)):
        points.foreach_set(f"handle_{side}_type", np.zeros(len(curves.keys), np.int32))  # FREE
        points.foreach_set(f"handle_{side}", handles.ravel())
    curve.update()
    return curve


def first_curve(action):
    if hasattr(action, "fcurves"):
        return action.fcurves[0]
    return action.layers[0].strips[0].channelbags[0].fcurves[0]
