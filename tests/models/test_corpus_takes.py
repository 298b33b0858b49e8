"""Takes built from clips: needs the clips and a piece of speech."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("scipy")

from bridge.body.expression import expression
from bridge.body.score import Accent
from bridge.speech.speech import Speech
from models.corpora import acceptance, clips, figures, poses, strokes, takes

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "motion"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the motion clips (../shared/data/motion) are not here")


@pytest.fixture(scope="module")
def all_clips():
    return clips.read_clips(DATA)


@pytest.fixture(scope="module")
def stock(all_clips):
    return takes.Stock(clips.split(all_clips)[0])


def speech(seed: int, seconds: float = 30) -> Speech:
    draw = np.random.default_rng(seed)
    phrases, accents, time = [], [], .5
    while time < seconds - 1:
        end = min(time + draw.uniform(1.5, 4.5), seconds - .3)
        phrases.append((time, end))
        accents += [Accent(float(at), float(draw.normal(.6, .6))) for at in np.arange(time + .2, end, .62)]
        time = end + draw.choice((.3, .5, 1.0, 1.4))
    nothing = np.zeros(0, np.float32)
    return Speech(np.zeros(int(seconds * 16_000), np.float32), nothing, nothing, nothing, nothing, nothing,
                  tuple(accents), tuple(phrases))


def test_validation_strokes_are_never_in_the_stock(all_clips, stock):
    training, validation = clips.split(all_clips)
    assert len(training) + len(validation) == len(all_clips)
    assert 15 <= len(validation) <= 30
    assert not {clip.name for clip in validation} & {stroke.clip.name.removesuffix(" mirrored")
                                                     for stroke in stock.strokes}


def test_mirroring_twice_gives_the_clip_back(all_clips):
    clip = clips.strokes(all_clips)[3]
    assert np.array_equal(clip.mirrored.mirrored.rotations, clip.rotations)
    there, back = (poses.wrists(c.rotations, c.root) for c in (clip, clip.mirrored))
    assert np.allclose(there[:, 0] * (-1, 1, 1), back[:, 1], atol=1e-5)


def test_phases_of_every_stroke_are_in_order(all_clips):
    for stroke in strokes.measured_strokes(all_clips):
        assert 0 <= stroke.start <= stroke.stroke_start < stroke.apex < stroke.relax <= len(stroke.clip)
        assert .02 < stroke.path < 1.6


def test_the_same_seed_builds_the_same_take(stock):
    once, again = (takes.build(speech(1), stock, {"neutral": 1.0}, .5, 9) for _ in range(2))
    assert np.array_equal(once.rotations, again.rotations) and once.score == again.score


@pytest.mark.parametrize("emotion", ["neutral", "happy", "sad", "angry", "old"])
def test_a_take_is_a_human_motion(stock, emotion):
    take = takes.build(speech(2), stock, {emotion: 1.0}, .6, 4)
    assert len(take.root) == 900 and np.isfinite(take.rotations).all()
    assert np.abs(np.linalg.norm(take.rotations, axis=-1) - 1).max() < 1e-5
    found = figures.figures(take.rotations, take.root, take.score, 30.0, expression({emotion: 1.0}, .6).speed)
    assert found["ankle p95 mm/s"] < 10
    assert found["fast hand p99"] < 3.0
    assert found["jerk at rest"] < 5
    height = poses.wrists(take.rotations, take.root)[..., 2]
    assert height.max() < .75 and height.min() > -.35


def test_strokes_arrive_where_and_when_the_score_says(stock):
    rows = [takes.build(speech(seed), stock, {"neutral": 1.0}, .6, seed) for seed in range(4)]
    manner = expression({"neutral": 1.0}, .6)
    found = figures.mean_of([figures.figures(take.rotations, take.root, take.score, 30.0, manner.speed)
                             for take in rows])
    assert found["height slope"] == pytest.approx(1, abs=.1)
    assert found["path ratio"] == pytest.approx(1, abs=.1)
    assert abs(found["lateness"]) < .1


def test_every_limit_of_the_acceptance_is_measured(stock):
    take = takes.build(speech(0), stock, {"neutral": 1.0}, .6, 0)
    assert set(acceptance.LIMITS) <= set(figures.figures(take.rotations, take.root, take.score, 30.0))
