"""Motion as arrays, in the layout of the scoring tool."""

from contextlib import suppress

import numpy as np
import pytest

from bridge.body import rotations as rot
from bridge.body.kinematics import globals_of
from bridge.body.motion import Motion
from bridge.body.skeleton import CANONICAL, Skeleton
from bridge.files import npz
from bridge.problems import Problem


def random_motion(skeleton, frames=7):
    rng = np.random.default_rng(0)
    q = rot.continuous(rot.normalise(rng.standard_normal((frames, len(skeleton), 4)))).astype(np.float32)
    return Motion(skeleton, q, rng.standard_normal((frames, 3)).astype(np.float32), 29.97,
                  rng.random((frames, 4)).astype(np.float32))


def test_layout(tmp_path):
    motion = random_motion(CANONICAL)
    npz.write(tmp_path / "a.npz", motion)
    with np.load(tmp_path / "a.npz", allow_pickle=False) as file:
        shapes = {name: file[name].shape for name in file.files}
        np.testing.assert_allclose(file["heads"], globals_of(motion)[1], atol=1e-5)
        assert [str(name) for name in file["names"]] == list(CANONICAL.names) and float(file["fps"]) == 29.97
        np.testing.assert_allclose(file["rest_tails"][CANONICAL.index["head"]], (0, 0.02, 1.75), atol=1e-6)
    assert shapes == {"names": (52,), "parents": (52,), "heads": (7, 52, 3), "tails": (7, 52, 3),
                      "mats": (7, 52, 3, 3), "fps": (), "rest_heads": (52, 3), "rest_tails": (52, 3),
                      "rest_mats": (52, 3, 3), "contacts": (7, 4)}


def test_round_trip_on_any_skeleton(tmp_path):
    rng = np.random.default_rng(1)
    odd = Skeleton(("a", "b", "c"), np.array([-1, 0, 1]), rng.standard_normal((3, 3)),
                   rot.normalise(rng.standard_normal((3, 4))), {"c": (0.0, 0.25, 0.0)})
    for skeleton in (CANONICAL, odd):
        motion = random_motion(skeleton)
        npz.write(tmp_path / "a.npz", motion)
        back = npz.read(tmp_path / "a.npz")
        assert back.skeleton.names == skeleton.names and back.fps == motion.fps
        np.testing.assert_allclose(back.skeleton.offsets, skeleton.offsets, atol=1e-6)
        np.testing.assert_allclose(back.skeleton.tips[skeleton.names[-1]], skeleton.tips[skeleton.names[-1]], atol=1e-6)
        assert rot.angle_between(back.rotations.astype(float), motion.rotations.astype(float)).max() < 1e-5
        np.testing.assert_array_equal(back.contacts, motion.contacts)
    assert npz.read(tmp_path / "a.npz").skeleton is not CANONICAL


def test_the_same_motion_gives_the_same_bytes(tmp_path):
    for name in ("a.npz", "b.npz"):
        npz.write(tmp_path / name, random_motion(CANONICAL))
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 cut off"])
def test_other_files_are_refused_with_a_sentence(tmp_path, content):
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(Problem, match=r"a\.npz") as problem:
        npz.read(tmp_path / "a.npz")
    assert problem.value.code == "npz.invalid"


def test_damaged_files_and_single_arrays_end_in_no_other_error(tmp_path):
    npz.write(tmp_path / "a.npz", random_motion(CANONICAL))
    whole = (tmp_path / "a.npz").read_bytes()
    for place in range(100, len(whole), len(whole) // 40):
        (tmp_path / "a.npz").write_bytes(whole[:place] + bytes((~whole[place] & 255,)) * 9 + whole[place + 9:])
        with suppress(Problem):  # what was hit may be a date of the archive, which nobody reads
            npz.read(tmp_path / "a.npz")
    np.save(tmp_path / "one.npy", np.zeros(3))
    with pytest.raises(Problem, match=r"one\.npy"):
        npz.read(tmp_path / "one.npy")


def test_a_file_of_other_arrays_is_refused(tmp_path):
    np.savez(tmp_path / "a.npz", poses=np.zeros((3, 165)))
    with pytest.raises(Problem, match="layout"):
        npz.read(tmp_path / "a.npz")
