"""Bad input end to end through ``python -m bridge generate``: exit code 1, one clear line, nothing half written."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import wave
from contextlib import contextmanager
from pathlib import Path

import pytest
import soundfile

from bridge import __main__ as command
from bridge import cards, command_line

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "persona_addon" / "assets" / "sample.ogg"


@pytest.fixture(scope="session")
def speech():
    """(samples, rate) of a second and a half of the sample."""
    samples, rate = soundfile.read(SAMPLE)
    return samples[:int(1.5 * rate)], rate


@pytest.fixture
def voice(tmp_path, speech) -> Path:
    soundfile.write(tmp_path / "voice.wav", *speech)
    return tmp_path / "voice.wav"


@pytest.fixture
def out(tmp_path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def generate(audio, out, *more):
    """Exit code of a whole command that would write four files."""
    return command.main(["generate", "--audio", str(audio), "--motion", str(out / "a.bvh"), "--face",
                         str(out / "a.csv"), "--json", str(out / "a.json"), "--write-score", str(out / "s.json"),
                         *more])


def the_line(capsys) -> str:
    """The one line that says what is wrong; there is nothing else but names of stages, and no path on stdout."""
    told = capsys.readouterr()
    assert told.out == "" and "Traceback" not in told.err
    lines = [line for line in told.err.splitlines() if not line.endswith(" …")]
    assert len(lines) == 1 and lines[0].startswith("persona: ") and "?" not in lines[0]
    return lines[0]


def refused(audio, out, capsys, code, *more):
    """Fails with this problem, names the file, and leaves nothing behind."""
    assert generate(audio, out, *more) == command_line.FAILED
    line = the_line(capsys)
    assert line.endswith(f"[{code}]") and str(audio) in line
    assert list(out.iterdir()) == []


def write(path: Path, samples, rate=16_000, subtype="PCM_16") -> Path:
    soundfile.write(path, samples, rate, subtype=subtype)
    return path


# ---- sounds ------------------------------------------------------------------------------------------------

def test_no_such_file(tmp_path, out, capsys):
    refused(tmp_path / "gone.wav", out, capsys, "audio.missing")


def test_a_folder(tmp_path, out, capsys):
    refused(tmp_path, out, capsys, "audio.no_file")


def test_silence_only(tmp_path, out, capsys):
    refused(write(tmp_path / "silence.wav", [0.0] * 32_000), out, capsys, "audio.silent")


def test_a_fifth_of_a_second(tmp_path, out, capsys, speech):
    samples, rate = speech
    refused(write(tmp_path / "short.wav", samples[:rate // 5], rate), out, capsys, "audio.short")


def test_an_empty_file(tmp_path, out, capsys):
    (tmp_path / "empty.wav").touch()
    refused(tmp_path / "empty.wav", out, capsys, "audio.empty")


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg"])
def test_a_broken_file(tmp_path, out, capsys, speech, suffix):
    path = tmp_path / f"broken.{suffix}"
    soundfile.write(path, *speech)
    path.write_bytes(path.read_bytes()[:24])
    refused(path, out, capsys, "audio.broken")


def test_a_file_with_noise_for_a_header(tmp_path, out, capsys):
    path = tmp_path / "noise.wav"
    path.write_bytes(bytes(range(256)) * 64)
    refused(path, out, capsys, "audio.not_sound")


def test_three_hours(tmp_path, out, capsys):
    """A sparse file of a gigabyte: its header alone is read."""
    path = tmp_path / "huge.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 44_100, 0, "NONE", ""))
        file.writeframes(b"\0\0")
    size = 3 * 3600 * 44_100 * 2
    with path.open("r+b") as file:
        file.seek(4)
        file.write((size + 36).to_bytes(4, "little"))
        file.seek(40)
        file.write(size.to_bytes(4, "little"))
        file.truncate(44 + size)
    refused(path, out, capsys, "audio.long")


def test_a_huge_file_that_is_no_sound(tmp_path, out, capsys):
    path = tmp_path / "huge.wav"
    with path.open("wb") as file:
        file.truncate(8 << 30)
    refused(path, out, capsys, "audio.not_sound")


def test_ima_adpcm(tmp_path, out, capsys, speech):
    refused(write(tmp_path / "phone.wav", *speech, subtype="IMA_ADPCM"), out, capsys, "audio.format")


@pytest.mark.parametrize("name", ["speech.wav", "speech.mp3", "speech.flac"])
def test_a_text_renamed(tmp_path, out, capsys, name):
    (tmp_path / name).write_text("To be, or not to be, that is the question. " * 50)
    refused(tmp_path / name, out, capsys, "audio.not_sound")


def test_a_name_that_is_too_long(tmp_path, out, capsys):
    refused(tmp_path / ("a" * 300 + ".wav"), out, capsys, "audio.unreadable")


def test_a_range_without_speech(voice, out, capsys):
    refused(voice, out, capsys, "audio.range", "--audio-range", "5:9")


@pytest.mark.parametrize("name", ["two words.wav", "take #2 50%.wav", "こんにちは 世界.wav", "🎭 наголос é.wav",
                                  "it's \"quoted\".wav", "-dash.wav"])
def test_names_that_work(tmp_path, speech, capsys, name):
    place = tmp_path / Path(name).stem
    place.mkdir()
    audio = write(place / name, *speech)
    motion, face = audio.with_suffix(".bvh"), audio.with_suffix(".csv")
    assert command.main(["generate", f"--audio={audio}", f"--motion={motion}", f"--face={face}"]) == command_line.DONE
    assert capsys.readouterr().out.splitlines() == [str(motion), str(face)]
    assert motion.read_text().startswith("HIERARCHY") and len(face.read_text().splitlines()) > 60
    assert sorted(place.iterdir()) == sorted([audio, motion, face])


def test_a_name_from_the_folder_one_is_in(voice, out, monkeypatch, capsys):
    """The same without a folder in it, and in a process of its own."""
    done = subprocess.run([sys.executable, "-m", "bridge", "generate", "--audio", voice.name, "--face", "a b.csv"],
                          cwd=voice.parent, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True,
                          text=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stdout) == (0, "a b.csv\n")


def test_a_process_ends_with_one_line_and_exit_code_1(tmp_path):
    done = subprocess.run([sys.executable, "-m", "bridge", "generate", "--audio", "gone #1.wav", "--face", "a.csv"],
                          cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
                          check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1] == ("persona: There is no sound file gone #1.wav. Check the path, or pack the "
                                            "sound again. [audio.missing]")


# ---- weights -----------------------------------------------------------------------------------------------

@pytest.fixture
def weights(tmp_path, monkeypatch) -> Path:
    """A folder of weights that a test may spoil."""
    folder = tmp_path / "weights"
    shutil.copytree(cards.WEIGHTS, folder)
    find = cards.find
    monkeypatch.setattr(cards, "find", lambda task, name="auto": find(task, name, folder))
    monkeypatch.setattr(cards, "_sessions", {})
    return folder


def spoilt(voice, out, capsys, code, subject, *more):
    assert generate(voice, out, *more) == command_line.FAILED
    line = the_line(capsys)
    assert line.endswith(f"[{code}]") and str(subject) in line
    assert list(out.iterdir()) == []


@pytest.mark.parametrize("task", ["gesture", "face"])
def test_weights_with_one_other_byte(weights, voice, out, capsys, task):
    path = weights / f"{task}.onnx"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    spoilt(voice, out, capsys, "model.changed", path)


def test_weights_cut_short(weights, voice, out, capsys):
    path = weights / "gesture.onnx"
    path.write_bytes(path.read_bytes()[:10_000])
    spoilt(voice, out, capsys, "model.changed", path)


def test_weights_that_are_not_there(weights, voice, out, capsys):
    (weights / "face.onnx").unlink()
    spoilt(voice, out, capsys, "model.missing", weights / "face.onnx")


def test_weights_that_are_a_pickle(weights, voice, out, capsys):
    (weights / "gesture.onnx").write_bytes(b"PK\x03\x04" + b"\0" * 1000)
    spoilt(voice, out, capsys, "model.kind", weights / "gesture.onnx")


def test_a_card_that_cannot_be_read(weights, voice, out, capsys):
    (weights / "gesture.toml").write_text("name = ")
    spoilt(voice, out, capsys, "model.card", weights / "gesture.toml")


def test_weights_for_other_features(weights, voice, out, capsys):
    card = weights / "gesture.toml"
    card.write_text(card.read_text().replace('features = "gesture-', 'features = "other-'))
    spoilt(voice, out, capsys, "model.features", "gesture")


def test_a_model_that_does_not_exist(voice, out, capsys):
    spoilt(voice, out, capsys, "model.unknown", "grand", "--model", "grand")


# ---- outputs -----------------------------------------------------------------------------------------------

FILL = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
import bridge.__main__ as command
import onnxruntime, soundfile, soxr
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
sys.exit(command.main(sys.argv[1:]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="this system limits no file sizes")
@pytest.mark.parametrize(("option", "name"), [("--motion", "a.bvh"), ("--motion", "a.npz"), ("--face", "a.csv")])
def test_a_disk_that_fills_up(voice, out, option, name):
    """A file may grow to 4 KiB only, as on a disk that is nearly full; what was there before is still there."""
    (out / name).write_text("what was there before")
    done = subprocess.run([sys.executable, "-B", "-c", FILL, "generate", "--audio", str(voice), option,
                           str(out / name)], cwd=ROOT, capture_output=True, text=True, check=False)
    lines = [line for line in done.stderr.splitlines() if not line.endswith(" …")]
    assert done.returncode == command_line.FAILED and done.stdout == "", done.stderr
    assert len(lines) == 1 and str(out / name) in lines[0] and lines[0].endswith("[output.unwritable]")
    assert [path.read_text() for path in out.iterdir()] == ["what was there before"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_a_device_is_never_replaced(voice, out, capsys):
    """A link to a device stays a link: the file takes its place in the folder, not that of the device."""
    (out / "a.csv").symlink_to("/dev/full")
    assert command.main(["generate", "--audio", str(voice), "--face", str(out / "a.csv")]) == command_line.DONE
    assert Path("/dev/full").is_char_device() and (out / "a.csv").is_file()


def no_output(voice, capsys, path, code, *more):
    assert command.main(["generate", "--audio", str(voice), *more]) == command_line.FAILED
    line = the_line(capsys)
    assert line.endswith(f"[{code}]") and str(path) in line


def test_a_folder_that_is_not_there(voice, tmp_path, capsys):
    path = tmp_path / "gone" / "a.bvh"
    no_output(voice, capsys, path, "output.unwritable", "--motion", str(path))


def test_a_folder_in_place_of_the_file(voice, out, capsys):
    (out / "a.csv").mkdir()
    no_output(voice, capsys, out / "a.csv", "output.unwritable", "--face", str(out / "a.csv"))


@contextmanager
def as_somebody_else():
    """A user without rights, where this one may do everything."""
    if os.geteuid() != 0:
        yield
        return
    os.setresgid(65534, 65534, 0)
    os.setresuid(65534, 65534, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)
        os.setresgid(0, 0, 0)


@pytest.mark.skipif(not hasattr(os, "setresuid"), reason="this system has no users like these")
@pytest.mark.parametrize(("closed", "audio", "code"), [
    ("voice.wav", "voice.wav", "audio.unreadable"), ("shut", "shut/voice.wav", "audio.unreadable"),
    ("out", "voice.wav", "output.unwritable")])
def test_what_may_not_be_read_or_written(speech, capsys, closed, audio, code):
    with tempfile.TemporaryDirectory() as folder:  # pytest's own folders are closed to others
        place = Path(folder)
        place.chmod(0o755)
        for name in ("out", "shut"):
            (place / name).mkdir()
            (place / name).chmod(0o777)
        write(place / audio, *speech).chmod(0o644)
        generate(place / "gone.wav", place / "out")  # imports everything as long as everything can be read
        capsys.readouterr()
        (place / closed).chmod(0o500 if closed == "out" else 0)
        with as_somebody_else():
            assert generate(place / audio, place / "out") == command_line.FAILED
        (place / closed).chmod(0o700)
        line = the_line(capsys)
        assert line.endswith(f"[{code}]") and str(place / ("out" if closed == "out" else audio)) in line
        assert list((place / "out").iterdir()) == []


@pytest.mark.parametrize("fails", ["open", "replace"])
def test_a_locked_file(voice, out, capsys, monkeypatch, fails):
    """What Windows answers where another program holds the file open."""
    target = out / "a.csv"
    target.write_text("old")

    def locked(*_args, **_options):
        raise PermissionError(13, "The process cannot access the file because it is being used", str(target))

    if fails == "open":
        monkeypatch.setattr("bridge.files.live_link_csv.write", locked)
    else:
        monkeypatch.setattr("bridge.files.whole.os.replace", locked)
    no_output(voice, capsys, target, "output.unwritable", "--face", str(target))
    assert [(path.name, path.read_text()) for path in out.iterdir()] == [("a.csv", "old")]


@pytest.mark.parametrize(("option", "name"), [("--motion", "a.fbx"), ("--motion", "a"), ("--face", "a.json")])
def test_an_ending_that_no_format_has(voice, out, capsys, option, name):
    no_output(voice, capsys, out / name, "output.format", option, str(out / name))


@pytest.mark.parametrize(("option", "layer", "name"), [("--motion", "body", "a.bvh"), ("--face", "face", "a.csv")])
def test_a_file_of_what_is_left_out(voice, out, capsys, option, layer, name):
    no_output(voice, capsys, out / name, "output.left_out", option, str(out / name), f"--no-{layer}")


# ---- other files and numbers -------------------------------------------------------------------------------

@pytest.mark.parametrize(("option", "name", "content", "code"), [
    ("--score", "s.json", "{}", "score.invalid"), ("--score", "s.json", "not JSON", "score.invalid"),
    ("--score", "s.json", None, "input.unreadable"), ("--transcript", "t.srt", None, "transcript.missing"),
    ("--transcript", "t.pdf", "x", "transcript.format"), ("--transcript", "t.txt", "", "transcript.empty"),
    ("--transcript", "t.srt", "no times here", "transcript.invalid")])
def test_a_score_or_transcript_that_is_none(voice, tmp_path, out, capsys, option, name, content, code):
    path = tmp_path / name
    if content is not None:
        path.write_text(content)
    spoilt(voice, out, capsys, code, path, option, str(path))


@pytest.mark.parametrize("words", [("--energy", "2"), ("--energy", "nan"), ("--guidance", "-1"), ("--seed", "-3"),
                                   ("--emotion", "happy=7"), ("--tolerance", "0"), ("--no-body", "--no-face")])
def test_numbers_out_of_range_are_refused(voice, tmp_path, capsys, words):
    report = tmp_path / "a.json"
    assert command.main(["generate", "--audio", str(voice), "--json", str(report), *words]) == command_line.FAILED
    assert the_line(capsys).endswith("[request.invalid]") and not report.exists()


def test_what_nobody_foresaw_is_one_line_and_a_log(voice, out, capsys, monkeypatch):
    def fail(*_args, **_options):
        raise KeyError("an oversight\nof two lines")

    monkeypatch.setattr("bridge.body.planner.plan", fail)
    assert generate(voice, out) == command_line.FAILED
    line = the_line(capsys)
    assert line.endswith("[internal]") and list(out.iterdir()) == []
    log = Path(line.split("the log at ")[1].split(". [")[0])
    assert "in fail" in log.read_text()
    log.unlink()


def test_no_memory_is_said_so(voice, out, capsys, monkeypatch):
    def fail(*_args, **_options):
        raise MemoryError

    monkeypatch.setattr("bridge.body.planner.plan", fail)
    assert generate(voice, out) == command_line.FAILED
    assert the_line(capsys).endswith("[worker.memory]")


# ---- tables of jobs ----------------------------------------------------------------------------------------

def jobs(tmp_path, text: str, *more) -> int:
    (tmp_path / "jobs.csv").write_text(text, encoding="utf-8")
    return command.main(["generate", "--jobs", str(tmp_path / "jobs.csv"), *more])


def test_bad_rows_do_not_stop_good_ones_and_a_second_run_resumes(voice, tmp_path, capsys):
    (tmp_path / "text.wav").write_text("no sound")
    table = ("audio,face,emotion,no-body\n"
             "voice.wav,1.csv,happy=0.5;sad=0.2,yes\n"
             "text.wav,2.csv,,yes\n"
             "voice.wav,3.csv,happy=many,yes\n"
             "voice.wav,4.csv,,perhaps\n"
             "voice.wav,5.csv,,yes,one too many\n"
             "voice.wav,,,yes\n"
             ",7.csv,,yes\n"
             "voice.wav,8.csv,,yes\n")
    assert jobs(tmp_path, table) == command_line.FAILED
    told = capsys.readouterr()
    assert told.out.splitlines() == [str(tmp_path / "1.csv"), str(tmp_path / "8.csv")]
    lines = [line for line in told.err.splitlines() if line.startswith("persona: ")]
    codes = [line.rpartition("[")[2].rstrip("]") for line in lines[:-1]]
    assert codes == ["audio.not_sound", "jobs.row", "jobs.row", "jobs.row", "output.none", "audio.none"]
    assert lines[-1] == "persona: 2 done, 0 already done, 6 failed of 8"

    made = (tmp_path / "1.csv").stat().st_mtime_ns
    soundfile.write(tmp_path / "text.wav", *soundfile.read(voice))
    assert jobs(tmp_path, table) == command_line.FAILED
    told = capsys.readouterr()
    assert told.out.splitlines() == [str(tmp_path / "2.csv")]
    assert told.err.splitlines()[-1] == "persona: 1 done, 2 already done, 5 failed of 8"
    assert (tmp_path / "1.csv").stat().st_mtime_ns == made


def test_options_beside_a_table_hold_for_rows_that_do_not_say_otherwise(voice, tmp_path, capsys):
    table = "face,seed,json\n1.csv,,1.json\n2.csv,4,2.json\n"
    assert jobs(tmp_path, table, "--audio", str(voice), "--no-body", "--seed", "3") == command_line.DONE
    import json

    assert [json.loads((tmp_path / f"{row}.json").read_text())["chosen"]["seed"] for row in (1, 2)] == [3, 4]
    capsys.readouterr()
    assert jobs(tmp_path, table, "--audio", str(voice), "--no-body", "--seed", "3") == command_line.DONE
    assert "2 already done" in capsys.readouterr().err
    assert jobs(tmp_path, table, "--audio", str(voice), "--no-body", "--seed", "5") == command_line.DONE
    assert "2 done" in capsys.readouterr().err


@pytest.mark.parametrize(("content", "code"), [(b"", "jobs.invalid"), (b"\xff\xfea\0", "jobs.invalid"),
                                               (b"audio,colour\na,b\n", "jobs.column"), (None, "input.unreadable")])
def test_a_table_that_is_none(tmp_path, capsys, content, code):
    path = tmp_path / "jobs.csv"
    if content is not None:
        path.write_bytes(content)
    assert command.main(["generate", "--jobs", str(path)]) == command_line.FAILED
    assert the_line(capsys).endswith(f"[{code}]")
