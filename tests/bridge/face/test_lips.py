"""Lips shut where a closure is due, whatever else the face does."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bridge.face import lips, recipes
from bridge.face.track import ARKIT, ARKIT_INDEX

faces = arrays(np.float64, (6, len(ARKIT)), elements=st.floats(0.0, 1.0, width=32))
closures = arrays(np.float64, 6, elements=st.floats(0.0, 1.0, width=32))


@given(faces)
def test_a_full_closure_seals_any_face(weights):
    sealed = lips.seal(weights, np.ones(len(weights)))
    assert lips.gap(sealed).max() <= lips.SEALED


@given(faces, closures)
def test_the_lips_never_cross_and_weights_stay_in_range(weights, closure):
    sealed = lips.seal(weights, closure)
    assert np.all(sealed[:, ARKIT_INDEX["mouthClose"]] <= sealed[:, ARKIT_INDEX["jawOpen"]] + 1e-12)
    assert sealed.min() >= 0.0 and sealed.max() <= 1.0


@given(faces, closures)
@settings(max_examples=50)
def test_a_closure_never_opens_the_lips(weights, closure):
    weights[:, ARKIT_INDEX["mouthClose"]] = 0.0
    assert np.all(lips.gap(lips.seal(weights, closure)) <= lips.gap(weights) + 1e-9)


def test_no_closure_leaves_the_face_alone():
    weights = np.stack([recipes.viseme(name) for name in ("aa", "U", "SS")])
    np.testing.assert_allclose(lips.seal(weights, np.zeros(3)), weights)


def test_an_open_vowel_parts_the_lips_by_more_than_a_centimetre():
    assert 12.0 < lips.gap(recipes.viseme("aa")[None])[0] < 25.0
    assert lips.gap(recipes.viseme("sil")[None])[0] == 0.0
