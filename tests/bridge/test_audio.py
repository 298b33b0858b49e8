"""Sound files of many kinds read alike, and everything else refused with a sentence that names the file."""

import os
import subprocess
import sys

import numpy as np
import pytest
import soundfile

from bridge import audio
from bridge.problems import TABLE, Problem


def tone(seconds=1.0, rate=16_000, hertz=440.0, level=0.3):
    return level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


def refusal(path, *args):
    with pytest.raises(Problem) as caught:
        audio.read(path, *args)
    assert str(path) in caught.value.sentence and "?" not in caught.value.sentence
    assert caught.value.hint and caught.value.code in TABLE
    return caught.value.code


def close(samples, expected, atol):
    """Alike away from the ends, where a resampler rings."""
    assert samples.dtype == np.float32 and abs(len(samples) - len(expected)) <= 2
    inner = slice(800, min(len(samples), len(expected)) - 800)
    np.testing.assert_allclose(samples[inner], expected[inner], atol=atol)


# ---- what is read ----------------------------------------------------------------------------------------

@pytest.mark.parametrize(("suffix", "subtype", "atol"), [
    ("wav", "PCM_U8", 0.01), ("wav", "PCM_16", 1e-4), ("wav", "PCM_24", 1e-6), ("wav", "PCM_32", 1e-6),
    ("wav", "FLOAT", 1e-6), ("wav", "DOUBLE", 1e-6), ("wav", "ULAW", 0.02), ("wav", "ALAW", 0.02),
    ("flac", "PCM_16", 1e-4), ("flac", "PCM_24", 1e-6), ("w64", "PCM_16", 1e-4), ("aiff", "PCM_16", 1e-4),
    ("au", "PCM_16", 1e-4), ("caf", "PCM_16", 1e-4),
    ("ogg", "VORBIS", 0.03), ("ogg", "OPUS", 0.05), ("mp3", "MPEG_LAYER_III", 0.03)])
def test_formats(tmp_path, suffix, subtype, atol):
    path = tmp_path / f"a.{suffix}"
    soundfile.write(path, tone(), 16_000, subtype=subtype)
    close(audio.read(path), tone(), atol)


@pytest.mark.parametrize("rate", [4000, 8000, 11_025, 22_050, 44_100, 48_000, 96_000, 192_000])
def test_rates(tmp_path, rate):
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(rate=rate), rate, subtype="FLOAT")
    close(audio.read(path), tone(), 2e-3)


@pytest.mark.parametrize("channels", [2, 3, 6, 16])
def test_channels_are_averaged(tmp_path, channels):
    path = tmp_path / "a.wav"
    parts = np.stack([tone(hertz=200 * (k + 1)) for k in range(channels)], 1)
    soundfile.write(path, parts, 16_000, subtype="FLOAT")
    close(audio.read(path), parts.mean(1), 1e-5)


def test_an_empty_channel_does_not_halve_the_voice(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.stack([0 * tone(), tone()], 1), 16_000, subtype="FLOAT")
    close(audio.read(path), tone(), 1e-5)


def test_channels_in_opposite_phase_do_not_cancel(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.stack([tone(), -tone()], 1), 16_000, subtype="FLOAT")
    close(audio.read(path), tone(), 1e-5)


@pytest.mark.parametrize(("suffix", "atol"), [("wav", 1e-4), ("flac", 1e-4), ("ogg", 0.03), ("mp3", 0.03)])
@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_a_range_is_the_same_passage(tmp_path, suffix, atol, rate):
    path = tmp_path / f"a.{suffix}"
    glide = 0.3 * np.sin(2 * np.pi * 100 * np.cumsum(1 + np.arange(4 * rate) / rate) / rate)
    soundfile.write(path, np.stack([glide, glide], 1), rate)
    whole = audio.read(path)
    close(audio.read(path, 1.5, 3.0), whole[24_000:48_000], atol)
    close(audio.read(path, 2.0), whole[32_000:], atol)
    close(audio.read(path, 0.0, 99.0), whole, atol)


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "opus", "mp3"])
def test_blocks_leave_no_seam(tmp_path, monkeypatch, suffix):
    path = tmp_path / f"a.{suffix}"
    kind = {"format": "OGG", "subtype": "OPUS"} if suffix == "opus" else {}
    soundfile.write(path, np.stack([tone(3, 48_000)] * 2, 1), 48_000, **kind)
    whole = audio.read(path)
    monkeypatch.setattr(audio, "_VALUES", 1001)
    np.testing.assert_array_equal(audio.read(path), whole)


@pytest.mark.parametrize("name", ["мова дзвінка.wav", "日本 語.flac", "a b'c\"d.ogg", "no_ending"])
def test_names(tmp_path, name):
    path = tmp_path / name
    soundfile.write(path, tone(), 16_000, format="wav")
    assert len(audio.read(path)) == 16_000
    assert len(audio.read(str(path))) == 16_000


def test_an_offset_is_kept_as_it_is(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, tone() + 0.3, 16_000, subtype="FLOAT")
    close(audio.read(path), tone() + 0.3, 1e-5)


