"""Faces of other characters: names in every spelling, families recognised, mouths that shut."""

import tomllib
from pathlib import Path

import numpy as np
import pytest

import bridge.face.dialects as dialect_tables
from bridge.face import lips, recipes
from bridge.face.dialects import recognise
from bridge.face.few_shapes import mixture
from bridge.face.phones import VISEMES
from bridge.face.resample import resample
from bridge.face.shapes import face_tracks
from bridge.face.track import ARKIT, ARKIT_INDEX, FaceTrack
from bridge.rigs.rig import Bone, Mesh, Rig

DAZ = ("AA", "EE", "EH", "ER", "F", "IH", "IY", "K", "L", "M", "OW", "S", "SH", "T", "TH", "UW", "W")
OCULUS = ["viseme_" + name for name in VISEMES]


def rig(*meshes):
    return Rig("someone", (Bone("head", None, (0, 0, 0), (0, 0, 1)),), meshes=meshes)


def talking(frames=200):
    """aa, then lips shut in the middle, then aa; a blink near the start."""
    weights = np.tile(recipes.viseme("aa"), (frames, 1))
    closure = np.clip(1.0 - np.abs(np.arange(frames) - frames // 2) / 4.0 + 0.5, 0.0, 1.0)
    weights = lips.seal(weights, closure)
    weights[20:23, ARKIT_INDEX["eyeBlinkLeft"]] = 1.0
    return FaceTrack(weights.astype(np.float32), np.zeros((frames, 9), np.float32), 100.0, (frames / 200.0,))


def tracks_of(shapes, face=None, fps=30.0, frames=60, driven=()):
    tracks, remarks = face_tracks(face or talking(), rig(Mesh("Head", tuple(shapes), tuple(driven))), fps, 1, frames,
                                  0.01)
    return {track.data_path.split('"')[1]: track.values[:, 0] for track in tracks}, remarks


@pytest.mark.parametrize("spelling", [
    lambda name: name, str.lower, lambda name: name[0].upper() + name[1:],
    lambda name: "".join("_" + c.lower() if c.isupper() else c for c in name),
    lambda name: "head." + name, lambda name: "blendShape1." + name, lambda name: "Genesis8Female__facs_bs_" + name,
    lambda name: name.replace("Left", "_L").replace("Right", "_R"),
    lambda name: name.replace("Left", ".L").replace("Right", ".R"),
    lambda name: "A25_" + "".join("_" + c if c.isupper() else c for c in name).lstrip("_"),
    lambda name: name + ".001",
])
def test_arkit_is_understood_in_every_spelling(spelling):
    values, _ = tracks_of([spelling(name) for name in ARKIT])
    assert len(values) == 52
    face = resample(talking(), 30.0, 60).weights
    for name in ("jawOpen", "mouthClose", "mouthLeft", "jawRight", "mouthUpperUpLeft", "eyeBlinkLeft"):
        np.testing.assert_allclose(values[spelling(name)], face[:, ARKIT_INDEX[name]], atol=1e-6)


@pytest.mark.parametrize("shapes, family", [
    (OCULUS, "Meta visemes"), (["vrc." + name.replace("viseme_", "v_").lower() for name in OCULUS], "Meta visemes"),
    (["aa", "ih", "ou", "ee", "oh", "blink"], "VRM 1"), (["A", "I", "U", "E", "O"], "VRM 0 or five vowels"),
    ([f"Fcl_MTH_{vowel}" for vowel in "AIUEO"] + ["Fcl_ALL_Joy"], "VRoid"), (list("あいうえおん"), "MMD"),
    (["JawDrop", "LipsKiss", "TongueOut", "NoseWrinkler", "CheeksPump", "lowerLipDown", "UpperLipUp", "MouthMoveLeft"]
     + [f"{s}{n}" for s in ("Left", "Right") for n in ("BrowDown", "OuterBrowUp", "UpperLidClosed", "CheekUp")],
     "MakeHuman"),
    (["mouthOpen", "mouthSmile"], "one mouth shape"),
    (["MBP", "etc", "E", "AI", "O", "U", "FV", "L", "rest"], "Preston Blair"),
    (list("ABCDEFGHX"), "Rhubarb"),
    ([f"eCTRLv{v}" for v in DAZ], "Daz visemes"),
])
def test_families_are_recognised(shapes, family):
    assert recognise(shapes).name == family


def test_every_family_recognises_its_own_table():
    for path in Path(dialect_tables.__file__).parent.glob("*.toml"):
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        shapes = [*table.get("direct", {}), *table.get("solved", {})]
        names = {dialect.find(shape) for dialect in [recognise(shapes)] for shape in shapes}
        assert recognise(shapes).name == table["name"] or path.stem in ("one_shape", "daz81"), path.stem
        assert None not in names, path.stem


def test_arkit_wins_over_visemes_which_then_stay_at_rest():
    values, _ = tracks_of([*ARKIT, *OCULUS])
    assert set(values) == set(ARKIT)


@pytest.mark.parametrize("fps", [24.0, 25.0, 30.0, 60.0, 12.0])
@pytest.mark.parametrize("shift", [0.0, 0.013, 0.021, 0.037])
def test_a_closure_is_shut_on_a_whole_frame_at_any_rate(fps, shift):
    face = talking()
    moved = FaceTrack(np.roll(face.weights, round(shift * 100), axis=0), face.angles, 100.0,
                      (face.closures[0] + round(shift * 100) / 100,))
    values, _ = tracks_of(ARKIT, moved, fps, int(2 * fps))
    weights = np.stack([values[name] for name in ARKIT], axis=1)
    gap = lips.gap(weights.astype(np.float64))
    frame = round(moved.closures[0] * fps)
    assert gap[frame] <= lips.SEALED
    assert np.delete(gap, range(frame - 3, frame + 4)).min() > 5.0


def test_a_mouth_without_a_closing_shape_shuts_with_its_jaw():
    values, _ = tracks_of(["mouthOpen", "blink"])
    assert values["mouthOpen"][30] < 0.05 < 0.5 < values["mouthOpen"][10]


def test_vowel_mouths_show_the_vowel_and_shut():
    for vowel, shape in (("aa", "aa"), ("I", "ih"), ("U", "ou"), ("E", "ee"), ("O", "oh")):
        values = mixture(recipes.viseme(vowel)[None], np.stack([recipes.viseme(v) for v in ("aa", "I", "U", "E", "O")]))
        assert ("aa", "ih", "ou", "ee", "oh")[values[0].argmax()] == shape
        assert values[0].max() > 0.8
    shown, _ = tracks_of(["aa", "ih", "ou", "ee", "oh"])
    assert max(values[30] for values in shown.values()) == 0.0


def test_visemes_show_the_sound_they_are_named_after():
    poses = {name: recipes.viseme(name) for name in ["PP", "FF", "TH", "CH", "SS", "RR", "aa", "E", "I", "O", "U"]}
    for name, pose in poses.items():
        found = mixture(pose[None], np.stack(list(poses.values())))[0]
        assert list(poses)[found.argmax()] == name


def test_driven_shapes_are_left_alone_and_named():
    values, remarks = tracks_of(ARKIT, driven=("jawOpen", "mouthClose"))
    assert "jawOpen" not in values and "mouthFunnel" in values
    assert any("jawOpen" in remark and "Head" in remark for remark in remarks)


def test_every_mesh_gets_the_shapes_it_has():
    tracks, _ = face_tracks(talking(), rig(Mesh("Head", ARKIT), Mesh("Teeth", ("jawOpen", 'odd"name'))), 30.0, 1, 60,
                            0.02)
    assert {track.owner for track in tracks} == {"Head", "Teeth"}
    assert sum(track.owner == "Teeth" for track in tracks) == 1
    assert all(track.owner_type == "KEY" and track.values.shape == (60, 1) for track in tracks)
    allowed = {track.data_path.split('"')[1]: track.tolerance for track in tracks}
    assert allowed["browInnerUp"] == 0.02 and allowed["jawOpen"] < 0.01


@pytest.mark.parametrize("shapes", [(), ("Basis",), ("Muscles", "Belly", "Fist")])
def test_a_face_without_shapes_is_said_so(shapes):
    values, remarks = tracks_of(shapes)
    assert not values and len(remarks) == 1


def test_blinks_survive_slow_frame_rates():
    face = talking()
    for fps in (24.0, 12.0):
        assert resample(face, fps, int(2 * fps)).weights[:, ARKIT_INDEX["eyeBlinkLeft"]].max() == 1.0


def test_resampling_keeps_the_mean_and_goes_on_beyond_the_end():
    random = np.random.default_rng(0)
    weights = np.repeat(random.random((40, 52)), 10, axis=0).astype(np.float32)
    face = FaceTrack(weights, np.zeros((400, 9), np.float32), 100.0)
    slow = resample(face, 25.0, 120)
    jaw = ARKIT_INDEX["jawOpen"]
    assert abs(slow.weights[:100, jaw].mean() - weights[:, jaw].mean()) < 0.01
    np.testing.assert_allclose(slow.weights[101:, jaw], weights[-1, jaw], atol=1e-6)
