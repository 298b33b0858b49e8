"""Live Link Face CSV: what is written is read back; what the app writes is understood."""

from pathlib import Path

import numpy as np
import pytest

from bridge.face.track import ARKIT, ARKIT_INDEX, HEAD_AND_EYES, FaceTrack
from bridge.files import live_link_csv as csv
from bridge.problems import Problem

DATA = Path(__file__).parents[4] / "shared" / "data" / "face" / "livelink"


def wave(frames=300, fps=100.0):
    time = np.arange(frames) / fps
    weights = 0.5 + 0.4 * np.sin(time[:, None] * (1 + np.arange(52) / 20))
    angles = 0.2 * np.cos(time[:, None] * (1 + np.arange(9) / 5))
    return FaceTrack(weights.astype(np.float32), angles.astype(np.float32), fps)


def rows(path):
    return [line.split(",") for line in path.read_text().splitlines()]


def test_what_is_written_is_read_back(tmp_path):
    path = tmp_path / "face.csv"
    csv.write(path, wave())
    back = csv.read(path, 100.0)
    np.testing.assert_allclose(back.weights[5:295], wave().weights[5:295], atol=2e-3)
    np.testing.assert_allclose(back.angles[5:295], wave().angles[5:295], atol=2e-3)


def test_the_file_looks_like_the_apps(tmp_path):
    path = tmp_path / "face.csv"
    csv.write(path, wave(200), start=47584.5)
    table = rows(path)
    assert table[0][:3] == ["Timecode", "BlendShapeCount", "EyeBlinkLeft"] and table[0][-1] == "RightEyeRoll"
    assert len(table[0]) == 63 and len(table) == 121
    assert table[1][:2] == ["13:13:04:30.000", "61"] and table[2][0] == "13:13:04:31.000"
    assert len(table[1][5].split(".")[1]) == 10
    assert b"\r" not in path.read_bytes() and not path.read_bytes().startswith(b"\xef\xbb\xbf")


def test_yaw_is_turned_to_the_apps_sign_and_pitch_is_not(tmp_path):
    face = wave(100)
    face.angles[:] = 0.0
    face.angles[:, HEAD_AND_EYES.index("leftEyeYaw")] = 0.3
    face.angles[:, HEAD_AND_EYES.index("leftEyePitch")] = 0.2
    csv.write(tmp_path / "face.csv", face)
    table = rows(tmp_path / "face.csv")
    first = dict(zip(table[0], table[1], strict=True))
    assert float(first["LeftEyeYaw"]) == pytest.approx(-0.3) and float(first["LeftEyePitch"]) == pytest.approx(0.2)


def test_columns_are_found_by_name_in_any_order_and_case(tmp_path):
    path = tmp_path / "face.csv"
    csv.write(path, wave())
    table = rows(path)
    order = [0, *np.random.default_rng(1).permutation(np.arange(1, 63))]
    shuffled = [[row[place] for place in order] + ["0.5"] for row in table]
    shuffled[0] = [name.replace("BlendShapeCount", "BlendshapeCount").upper() for name in shuffled[0][:-1]] + ["Angry"]
    other = tmp_path / "shuffled.csv"
    other.write_text("﻿" + "\r\n".join(",".join(row) for row in shuffled), encoding="utf-8")
    np.testing.assert_array_equal(csv.read(other).weights, csv.read(path).weights)


@pytest.mark.parametrize("base, step", [(60, 1), (60, 2), (30, 1), (24, 1), (25, 1)])
def test_the_base_of_the_timecode_is_found(tmp_path, base, step):
    lines = [",".join(("Timecode", "BlendShapeCount", *(name for name in ARKIT)))]
    count = 3 * base // step
    clock = ("23:59:58", "23:59:59", "00:00:00")  # over midnight
    for row in range(count):
        second, frame = divmod(row * step, base)
        lines.append(f"{clock[second]}:{frame:02d}.000,61," + ",".join(["0.1"] * 52))
    path = tmp_path / "face.csv"
    path.write_text("\n".join(lines))
    assert len(csv.read(path, 60.0)) == pytest.approx(180, abs=60 / base * step + 1)


def test_dropped_rows_do_not_shift_what_follows(tmp_path):
    path = tmp_path / "face.csv"
    csv.write(path, wave())
    lines = path.read_text().splitlines()
    del lines[60:75]
    path.write_text("\n".join(lines))
    expected = wave().weights[np.round(np.arange(100, 170) / 60 * 100).astype(int)]
    np.testing.assert_allclose(csv.read(path, 60.0).weights[100:170], expected, atol=0.02)


@pytest.mark.parametrize("text, code", [
    ("", "live_link.empty"), ("Timecode,BlendShapeCount\n", "live_link.empty"),
    ("a,b\n1,2\n", "live_link.columns"),
    (",".join(ARKIT) + "\n" + ",".join(["0"] * 52) + "\n", "live_link.time"),
    ("Timecode," + ",".join(ARKIT) + "\nnoon," + ",".join(["0"] * 52) + "\n", "live_link.timecode"),
    ("Timecode," + ",".join(ARKIT) + "\n00:00:00:00," + ",".join(["nan"] * 52) + "\n", "live_link.number"),
    ("Timecode," + ",".join(ARKIT) + "\n00:00:00:00," + ",".join(["x"] * 52) + "\n", "live_link.number"),
])
def test_what_is_no_recording_is_refused_with_a_reason(tmp_path, text, code):
    path = tmp_path / "face.csv"
    path.write_text(text)
    with pytest.raises(Problem) as caught:
        csv.read(path)
    assert caught.value.code == code and str(path) in str(caught.value)


def test_a_missing_file_is_a_problem(tmp_path):
    with pytest.raises(Problem) as caught:
        csv.read(tmp_path / "none.csv")
    assert caught.value.code == "input.unreadable"


@pytest.mark.skipif(not DATA.exists(), reason="needs the recording of the Live Link Face app in shared data")
def test_a_real_recording_is_read_by_time():
    face = csv.read(DATA / "alex_rom_3_first450.csv", 60.0)
    with np.load(DATA / "alex_rom_3.npz") as file:
        names = [str(name).lower() for name in file["names"]]
        first = file["weights"][0]
    assert len(face) == pytest.approx(450 / 29.98 * 60, abs=6)
    for name in ("mouthLeft", "mouthRight", "jawLeft", "jawOpen", "eyeBlinkLeft"):
        assert face.weights[0, ARKIT_INDEX[name]] == pytest.approx(float(first[names.index(name.lower())]), abs=1e-3)
