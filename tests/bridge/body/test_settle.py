"""What settling promises: feet that stand, hands outside the body, the performance itself unchanged."""

import time
from dataclasses import replace

import numpy as np
import pytest

from bridge.body import clearance, contacts, ik, shoulders
from bridge.body import rotations as rot
from bridge.body.kinematics import globals_of
from bridge.body.settle import settle
from bridge.body.skeleton import CANONICAL, Skeleton
from bridge.problems import Cancelled
from bridge.watch import Watch

AT = CANONICAL.index
WRISTS = [AT["leftHand"], AT["rightHand"]]
FEET = [AT["leftFoot"], AT["rightFoot"]]
TRUNK = tuple(capsule for capsule in clearance.CAPSULES if capsule[0] in clearance.TRUNK)


def placed(motion):
    return globals_of(motion.rotations.astype(float), motion.root.astype(float))


def planted_ankle_speeds(motion):
    """mm/s of each ankle while heel and ball are down."""
    places = placed(motion)[1]
    speeds = np.linalg.norm(np.diff(places[:, FEET], axis=0), axis=-1) * motion.fps * 1000
    down = (motion.contacts > 0.5).reshape(len(motion), 2, 2).all(2)
    return speeds[down[1:] & down[:-1]]


def jerk(motion, joints):
    return np.linalg.norm(np.diff(placed(motion)[1][:, joints], 3, axis=0), axis=-1).mean() * motion.fps ** 3


def change(a, b):
    """Degrees (T, J) between two motions."""
    return np.degrees(rot.angle_between(a.rotations.astype(float), b.rotations.astype(float)))


def talk(standing, frames=600):
    """A made performance: two hands that beat in front of the body, a swaying trunk."""
    rotations, root = standing(frames)
    t = np.arange(frames)[:, None] / 30
    for side, sign in (("left", 1), ("right", -1)):
        lift = 25 * np.exp(-0.5 * (((t + sign * 0.1) % 2 - 1) / 0.15) ** 2)
        swing = rot.from_rotation_vector(np.radians(lift * [[-0.5, 0, 0]]))
        rotations[:, AT[f"{side}UpperArm"]] = rot.multiply(swing, rotations[:, AT[f"{side}UpperArm"]])
        rotations[:, AT[f"{side}LowerArm"]] = rot.from_rotation_vector(np.radians((20 + 2 * lift) * [[0, 0, -sign]]))
    rotations[:, AT["spine"]] = rot.from_rotation_vector(np.radians(3 * np.sin(t) * [[1, 0, 0]]))
    return rotations, root


def test_what_is_right_stays_as_it_is(standing, motion_of):
    motion = motion_of(*talk(standing))
    settled = settle(motion)
    assert change(motion, settled).max() < 1.0
    assert np.abs(settled.root - motion.root).max() < 0.002
    assert settled.contacts.all()


def test_the_body_and_its_frame_count_come_back(standing, motion_of):
    motion = motion_of(*talk(standing, 50))
    settled = settle(motion)
    assert settled.rotations.dtype == settled.root.dtype == settled.contacts.dtype == np.float32
    assert len(settled) == 50 and settled.fps == 30 and settled.skeleton is CANONICAL
    np.testing.assert_allclose(np.linalg.norm(settled.rotations, axis=-1), 1, atol=1e-6)
    assert (np.einsum("tji,tji->tj", settled.rotations[1:], settled.rotations[:-1]) > 0).all()


def test_noise_and_drift_of_a_model_go(standing, motion_of):
    rng = np.random.default_rng(0)
    rotations, root = talk(standing, 900)
    clean = motion_of(rotations, root)
    noise = rot.from_rotation_vector(np.radians(0.2) * rng.standard_normal((*rotations.shape[:2], 3)))
    t = np.arange(900) / 30
    drifting = root + np.stack((0.2 * np.sin(t / 8), 0.01 * t, 0.01 * np.sin(t / 3)), 1)
    drifting += 0.002 * rng.standard_normal(root.shape)
    motion = motion_of(rot.multiply(rotations, noise), drifting)
    settled = settle(motion)
    assert settled.contacts.all()
    assert np.percentile(planted_ankle_speeds(settled), 95) < 1
    assert np.ptp(settled.root, axis=0).max() < 0.06
    assert jerk(settled, WRISTS) < 0.15 * jerk(motion, WRISTS)
    reach, wanted = (places[:, WRISTS] - places[:, :1] for places in (placed(settled)[1], placed(clean)[1]))
    assert np.percentile(np.linalg.norm(reach - wanted, axis=-1), 95) < 0.015
    knees = settled.rotations[:, [AT["leftLowerLeg"], AT["rightLowerLeg"]]].astype(float)
    assert np.degrees(rot.angle_between(knees[1:], knees[:-1])).max() < 6


def test_accents_keep_their_time_and_size(standing, motion_of):
    motion = motion_of(*talk(standing))
    speeds = [np.linalg.norm(np.diff(placed(m)[1][:, WRISTS], axis=0), axis=-1) for m in (motion, settle(motion))]
    assert np.abs(speeds[0].argmax(0) - speeds[1].argmax(0)).max() <= 1
    np.testing.assert_allclose(speeds[1].max(0), speeds[0].max(0), rtol=0.03)


