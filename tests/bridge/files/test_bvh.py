"""BVH written and read back, read in other dialects, and refused where it is none."""

from itertools import permutations

import numpy as np
import pytest

from bridge.body import rotations as rot
from bridge.body.kinematics import globals_of, tips_of
from bridge.body.motion import Motion
from bridge.body.skeleton import CANONICAL, Skeleton
from bridge.files import bvh
from bridge.problems import Problem


def random_motion(skeleton=CANONICAL, frames=20, seed=0, fps=30.0):
    rng = np.random.default_rng(seed)
    turns = 0.5 * np.cumsum(rng.standard_normal((frames, len(skeleton), 3)), 0) / np.sqrt(frames)
    q = rot.continuous(rot.from_rotation_vector(turns)).astype(np.float32)
    root = (rng.standard_normal((frames, 3)) * 0.1 + (0, 0, 0.9)).astype(np.float32)
    return Motion(skeleton, q, root, fps, np.zeros((frames, 4), np.float32))


def test_round_trip_is_exact(tmp_path):
    motion = random_motion()
    bvh.write(tmp_path / "a.bvh", motion)
    back = bvh.read(tmp_path / "a.bvh")
    assert back.skeleton is CANONICAL and back.fps == 30
    assert rot.angle_between(back.rotations.astype(float), motion.rotations.astype(float)).max() < 2e-6
    np.testing.assert_allclose(back.root, motion.root, atol=1e-7)
    bvh.write(tmp_path / "b.bvh", back)
    first, second = ((tmp_path / name).read_text().split() for name in ("a.bvh", "b.bvh"))
    at = first.index("MOTION")
    assert first[:at] == second[:at]
    np.testing.assert_allclose(np.array(first[at + 6:], float), np.array(second[at + 6:], float), atol=1e-3)


def test_blocks_of_a_long_motion_join(tmp_path, monkeypatch):
    turns = np.zeros((60, 52, 3))
    turns[:, 3, 2] = np.linspace(0, 14, 60)  # more than two turns, angle by angle
    turns[:, 20, 0] = np.linspace(0, 5, 60)
    motion = Motion(CANONICAL, rot.continuous(rot.from_rotation_vector(turns)).astype(np.float32),
                    np.ones((60, 3), np.float32), 30.0, np.zeros((60, 4), np.float32))
    bvh.write(tmp_path / "whole.bvh", motion)
    monkeypatch.setattr(bvh, "_BLOCK", 7)
    bvh.write(tmp_path / "blocks.bvh", motion)
    rows = np.loadtxt((tmp_path / "blocks.bvh").read_text().splitlines()[-60:])
    np.testing.assert_allclose(rows, np.loadtxt((tmp_path / "whole.bvh").read_text().splitlines()[-60:]), atol=1e-4)
    assert np.abs(np.diff(rows, axis=0)).max() < 20


def test_written_as_the_design_says(tmp_path):
    rest = Motion(CANONICAL, rot.identity(1, 52).astype(np.float32), np.array([[0, 0, 0.965]], np.float32), 30.0,
                  np.zeros((1, 4), np.float32))
    bvh.write(tmp_path / "rest.bvh", rest)
    lines = [line.strip() for line in (tmp_path / "rest.bvh").read_text().splitlines()]
    assert lines[1] == "ROOT hips"
    assert lines[3:5] == ["OFFSET 0.000000 96.500000 0.000000",
                          "CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation"]
    assert lines.count("CHANNELS 3 Zrotation Xrotation Yrotation") == 51
    assert lines.count("End Site") == 13
    assert "Frames: 1" in lines and "Frame Time: 0.03333333333" in lines
    toes = lines.index("JOINT leftToes")
    assert lines[toes + 2] == "OFFSET 0.000000 -6.500000 13.500000"  # ahead is +Z
    assert lines.count("{") == lines.count("}") == 52 + 13
    np.testing.assert_allclose(np.array(lines[-1].split(), float), [0, 96.5, 0] + [0] * 156, atol=1e-5)


def test_a_rest_that_is_not_aligned_with_the_world(tmp_path):
    rng = np.random.default_rng(3)
    rest = rot.normalise(rng.standard_normal((4, 4)))
    skeleton = Skeleton(("a", "b", "c", "d"), np.array([-1, 0, 1, 0]), 0.4 * rng.standard_normal((4, 3)), rest,
                        {"c": (0, 0.2, 0), "d": (0, 0.3, 0)})
    motion = random_motion(skeleton)
    bvh.write(tmp_path / "a.bvh", motion)
    back = bvh.read(tmp_path / "a.bvh", metres_per_unit=0.01, up="Y")
    assert back.skeleton.names == skeleton.names
    for_both = [tips_of(*globals_of(m), m.skeleton) for m in (motion, back)]
    np.testing.assert_allclose(for_both[0], for_both[1], atol=1e-5)


def text_of(order="ZXY", motion="0 0 0 10 20 30 40 50 60", end="End Site", rotation_of_root=True):
    letters = " ".join(f"{letter}rotation" for letter in order)
    return f"""HIERARCHY
ROOT Bip01 Pelvis
{{
\tOFFSET 1 2 3
\tCHANNELS 6 Xposition Yposition Zposition {letters}
\tJOINT L Thigh
\t{{
\t\tOFFSET 10 0 0
\t\tCHANNELS 3 {letters}
\t\t{end}
\t\t{{
\t\t\tOFFSET 0 -40 0
\t\t}}
\t}}
}}
MOTION
Frames: 1
Frame Time: 0.0333333
{motion}
"""


