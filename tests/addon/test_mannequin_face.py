"""The mannequin's face: what each of the 52 shapes moves, that lips and lids close, and that nothing crosses."""

from __future__ import annotations

import csv
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from bridge.face.track import ARKIT
from persona_addon.mannequin import actor, clay, shapes
from persona_addon.mannequin import face as loops
from persona_addon.mannequin import proportions as figure
from persona_addon.mannequin.island import triangles_of
from persona_addon.mannequin.regions import Regions

TABLE = Path(__file__).parents[3] / "shared" / "data" / "face" / "tables" / "arkit52.csv"
LEFT_ONLY = [name for name in ARKIT if name.endswith("Left") and name not in ("jawLeft", "mouthLeft")]
PAIRS = [*LEFT_ONLY, "jawLeft", "mouthLeft"]
# Combinations that speech and feeling make.
MIXES = [{"jawOpen": 0.6, "mouthSmileLeft": 0.8, "mouthSmileRight": 0.8},
         {"jawOpen": 0.3, "mouthClose": 0.3, "mouthPucker": 0.6},
         {"mouthRollLower": 0.6, "mouthUpperUpLeft": 0.25, "mouthUpperUpRight": 0.25},
         {"mouthPressLeft": 1.0, "mouthPressRight": 1.0}, {"mouthFunnel": 0.5, "mouthPucker": 0.4, "jawOpen": 0.2}]


@pytest.fixture(scope="module")
def made() -> SimpleNamespace:
    face = actor.build()
    return SimpleNamespace(face=face, points=face.points, deltas=shapes.all_shapes(face, Regions(face)),
                           mouth=face.skin.mouth, eyes=face.skin.eyes)


def posed(made: SimpleNamespace, weights: dict[str, float]) -> np.ndarray:
    return made.points + sum(w * made.deltas[name] for name, w in weights.items())


