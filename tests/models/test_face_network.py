"""The face network's making: text, labels, alignment, targets, losses, export. No training beyond a few steps."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from bridge.face.listener import CUES, OVERLAP, hear  # noqa: E402
from bridge.face.phones import PHONE_INDEX, PHONES, VISEMES  # noqa: E402
from models.corpora import sentences, voices  # noqa: E402
from models.corpora.voices import RATE, Utterance  # noqa: E402
from models.face import batches, examples, export, losses, realign, train  # noqa: E402
from models.face.network import PhoneticNetwork, Posteriors  # noqa: E402


def phones(*names):
    return np.array([PHONE_INDEX[name] for name in names], np.int8)


@pytest.fixture
def utterance():
    """Tones of one second: silence, "ma", silence; phone times on odd frames."""
    random = np.random.default_rng(0)
    samples = np.concatenate([np.zeros(4000), 0.3 * random.standard_normal(8000), np.zeros(4000)]).astype(np.float32)
    return Utterance(samples, phones("SIL", "M", "AA", "SIL"), np.array([0, 0.25, 0.4, 0.75, 1.0], np.float32), "tone")


def test_sentences_are_drawn_by_seed_and_varied():
    words = ["maple", "thumb", "voyage", "bishop"]
    one, again, other = (sentences.english(60, seed, words) for seed in (1, 1, 2))
    assert one == again and one != other and len(set(one)) > 50
    assert all(sentences.foreign(language, 2, 0)[0].strip() for language in sentences.LANGUAGES)


def test_an_utterance_survives_the_cache(tmp_path, utterance):
    utterance.save(tmp_path / "part" / "one.npz")
    back = Utterance.load(tmp_path / "part" / "one.npz")
    np.testing.assert_allclose(back.samples, utterance.samples.clip(-1, 1), atol=1e-4)
    np.testing.assert_array_equal(back.phones, utterance.phones)
    assert (back.speaker, back.language) == ("tone", "en")


def test_ipa_becomes_phones_and_marks_fall_away():
    events = [(0, ""), (100, "ˈm"), (200, "ɑː"), (300, "(en)"), (400, "tʃ"), (500, "y"), (600, "ʲ"), (700, "")]
    found, starts = voices._from_ipa(events)
    assert [PHONES[phone] for phone in found] == ["SIL", "M", "AA", "CH", "UW", "SIL"]
    assert starts == [0, 100, 200, 400, 500, 700]


def test_frame_targets_follow_the_phones(utterance):
    frames, certain = examples.frame_phones(utterance, 101)
    assert [PHONES[phone] for phone in frames[[10, 30, 60, 90]]] == ["SIL", "M", "AA", "SIL"]
    assert not certain[25] and certain[32]
    cues = examples.frame_cues(utterance, 101)
    closure, voice, jaw = (cues[:, CUES.index(name)] for name in ("closure", "voice", "jaw"))
    assert closure[[30, 38]].all() and not closure[[10, 45]].any()
    assert voice[30] and not voice[10]
    assert jaw[55] > 0.9 > 0.3 > jaw[32] > 0.0


def test_unknown_phones_ask_nothing(utterance):
    unknown = Utterance(utterance.samples, np.array([0, -1, 1, 0], np.int8), utterance.bounds, "tone")
    made = examples.example(unknown)
    assert (made.phones[26:39] == -1).all() and np.isnan(made.cues[26:39]).all()


def test_worsening_moves_labels_with_the_sound(utterance):
    noise = [np.random.default_rng(1).standard_normal(RATE).astype(np.float32)]
    for seed in range(8):
        made = examples.worsened(utterance, noise, np.random.default_rng(seed))
        loud = np.abs(made.samples).reshape(-1)
        start = int(made.bounds[1] * RATE)
        assert loud[start + 200:start + 4000].mean() > 1.5 * loud[max(0, start - 2500):max(1, start - 200)].mean()


@pytest.mark.parametrize("gap", [0, 7])
def test_alignment_finds_phones_and_the_silences_between(gap):
    said = ["SIL"] * 10 + ["M"] * 8 + ["SIL"] * gap + ["AA"] * 12 + ["T"] * 5 + ["SIL"] * 6
    scores = np.full((len(said), len(PHONES)), -5.0)
    scores[np.arange(len(said)), [PHONE_INDEX[name] for name in said]] = -0.1
    found, starts = realign.align(scores, [PHONE_INDEX[name] for name in ("M", "AA", "T")])
    expected = [("SIL", 0), ("M", 10), *([("SIL", 18)] if gap else []), ("AA", 18 + gap), ("T", 30 + gap),
                ("SIL", 35 + gap)]
    assert [(PHONES[phone], start) for phone, start in zip(found, starts, strict=True)] == expected


def test_labels_a_network_never_hears_are_disowned(utterance):
    visemes = np.zeros((101, len(VISEMES)), np.float32)
    visemes[:, VISEMES.index("SS")] = 1.0
    wrong = realign.disowned(utterance, visemes, 0.4)
    assert wrong[40:70].all() and not wrong[:20].any()


def test_a_few_steps_lower_the_loss(utterance):
    torch.manual_seed(0)
    torch.set_num_threads(1)
    pools = {"one": batches.Pool([examples.example(utterance)] * 4)}
    network = PhoneticNetwork(40, 16)
    optimiser = torch.optim.AdamW(network.parameters(), lr=5e-3)
    values = []
    for step in range(25):
        batch = batches.draw(pools, {"one": 3}, np.random.default_rng(step))
        value = losses.loss(network(batch.features), batch)
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        values.append(float(value.detach()))
    assert np.mean(values[-5:]) < 0.7 * np.mean(values[:3])


def test_the_network_sees_less_than_the_windows_overlap():
    """Windows of any place give the same answer: what lies further away than the overlap changes nothing."""
    network = PhoneticNetwork(4, 8).eval()
    features = torch.randn(1, 600, 4)
    changed = features.clone()
    changed[:, :300 - OVERLAP] += 5.0
    with torch.no_grad():
        one, other = (Posteriors(network)(x)[0][0, 300:] for x in (features, changed))
    torch.testing.assert_close(one, other)


def test_long_speech_is_heard_in_windows_as_in_one():
    network = Posteriors(PhoneticNetwork(40, 8)).eval()

    class Session:
        def run(self, names, feeds, options=None):
            with torch.no_grad():
                return [out.numpy() for out in network(torch.from_numpy(feeds["features"]))]

    features = np.random.default_rng(0).standard_normal((6500, 40)).astype(np.float32)
    whole = Session().run(None, {"features": features[None]})
    heard = hear(features, Session())
    np.testing.assert_allclose(heard.phones, whole[0][0], atol=1e-5)
    np.testing.assert_allclose(heard.cues, whole[2][0], atol=1e-5)


def test_a_training_goes_on_from_its_checkpoint_as_if_it_had_not_stopped(tmp_path, utterance):
    torch.set_num_threads(1)
    course = train.Course(8, 10, 1e-3, 0.1, {"train": 2})
    pools = {"train": batches.Pool([examples.example(utterance)] * 4)}

    def begin():
        torch.manual_seed(3)
        return train.Run.begin(40, course)

    def steps(run, count):
        for _ in range(count):
            torch.manual_seed(run.step)
            train.step(run, pools, course, 0)
        return run

    whole = steps(begin(), 4)
    broken = steps(begin(), 2)
    broken.save(tmp_path / "checkpoint.pt")
    resumed = begin()
    resumed.resume(tmp_path / "checkpoint.pt")
    steps(resumed, 2)
    assert resumed.step == 4
    for one, other in zip(whole.average.state_dict().values(), resumed.average.state_dict().values(), strict=True):
        torch.testing.assert_close(one, other)


def test_the_exported_model_gives_what_the_network_gives(tmp_path):
    pytest.importorskip("onnxruntime")
    network = PhoneticNetwork(40, 8).eval()
    content = export.to_onnx(network, 40, tmp_path / "face.onnx")  # compares the two itself
    assert 1000 < len(content) < 100_000