@pytest.mark.parametrize("order", ["".join(p) for p in permutations("XYZ")])
def test_any_order_of_channels(tmp_path, order):
    (tmp_path / "a.bvh").write_text(text_of(order))
    motion = bvh.read(tmp_path / "a.bvh", metres_per_unit=0.01, up="Z")  # the file's own axes
    turns = [rot.from_rotation_vector(np.radians(angle) * np.eye(3)["XYZ".index(letter)])
             for letter, angle in zip(order, (10, 20, 30), strict=True)]
    expected = rot.multiply(rot.multiply(turns[0], turns[1]), turns[2])
    assert rot.angle_between(motion.rotations[0, 0].astype(float), expected) < 1e-6
    assert motion.skeleton.names == ("Bip01 Pelvis", "L Thigh") and motion.fps == 30


@pytest.mark.parametrize("end", ["End Site", "end site", "End effector of it"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_dialects_of_text(tmp_path, end, newline):
    text = "\ufeff" + text_of(end=end).replace("\n", newline) + newline + "  " + newline
    (tmp_path / "a.bvh").write_bytes(text.encode())
    motion = bvh.read(tmp_path / "a.bvh", metres_per_unit=0.01, up="Y")
    np.testing.assert_allclose(motion.skeleton.tips["L Thigh"], (0, 0, -0.4), atol=1e-9)
    np.testing.assert_allclose(motion.skeleton.offsets[1], (0.1, 0, 0))


def test_positions_replace_offsets_also_of_other_joints(tmp_path):
    text = text_of().replace("\t\tCHANNELS 3 ", "\t\tCHANNELS 6 Xposition Yposition Zposition ")
    (tmp_path / "a.bvh").write_text(text.replace("0 0 0 10 20 30 40 50 60", "7 8 9 0 0 0 11 1 0 0 0 0"))
    motion = bvh.read(tmp_path / "a.bvh", metres_per_unit=1.0, up="Z")
    np.testing.assert_allclose(motion.root, [[7, 8, 9]])
    np.testing.assert_allclose(motion.skeleton.offsets[1], (11, 1, 0))
    (tmp_path / "b.bvh").write_text(text.replace("0 0 0 10 20 30 40 50 60", "7 8 9 0 0 0 .1 .1 0 0 0 0"))
    added = bvh.read(tmp_path / "b.bvh", metres_per_unit=1.0, up="Z")
    np.testing.assert_allclose(added.skeleton.offsets[1], (10.1, 0.1, 0))


def test_missing_numbers_hold_the_last_value(tmp_path):
    text = text_of(motion="0 0 0 0 0 0 5 0 0\n0 0 0 0 0 0 nan 0 0\n0 0 0 0 0 0 7 0 0").replace("Frames: 1", "Frames: 3")
    (tmp_path / "a.bvh").write_text(text)
    angles = rot.to_rotation_vector(bvh.read(tmp_path / "a.bvh", up="Z").rotations[:, 1])
    np.testing.assert_allclose(np.degrees(angles[:, 2]), [5, 5, 7], atol=1e-4)


@pytest.mark.parametrize(("unit", "scale"), [(1.0, 0.01), (0.01, 1), (0.1, 0.1), (0.0254, 1 / 2.54)])
def test_unit_and_up_axis_are_guessed(tmp_path, unit, scale):
    bvh.write(tmp_path / "a.bvh", random_motion(frames=2, seed=1))
    motion = bvh.read(tmp_path / "a.bvh")
    head, body = (tmp_path / "a.bvh").read_text().split("MOTION")
    scaled = [f"OFFSET {' '.join(str(float(v) * scale) for v in line.split()[1:])}" if "OFFSET" in line else line
              for line in head.splitlines()]
    rows = [row.split() for row in body.strip().splitlines()]
    rows[2:] = [[str(float(v) * scale) for v in row[:3]] + row[3:] for row in rows[2:]]
    (tmp_path / "b.bvh").write_text("\n".join(scaled) + "\nMOTION\n" + "\n".join(map(" ".join, rows)))
    again = bvh.read(tmp_path / "b.bvh")
    np.testing.assert_allclose(globals_of(again)[1], globals_of(motion)[1], atol=1e-4)


def test_z_up_is_seen(tmp_path):
    rows = "0 0 90 0 0 0 0 0 0"
    (tmp_path / "a.bvh").write_text(text_of(motion=rows).replace("0 -40 0", "0 0 -90").replace("10 0 0", "10 0 -80"))
    places = globals_of(bvh.read(tmp_path / "a.bvh"))[1]
    assert places[0, 0, 2] > 0.85 > places[0, 1, 2]


@pytest.mark.parametrize(("text", "why"), [
    ("", "structure"), ("hello", "structure"), ("HIERARCHY\nMOTION\nFrames: 1\nFrame Time: 0.1\n", "structure"),
    (text_of().replace("Frames: 1", "Frames: 0").replace("0 0 0 10 20 30 40 50 60", ""), "no frames"),
    (text_of(motion="0 0 0 10"), "structure"), (text_of(motion="0,5 0 0 10 20 30 40 50 60"), "decimal commas"),
    (text_of().replace("Zrotation", "Wrotation"), "structure"), (text_of().replace("0.0333333", "0"), "structure"),
    (text_of().replace("\tJOINT", "ROOT"), "two roots"),
    (text_of().replace("CHANNELS 3", "CHANNELS -3"), "fewer channels"),
    (text_of().replace("OFFSET 0 -40 0", ""), "structure")])
def test_broken_files_are_refused_with_a_sentence(tmp_path, text, why):
    (tmp_path / "a.bvh").write_text(text)
    with pytest.raises(Problem, match=why) as problem:
        bvh.read(tmp_path / "a.bvh")
    assert problem.value.code == "bvh.invalid" and "a.bvh" in str(problem.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(Problem, match=r"nowhere\.bvh") as problem:
        bvh.read(tmp_path / "nowhere.bvh")
    assert problem.value.code == "input.unreadable"