def test_sliding_feet_are_pinned_and_a_step_is_kept(standing, motion_of):
    rotations, root = standing(180)
    t = np.clip((np.arange(180) - 80) / 20, 0, 1)
    root = root + np.stack((np.zeros(180), -0.3 * t * t * (3 - 2 * t), np.zeros(180)), 1)  # both feet glide 30 cm
    settled = settle(motion_of(rotations, root))
    assert np.percentile(planted_ankle_speeds(settled), 95) < 1
    moved = placed(settled)[1][[0, -1]][:, FEET]
    np.testing.assert_allclose(moved[1] - moved[0], [[0, -0.3, 0]] * 2, atol=0.02)


def test_a_body_that_floats_comes_down_to_the_ground(standing, motion_of):
    rotations, root = standing(120)
    settled = settle(motion_of(rotations, root + np.array([0, 0, 0.012])))
    soles = contacts.sole_points(*placed(settled), CANONICAL)
    np.testing.assert_allclose(soles[..., 2], 0, atol=1e-3)
    assert change(settled, motion_of(rotations, root))[:, AT["leftLowerLeg"]].max() < 1


def test_legs_never_stretch_beyond_their_length(standing, motion_of):
    rotations, root = standing(200)
    root = root + 0.04 * np.sin(np.arange(200) / 20)[:, None] * [1, 0, 0.7]  # up by more than the knees give
    settled = settle(motion_of(rotations, root, contacts=np.ones((200, 4))))
    assert np.percentile(planted_ankle_speeds(settled), 95) < 1
    knees = settled.rotations[:, [AT["leftLowerLeg"], AT["rightLowerLeg"]]].astype(float)
    assert np.degrees(rot.to_rotation_vector(knees))[..., 0].min() > 5
    assert jerk(settled, [0]) < 20


def unit(v):
    return v / np.linalg.norm(v, axis=-1, keepdims=True)


def reaching(rotations, root, **targets):
    """Local rotations with the wrists of some sides at targets (T, 3), the elbows hanging outside of them."""
    rotations = rotations.copy()
    for side, target in targets.items():
        turns, places = globals_of(rotations, root)
        upper, lower, hand = (AT[side + name] for name in ("UpperArm", "LowerArm", "Hand"))
        shoulder, elbow, wrist = (places[:, joint] for joint in (upper, lower, hand))
        along = unit(target - shoulder)
        distance = np.minimum(np.linalg.norm(target - shoulder, axis=1, keepdims=True), 0.53)
        down = np.array([0.7 if side == "left" else -0.7, 0.2, -1.0])
        pole = unit(down - np.sum(down * along, 1, keepdims=True) * along)
        share = (0.285 ** 2 + distance ** 2 - 0.255 ** 2) / (2 * 0.285 * distance)
        new_elbow = shoulder + 0.285 * (share * along + np.sqrt(1 - share ** 2) * pole)
        ik.set_globals(rotations, turns, CANONICAL.parents, {
            upper: ik.pointed(turns[:, upper], elbow - shoulder, new_elbow - shoulder),
            lower: ik.pointed(turns[:, lower], wrist - elbow, shoulder + distance * along - new_elbow)})
    return rotations


@pytest.mark.parametrize(("through", "depth"), [((0.0, 0.0, 1.20), 0.07), ((0.05, -0.08, 1.05), 0.02),
                                                ((0.12, 0.03, 1.35), 0.02), ((0.0, -0.06, 1.62), 0.03),
                                                ((0.10, 0.0, 0.70), 0.05)])
def test_hands_come_out_of_the_body(standing, motion_of, through, depth):
    rotations, root = standing(180)
    rest = np.array([0.30, -0.20, 1.15])
    way = np.sin(np.pi * np.arange(180) / 179)[:, None] ** 4  # there and back in 3 s
    motion = motion_of(reaching(rotations, root, left=rest + way * (np.array(through) - rest)), root)
    before = clearance.penetration(*placed(motion), CANONICAL)[:, 0]
    settled = settle(motion)
    assert before.max() > depth
    assert clearance.penetration(*placed(settled), CANONICAL).max() < 0.005
    near = np.convolve(before > 0, np.ones(41), "same") > 0
    assert change(motion, settled)[~near][:, AT["leftHand"]].max() < 2
    assert change(motion, settled)[:, AT["rightUpperArm"]].max() < 2
    assert jerk(settled, [AT["leftHand"]]) < 80
    steps = np.linalg.norm(np.diff(placed(settled)[1][:, AT["leftHand"]], axis=0), axis=1)
    assert steps.max() < 0.06  # led around, not thrown out


def test_palms_do_not_pass_through_each_other(standing, motion_of):
    rotations, root = standing(120)
    way = np.sin(np.arange(120) / 20)[:, None] * [0.06, 0, 0]
    middle = np.array([[0.0, -0.32, 1.10]])
    motion = motion_of(reaching(rotations, root, left=middle - way, right=middle + way), root)

    def gap(motion):
        hands = placed(motion)[1][:, WRISTS]
        return np.linalg.norm(hands[:, 0] - hands[:, 1], axis=1).min()

    assert gap(motion) < 0.01 and gap(settle(motion)) > 0.03