@pytest.mark.parametrize("suffix", ["wav", "mp3"])
def test_what_is_there_of_a_cut_file_is_read(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    soundfile.write(path, tone(5), 16_000)
    content = path.read_bytes()
    path.write_bytes(content[:len(content) // 2])
    assert 2.0 * 16_000 < len(audio.read(path)) < 2.7 * 16_000


# ---- what is refused -------------------------------------------------------------------------------------

def test_missing(tmp_path):
    assert refusal(tmp_path / "gone.wav") == "audio.missing"


def test_folder(tmp_path):
    assert refusal(tmp_path) == "audio.no_file"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.wav")
    assert refusal(tmp_path / "a.wav") == "audio.no_file"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="needs a user who can be refused")
def test_not_permitted(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(), 16_000)
    path.chmod(0)
    assert refusal(path) == "audio.unreadable"


def test_a_name_no_system_knows(tmp_path):
    assert refusal(str(tmp_path / "a\0b.wav")) == "audio.unreadable"


@pytest.mark.parametrize("name", ["a.wav", "a.mp3", "a.raw", "a.txt"])
def test_text(tmp_path, name):
    path = tmp_path / name
    path.write_text("To be, or not to be, that is the question. " * 200)
    assert refusal(path) == "audio.not_sound"


def test_empty(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(b"")
    assert refusal(path) == "audio.empty"


def test_header_alone(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.zeros(0), 16_000)
    assert refusal(path) == "audio.short"


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg"])
def test_broken_header(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    soundfile.write(path, tone(), 16_000)
    path.write_bytes(path.read_bytes()[:20])
    assert refusal(path) == "audio.broken"


def test_broken_in_the_middle(tmp_path):
    path = tmp_path / "a.flac"
    soundfile.write(path, np.random.default_rng(0).normal(0, 0.1, 160_000), 16_000)
    content = path.read_bytes()
    path.write_bytes(content[:len(content) // 2])
    assert refusal(path) == "audio.broken"


@pytest.mark.parametrize(("subtype", "rate"), [("IMA_ADPCM", 16_000), ("MS_ADPCM", 16_000), ("GSM610", 8000),
                                               ("G721_32", 8000)])
def test_codecs_that_are_not_trusted(tmp_path, subtype, rate):
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(rate=rate), rate, subtype=subtype)
    assert refusal(path) == "audio.format"


def test_formats_that_are_not_trusted(tmp_path):
    path = tmp_path / "a.mat"
    soundfile.write(path, tone(), 16_000, format="MAT5")
    assert refusal(path) == "audio.format"


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e20])
@pytest.mark.parametrize("channels", [1, 2])
def test_values_that_are_no_sound(tmp_path, value, channels):
    path = tmp_path / "a.wav"
    samples = np.repeat(tone()[:, None], channels, 1)
    samples[8000, -1] = value
    soundfile.write(path, samples, 16_000, subtype="FLOAT")
    assert refusal(path) == "audio.values"
    with pytest.raises(Problem, match=r"at 0\.50 s"):
        audio.read(path)


def test_short(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(0.25), 16_000)
    assert refusal(path) == "audio.short"


@pytest.mark.parametrize("samples", [np.zeros(16_000), np.full(16_000, 0.3),
                                     np.random.default_rng(0).normal(0, 10 ** (-70 / 20), 16_000)],
                         ids=["zeros", "offset", "faint noise"])
def test_silence(tmp_path, samples):
    path = tmp_path / "a.wav"
    soundfile.write(path, samples, 16_000, subtype="FLOAT")
    assert refusal(path) == "audio.silent"


def test_a_faint_voice_is_no_silence(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(level=0.3 * 0.01), 16_000, subtype="FLOAT")
    assert len(audio.read(path)) == 16_000


@pytest.mark.parametrize("passage", [(1.0, 1.2), (2.0, 1.0), (5.0, 6.0), (5.0, None), (-1.0, 1.0), (np.nan, 1.0),
                                     (0.0, np.nan), (np.inf, None), (0.0, 0.0)])
def test_ranges_without_speech(tmp_path, passage):
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(3.0), 16_000)
    assert refusal(path, *passage) == "audio.range"


def test_too_long(tmp_path, monkeypatch):
    path = tmp_path / "a.flac"
    soundfile.write(path, tone(4.0), 16_000)
    monkeypatch.setattr(audio, "LONGEST", 3.0)
    assert refusal(path) == "audio.long"
    assert len(audio.read(path, 1.0)) == 48_000


def test_too_long_without_saying_so(tmp_path, monkeypatch):
    path = tmp_path / "a.flac"
    soundfile.write(path, tone(4.0), 16_000)
    monkeypatch.setattr(audio, "LONGEST", 3.0)
    monkeypatch.setattr(audio, "_UNKNOWN", 0)
    assert refusal(path) == "audio.long"


@pytest.mark.parametrize("rate", [1, 100, 1_000_000])
def test_rates_that_are_no_speech(tmp_path, rate):
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(3.0), rate)
    assert refusal(path) == "audio.rate"


def test_too_many_channels(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.ones((1600, 200)) * 0.1, 16_000)
    assert refusal(path) == "audio.channels"


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3"])
def test_damaged_bytes_never_crash_or_hang(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    soundfile.write(path, np.stack([tone(0.5)] * 2, 1), 16_000)
    content, random = path.read_bytes(), np.random.default_rng(0)
    outcomes = set()
    for attempt in range(40):
        damaged = bytearray(content)
        for place in random.integers(0, 60 if attempt % 2 else len(damaged), 4):
            damaged[place] = random.integers(256)
        path.write_bytes(damaged)
        try:
            outcomes.add(np.isfinite(audio.read(path)).all())
        except Problem as problem:
            outcomes.add(problem.code)
    assert len(outcomes) > 1 and False not in outcomes and "internal" not in outcomes


def test_the_decoder_is_imported_only_when_something_is_read():
    code = "import sys, bridge.audio; print(any(name in sys.modules for name in ('soundfile', 'soxr')))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
