import itertools

import pytest

from bridge.body import planner
from bridge.body.expression import expression
from bridge.body.phases import SIDES, hand_phases
from bridge.body.planner import plan
from bridge.messages import EMOTIONS
from bridge.speech.speech import Word

NEUTRAL = {"neutral": 1.0}


def rest_share(score, speed=1.0):
    frames = [place / 30 for place in range(int(score.seconds * 30))]
    spans = [(phase.start, phase.end) for side in SIDES for phase in hand_phases(score.events, side, speed)]
    return sum(not any(a <= time < b for a, b in spans) for time in frames) / len(frames)


def test_the_same_seed_plans_the_same_and_another_differently(make_speech):
    speech = make_speech(40)
    assert plan(speech, NEUTRAL, .5, 3) == plan(speech, NEUTRAL, .5, 3)
    assert plan(speech, NEUTRAL, .5, 3).events != plan(speech, NEUTRAL, .5, 4).events


@pytest.mark.parametrize("seed", range(6))
def test_strokes_fall_on_accents_and_leave_each_other_time(make_speech, seed):
    score = plan(make_speech(40, seed), NEUTRAL, .8, seed)
    apexes = sorted({event.apex for event in score.events})
    assert len(apexes) > 10
    for apex in apexes:
        assert min(abs(apex - accent.time) for accent in score.accents) <= .151
    assert min(b - a for a, b in itertools.pairwise(apexes)) >= planner.NEAREST - .002


def test_energy_brings_more_strokes_and_less_rest(make_speech):
    speeches = [make_speech(60, seed) for seed in range(5)]
    counts, rests = [], []
    for energy in (0, 1 / 3, 2 / 3, 1):
        scores = [plan(speech, NEUTRAL, energy, seed) for seed, speech in enumerate(speeches)]
        counts.append(sum(len({event.apex for event in score.events}) for score in scores))
        rests.append(sum(rest_share(score, expression(NEUTRAL, energy).speed) for score in scores))
    assert counts == sorted(counts) and counts[-1] > 1.8 * counts[0]
    assert rests == sorted(rests, reverse=True)


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_every_emotion_plans_reachable_hands(make_speech, emotion):
    score = plan(make_speech(40), {emotion: 1.0}, .6, 1)
    assert score.events
    for event in score.events:
        assert -.1 <= event.height <= planner.HIGHEST
        assert event.position[1] <= .03, "behind the body"
        assert event.hold <= (planner.LONG_HOLD if event.height > planner.RAISED else 1.4)


def test_sad_gestures_less_and_lower_than_happy(make_speech):
    def mean_height(emotion):
        events = [event for seed in range(5) for event in plan(make_speech(60, seed), {emotion: 1.0}, .5, seed).events]
        return len(events), sum(event.height for event in events) / len(events)
    (few, low), (many, high) = mean_height("sad"), mean_height("happy")
    assert few < .75 * many and low < high - .1


def test_a_word_under_the_stroke_steers_its_class(make_speech):
    speech = make_speech(60)
    words = tuple(Word("never", accent.time - .1, accent.time + .2) for accent in speech.accents)
    from dataclasses import replace
    events = plan(replace(speech, words=words), NEUTRAL, .7, 2).events
    assert sum(event.kind == "negation" for event in events) > .4 * len(events)


def test_silence_plans_no_strokes(make_speech):
    from dataclasses import replace
    score = plan(replace(make_speech(10), accents=(), phrases=()), NEUTRAL, 1.0, 0)
    assert score.events == () and score.seconds == 10


@pytest.mark.parametrize("seed", range(8))
def test_no_hand_waits_in_the_air(make_speech, seed):
    """A raised hand strokes again within the longest wait or goes back to rest."""
    score = plan(make_speech(60, seed), NEUTRAL, 1 / 3, seed)
    for side in SIDES:
        for phase in hand_phases(score.events, side):
            if not phase.to_rest:
                assert phase.release - phase.apex - phase.event.hold <= planner.LONGEST_WAIT