def test_forearms_keep_the_pronation_and_hands_only_swing(standing, motion_of):
    rotations, root = standing(60)
    rotations[:, AT["leftLowerArm"]] = rot.from_rotation_vector(np.radians([0, 0, -95.0]))
    rotations[:, AT["leftUpperArm"]] = rot.from_rotation_vector(np.radians([60.0, 60, 0]))
    settled = settle(motion_of(rotations, root))
    hand = rot.twist_angle(settled.rotations[:, AT["leftHand"]].astype(float), np.array([1.0, 0, 0]))
    assert np.degrees(np.abs(hand)).max() < 0.1


def test_shoulders_follow_raised_arms(standing):
    rotations, root = standing(91)
    raised = np.linspace(72, -70, 91)  # from hanging to overhead
    rotations[:, AT["leftUpperArm"]] = rot.from_rotation_vector(np.radians(raised)[:, None] * [0, 1, 0])
    followed = shoulders.follow(rotations, root, CANONICAL)
    rise = -np.degrees(rot.twist_angle(followed[:, AT["leftShoulder"]], np.array([0.0, 1, 0])))
    assert not rise[:8].any() and 12 < rise[-1] < 25 and (np.diff(rise) > -1e-9).all() and np.diff(rise).max() < 2
    before, after = (globals_of(q, root)[0][:, AT["leftUpperArm"]] for q in (rotations, followed))
    assert rot.angle_between(before, after).max() < 1e-9
    np.testing.assert_array_equal(followed[:, AT["rightShoulder"]], rotations[:, AT["rightShoulder"]])


def test_settled_twice_is_settled_once(standing, motion_of):
    rng = np.random.default_rng(1)
    rotations, root = talk(standing, 300)
    noise = rot.from_rotation_vector(np.radians(0.3) * rng.standard_normal((300, 52, 3)))
    once = settle(motion_of(rot.multiply(rotations, noise), root + 0.002 * rng.standard_normal(root.shape)))
    twice = settle(once)
    assert np.percentile(change(once, twice), 99) < 0.5 and np.abs(once.root - twice.root).max() < 0.001
    np.testing.assert_array_equal(once.contacts, twice.contacts)


def test_long_motions_are_settled_in_blocks_without_seams(standing, motion_of, monkeypatch):
    rotations, root = talk(standing, 700)
    noise = rot.from_rotation_vector(np.radians(0.2) * np.random.default_rng(2).standard_normal((700, 52, 3)))
    motion = motion_of(rot.multiply(rotations, noise), root)
    whole = settle(motion)
    monkeypatch.setattr("bridge.body.settle._BLOCK", 190)
    assert change(whole, settle(motion)).max() < 0.01


@pytest.mark.parametrize("frames", [1, 2, 5])
@pytest.mark.parametrize("fps", [15.0, 24.0, 120.0])
def test_short_motions_and_other_rates(standing, motion_of, frames, fps):
    motion = motion_of(*standing(frames), fps=fps)
    settled = settle(motion)
    assert len(settled) == frames and change(motion, settled).max() < 0.5


def test_another_skeleton_is_refused(standing, motion_of):
    motion = motion_of(*standing(3))
    odd = Skeleton(("a", *CANONICAL.names[1:]), CANONICAL.parents, CANONICAL.offsets, CANONICAL.rest_rotations)
    with pytest.raises(ValueError, match="hips"):
        settle(replace(motion, skeleton=odd))


def test_cancelled(standing, motion_of):
    watch = Watch()
    watch.cancel()
    with pytest.raises(Cancelled):
        settle(motion_of(*standing(10)), watch)


def test_a_minute_settles_in_a_second(standing, motion_of):
    motion = motion_of(*talk(standing, 1800))
    settle(motion_of(*standing(10)))
    began = time.process_time()
    settle(motion)
    assert time.process_time() - began < 1


@pytest.mark.parametrize("name", ["adil", "brad", "brad2", "connor", "garza", "harmony", "pn", "rachel", "rocketbox",
                                  "utah"])
def test_recorded_clips(clips, read_clip, motion_of, name):
    ankles, depth, moved = [], [], []
    for path in clips[name][::5]:
        motion = motion_of(*read_clip(path))
        settled = settle(motion)
        ankles.append(planted_ankle_speeds(settled))
        depth.append(clearance.penetration(*placed(settled), CANONICAL, TRUNK))
        clear = clearance.penetration(*placed(motion), CANONICAL).max() < 0.002
        if clear and name in ("brad2", "connor", "garza", "rachel", "rocketbox"):
            moved.append(np.linalg.norm(placed(settled)[1] - placed(motion)[1], axis=-1)[:, WRISTS])
    assert np.percentile(np.concatenate(ankles), 95) < 10  # mm/s
    assert np.concatenate(depth).max() < 0.005
    if moved:  # clean captures that touch nothing are hardly changed
        assert np.median(np.concatenate(moved)) < 0.006
