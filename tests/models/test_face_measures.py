"""The measures of lips measure what they say."""

import numpy as np

from bridge.face.phones import PHONE_INDEX, VISEMES
from models.metrics import lips


def test_events_are_runs():
    assert lips.events(np.array([0, 1, 1, 0, 1, 0], bool), 10.0) == [(0.1, 0.3), (0.4, 0.5)]
    assert lips.events(np.array([0, 1, 1, 0, 1, 0], bool), 10.0, 0.15) == [(0.1, 0.3)]


def test_a_stop_is_shut_without_its_burst():
    phones = np.array([PHONE_INDEX[name] for name in ("AA", "P", "M", "F")])
    assert lips.phone_events(phones, np.array([0.0, 1.0, 1.2, 1.4, 1.5])) == [(1.0, 1.0 + 0.2 * 0.75), (1.2, 1.4)]


def test_matching_counts_hits_and_false_alarms():
    reference = [(1.0, 1.1), (2.0, 2.1), (3.0, 3.1)]
    found = lips.match([(0.98, 1.08), (2.13, 2.2), (5.0, 5.1)], reference)
    assert (found.recall, found.precision) == (2 / 3, 2 / 3)
    np.testing.assert_allclose(found.offsets, [-0.02, 0.13])


def test_visemes_may_be_thirty_milliseconds_off_where_told():
    reference = np.repeat([1, 2, 3], 10)
    strict, relaxed = lips.viseme_frames(np.roll(reference, 3), reference)
    assert (strict, relaxed) == (0.7, 0.9)
    assert lips.viseme_frames(np.full(30, 5), np.where(np.arange(30) > 9, 5, -1))[0] == 1.0
    assert len(VISEMES) == 15


def test_correlation_and_reversals():
    time = np.arange(500) / 100
    wave = np.sin(2 * np.pi * 2 * time)
    assert lips.correlation(wave, 3 * wave + 1) > 0.999
    assert lips.correlation(wave, np.zeros(500)) == 0.0
    assert abs(lips.reversals(wave, 100) - 4.0) < 0.5
    assert lips.reversals(0.01 * wave, 100) == 0.0


def test_speech_is_where_it_sounds():
    random = np.random.default_rng(0)
    samples = np.concatenate([1e-4 * random.standard_normal(16000), random.standard_normal(16000)])
    frames = lips.speaking_frames(samples, 16000, 60, 30.0)
    assert not frames[:28].any() and frames[32:].all()