def lip_gaps(made: SimpleNamespace, points: np.ndarray, ring: int = loops.CONTACT) -> np.ndarray:
    """(K, 3) from each lower to its upper partner, corners left out, final size."""
    numbers = made.mouth[ring]
    upper = np.arange(1, len(numbers) // 2)
    return figure.HEAD_SCALE * (points[numbers[upper]] - points[numbers[-upper]])


def moved(made: SimpleNamespace, name: str) -> np.ndarray:
    return figure.HEAD_SCALE * np.linalg.norm(made.deltas[name], axis=1)


def test_there_are_52_and_each_moves_something(made):
    assert set(made.deltas) == set(ARKIT)
    assert all(moved(made, name).max() > 3.0 for name in ARKIT)
    assert all(np.isfinite(delta).all() for delta in made.deltas.values())


def test_the_lips_touch_at_rest(made):
    assert np.abs(lip_gaps(made, made.points)).max() < 0.01


@pytest.mark.parametrize("weight", [0.1, 0.3, 0.6, 1.0])
def test_the_mouth_is_shut_when_it_closes_as_far_as_the_jaw_opens(made, weight):
    gaps = lip_gaps(made, posed(made, {"jawOpen": weight, "mouthClose": weight}))
    assert np.linalg.norm(gaps, axis=1).max() < 0.5


def test_the_jaw_opens_downward_and_teeth_go_along(made):
    gap = lip_gaps(made, posed(made, {"jawOpen": 1.0}))
    assert 30.0 < gap[len(gap) // 2, 2] < 45.0
    teeth = made.deltas["jawOpen"][made.face.spans["lowerTeeth"], 2]
    assert teeth.max() < 0.0 and teeth.min() < -25.0
    assert np.abs(made.deltas["jawOpen"][made.face.spans["upperTeeth"]]).max() == 0.0


@pytest.mark.parametrize("weights", [{name: 1.0} for name in ARKIT if name != "mouthClose"] + MIXES,
                         ids=lambda weights: "+".join(weights))
def test_the_lips_do_not_cross(made, weights):
    points = posed(made, weights)
    for ring in range(loops.VERMILION, loops.CONTACT + 4):
        assert lip_gaps(made, points, ring)[:, 2].min() > -0.4, f"ring {ring}"


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_blink_seals(made, side):
    points = posed(made, {f"eyeBlink{side.title()}": 1.0})
    for ring in (loops.MARGIN, loops.MARGIN + 1):
        numbers = made.eyes[side][ring]
        partner = numbers[-np.arange(len(numbers)) % len(numbers)]
        assert np.linalg.norm(points[numbers] - points[partner], axis=1).max() * figure.HEAD_SCALE < 0.3


@pytest.mark.parametrize("weights", [{"eyeBlinkLeft": w} for w in (0.0, 0.25, 0.5, 0.75, 1.0)]
                         + [{"eyeSquintLeft": 1.0}, {"eyeWideLeft": 1.0}, {"eyeLookDownLeft": 1.0},
                            {"eyeLookUpLeft": 1.0}], ids=str)
def test_the_ball_stays_behind_the_lids(made, weights):
    """Points sampled on the lids are further from the eye's centre than the ball's radius."""
    points = posed(made, weights)
    band = made.eyes["left"][3:8]
    corners = points[np.stack([band[:-1], band[1:], np.roll(band[1:], -1, 1), np.roll(band[:-1], -1, 1)])]
    u, v = (grid.ravel() for grid in np.meshgrid(np.linspace(0, 1, 5), np.linspace(0, 1, 5)))
    share = np.stack([(1 - u) * (1 - v), u * (1 - v), u * v, (1 - u) * v])
    sampled = np.einsum("cs,crkx->srkx", share, corners)
    assert np.linalg.norm(sampled - clay.EYE, axis=-1).min() >= clay.EYE_RADIUS - 0.5


def test_left_is_the_characters_left(made):
    for name in LEFT_ONLY:
        amount = moved(made, name)
        assert np.average(made.points[:, 0], weights=amount) > 5.0, name


def test_the_right_side_mirrors_the_left(made):
    skin = made.face.spans["head"]
    place = {tuple(key): i for i, key in enumerate(np.round(made.points[skin] * 1e4).astype(int))}
    order, twins = [], []
    for i, key in enumerate(np.round(made.points[skin] * (-1, 1, 1) * 1e4).astype(int)):
        if tuple(key) in place:
            order.append(i)
            twins.append(place[tuple(key)])
    assert len(order) > 0.9 * (skin.stop - skin.start)
    outside = made.face.mouth_ring[order] < loops.CONTACT  # where the lips touch, two vertices share a place
    order, twins = np.array(order)[outside], np.array(twins)[outside]
    for name in PAIRS:
        other = made.deltas[name.replace("Left", "Right")]
        assert np.abs(made.deltas[name][order] * (-1, 1, 1) - other[twins]).max() < 1e-3, name


@pytest.mark.parametrize("name", ARKIT)
def test_a_shape_moves_what_its_name_says(made, name):
    z, amount = made.points[:, 2], moved(made, name)
    lids = np.concatenate([rings[loops.MARGIN - 1:].ravel() for rings in made.eyes.values()])
    eyes = np.concatenate([made.face.parts("Eyeball"), lids])
    mouth = made.mouth[loops.VERMILION:]
    if name.startswith("brow"):
        assert amount[z < 1600].max() < 0.1 and amount[eyes].max() < 0.1
    elif name.startswith("eye"):
        assert amount[z < 1600].max() < 0.1 and amount[mouth].max() < 0.1
        assert amount[eyes].max() == pytest.approx(amount.max())
    elif name.startswith(("jaw", "mouth", "tongue")):
        assert amount[z > 1650].max() < 0.1
        assert amount[made.face.parts("Eyeball")].max() == 0.0
    if name == "tongueOut":
        assert amount[made.face.spans["head"]].max() == 0.0


def test_gaze_follows_the_shapes(made):
    """At weight 1 the pupil turns as far as Live Link Face means by it, to the side the name says."""
    for side, sign in (("Left", 1.0), ("Right", -1.0)):
        span = made.face.spans[f"{side.lower()}Eyeball"]
        front = span.stop - 2  # the pupil's middle
        centre = clay.EYE * (sign, 1, 1)
        for shape, yaw, pitch in (("In", -34 * sign, 0), ("Out", 34 * sign, 0), ("Up", 0, 31), ("Down", 0, -31)):
            gaze = made.points[front] + made.deltas[f"eyeLook{shape}{side}"][front] - centre
            assert np.degrees(np.arctan2(gaze[0], -gaze[1])) == pytest.approx(yaw, abs=0.5)
            assert np.degrees(np.arctan2(gaze[2], np.hypot(gaze[0], gaze[1]))) == pytest.approx(pitch, abs=0.5)


@pytest.mark.skipif(not TABLE.exists(), reason="the measured table arkit52.csv is not on this machine")
def test_sizes_are_those_of_measured_heads(made):
    """Largest move of the skin within 0.6..1.6 of Apple's or of ICT's head."""
    fleshy = np.zeros(len(made.points), bool)
    fleshy[made.face.flesh] = True
    with TABLE.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            measured = [float(row[column]) for column in ("max_mm", "ict_max_mm") if row[column]]
            if not measured or row["name"].startswith(("eyeLookIn", "eyeLookOut")):  # the lids stay there
                continue
            ratio = moved(made, row["name"])[fleshy].max() / np.array(measured)
            assert ((ratio > 0.6) & (ratio < 1.6)).any(), f"{row['name']}: {ratio}"


@pytest.mark.skipif(not TABLE.exists(), reason="the measured table arkit52.csv is not on this machine")
def test_the_gap_between_the_lips_grows_as_measured(made):
    """Middle of the mouth, for the shapes by which speech opens and closes it (Apple's head, notes of the table)."""
    rest = lip_gaps(made, made.points)
    middle = len(rest) // 2
    with TABLE.open(encoding="utf-8", newline="") as rows:
        gaps = {row["name"]: float(row["gap_mm"]) for row in csv.DictReader(rows) if row["gap_mm"]}
    for name in ("jawOpen", "mouthClose", "mouthFunnel", "mouthUpperUpLeft", "mouthLowerDownLeft", "mouthShrugUpper"):
        ours = (lip_gaps(made, posed(made, {name: 1.0})) - rest)[middle, 2]
        assert ours == pytest.approx(gaps[name], rel=0.35), name


def test_no_face_of_the_head_passes_through_another(made):
    from mathutils.bvhtree import BVHTree

    faces = made.face.skin.faces
    corners = triangles_of(faces)
    # The lips' red and what is inside touch by design from the vermilion edge inward.
    for weights in ({}, {"jawOpen": 1.0}, {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0}, {"mouthPucker": 1.0}):
        points = posed(made, weights)[:len(made.face.skin.points)]
        tree = BVHTree.FromPolygons(points.tolist(), corners.tolist(), all_triangles=True, epsilon=0.0)
        crossing = [(a, b) for a, b in tree.overlap(tree) if a < b and not _touching(points, corners[a], corners[b])]
        assert not crossing, f"{weights}: {[points[corners[a]].mean(0).round(1) for a, _ in crossing[:5]]}"


def _touching(points: np.ndarray, a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two triangles share a corner, or a place where closed lips and lids meet."""
    return bool((np.linalg.norm(points[a][:, None] - points[b][None], axis=-1) < 1e-3).any())
