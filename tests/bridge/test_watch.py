"""Progress and cancellation."""

import pytest

from bridge.problems import Cancelled, Problem
from bridge.watch import Watch


def test_stages_are_timed_and_reported():
    seen = []
    watch = Watch(lambda stage, done, total: seen.append((stage, done, total)))
    watch.stage("listen")
    watch.advance(1, 2)
    watch.stage("plan")
    watch.stage("")
    assert seen == [("listen", 0, 0), ("listen", 1, 2), ("plan", 0, 0)]
    assert set(watch.seconds) == {"listen", "plan"}


def test_cancel_is_seen_at_the_next_check():
    watch = Watch()
    watch.cancel()
    with pytest.raises(Cancelled):
        watch.advance(1, 2)
    with pytest.raises(Cancelled):
        watch.stage("plan")


def test_cancel_terminates_the_run_in_flight():
    class Session:
        def run(self, outputs, feeds, options):
            watch.cancel()
            assert options.terminate
            raise RuntimeError("Exiting due to terminate flag being set to true.")

    watch = Watch()
    with pytest.raises(Cancelled):
        watch.run(Session(), {})


def test_errors_of_a_run_are_passed_on():
    class Session:
        def run(self, outputs, feeds, options):
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        Watch().run(Session(), {})


def test_a_reason_that_is_a_sentence_of_its_own_ends_once():
    assert "full." in str(Problem("output.unwritable", path="a.bvh", why="The disk is full."))
    assert ".." not in str(Problem("output.unwritable", path="a.bvh", why="The disk is full."))


def test_a_problem_without_its_details_still_speaks():
    assert "?" in str(Problem("output.unwritable", path="a.bvh"))
