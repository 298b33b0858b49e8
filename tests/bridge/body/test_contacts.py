"""When feet stand."""

import numpy as np

from bridge.body import contacts
from bridge.body.kinematics import globals_of, rest_of
from bridge.body.skeleton import CANONICAL


def test_soles_touch_the_ground_in_rest():
    turns, places = rest_of()
    points = contacts.sole_points(turns[None], places[None], CANONICAL)[0]
    np.testing.assert_allclose(points[:, 2], 0, atol=1e-12)
    assert points[0, 1] > 0 > points[1, 1] and points[0, 0] > 0 > points[2, 0]


def soles(frames=150):
    """Sole points of a body that lifts its left foot and sets it down 0.3 m ahead in frames 60 to 80."""
    points = np.tile(rest_points(), (frames, 1, 1))
    step = np.clip((np.arange(frames) - 60) / 20, 0, 1)
    points[:, :2, 1] -= 0.3 * step[:, None]
    points[:, :2, 2] += 0.12 * np.sin(np.pi * step)[:, None]
    return points


def rest_points():
    turns, places = rest_of()
    return contacts.sole_points(turns[None], places[None], CANONICAL)[0]


def test_a_step_is_no_contact():
    planted = contacts.detect(soles(), 30.0)
    assert planted[:55].all() and planted[85:].all() and planted[:, 2:].all()
    assert not planted[64:76, :2].any()


def test_slow_sliding_stands():
    points = soles()
    points[:, :, 0] += 0.05 * np.sin(np.arange(150) / 30)[:, None]  # 5 cm/s at most
    assert contacts.detect(points, 30.0)[:, 2:].all()


def test_short_interruptions_and_short_contacts_are_none():
    points = soles()
    points[100, 2, 0] += 0.02  # one bad frame
    given = np.zeros((150, 4))
    given[10:12, 0] = given[30:90, 1] = given[:, 2:] = 1
    planted = contacts.detect(points, 30.0, given)
    assert planted[:, 2:].all() and not planted[:, 0].any() and planted[30:55, 1].all()


def test_given_contacts_are_kept_unless_the_foot_flies():
    given = np.ones((150, 4))
    given[:30, 3] = 0
    planted = contacts.detect(soles(), 30.0, given)
    assert not planted[:30, 3].any() and planted[30:, 3].all()
    assert not planted[66:74, :2].any()


def test_runs():
    mask = np.array([1, 1, 0, 0, 1, 0, 1], bool)
    np.testing.assert_array_equal(contacts.runs(mask), [[0, 2], [4, 5], [6, 7]])
    assert contacts.runs(np.zeros(4, bool)).shape == (0, 2)


def test_recorded_idles_stand_all_the_time(clips, read_clip):
    for path in clips["rachel"] + clips["rocketbox"]:
        q, root = read_clip(path)
        points = contacts.sole_points(*globals_of(q, root), CANONICAL)
        assert contacts.detect(points, 30.0).mean() > 0.99
