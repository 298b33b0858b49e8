"""Transcripts in four formats, well made and badly made."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.problems import Problem
from bridge.speech.speech import Word
from bridge.speech.words import read_transcript, syllables


def read(tmp_path, name, text, encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return read_transcript(path)


def refusal(tmp_path, name, content):
    with pytest.raises(Problem) as caught:
        read(tmp_path, name, content)
    assert name in caught.value.sentence and "?" not in caught.value.sentence
    return caught.value.code


SRT = """1
00:00:01,000 --> 00:00:02,000
Hello <i>there</i>

2
00:00:02,500 --> 00:00:04,500
{\\an8}and welcome,
my friends

3
01:00:00,250 --> 01:00:01,000
- Caf\u00e9?
"""

VTT = """WEBVTT - a title

STYLE
::cue { color: red }

NOTE 00:01.000 means one second

intro
00:01.000 --> 00:03.000 align:start
<v Roger>Fish &amp; chips

00:03.000 --> 00:06.000
One <00:00:04.000>two <00:00:05.500><c>three</c>
"""

LONG = '''File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 2.5
tiers? <exists>
size = 3
item []:
    item [1]:
        class = "IntervalTier"
        name = "phones 1"
        xmin = 0
        xmax = 2.5
        intervals: size = 1
        intervals [1]:
            xmin = 0
            xmax = 2.5
            text = "AH0"
    item [2]:
        class = "TextTier"
        name = "marks"
        xmin = 0
        xmax = 2.5
        points: size = 1
        points [1]:
            number = 1.5
            mark = "here"
    item [3]:
        class = "IntervalTier"
        name = "Words"
        xmin = 0
        xmax = 2.5
        intervals: size = 4
        intervals [1]:
            xmin = 0
            xmax = 0.5
            text = "sil"
        intervals [2]:
            xmin = 0.5
            xmax = 1.25
            text = "say"
        intervals [3]:
            xmin = 1.25
            xmax = 2e0
            text = """hi 5"""
        intervals [4]:
            xmin = 2
            xmax = 2.5
            text = ""
'''

SHORT = '''File type = "ooTextFile"
Object class = "TextGrid"

0
2.5
<exists>
1
"IntervalTier"
"anything"
0
2.5
2
0
1
"one"
1
2.5
"two"
'''


def test_plain_text_has_no_times(tmp_path):
    assert read(tmp_path, "a.txt", "So, what\n\n now?") == (Word("So,", 0, 0), Word("what", 0, 0), Word("now?", 0, 0))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_subrip(tmp_path, encoding, ends):
    words = read(tmp_path, "a.srt", SRT.replace("\n", ends), encoding)
    assert [word.text for word in words] == ["Hello", "there", "and", "welcome,", "my", "friends", "-", "Caf\u00e9?"]
    assert words[0].start == 1.0 and words[1].end == 2.0 and words[0].end == words[1].start
    assert (words[2].start, words[5].end) == (2.5, 4.5)
    assert (words[-2].start, words[-1].end) == (3600.25, 3601.0)


def test_webvtt(tmp_path):
    words = read(tmp_path, "a.vtt", VTT)
    assert [word.text for word in words] == ["Fish", "&", "chips", "One", "two", "three"]
    assert words[3:] == (Word("One", 3.0, 4.0), Word("two", 4.0, 5.5), Word("three", 5.5, 6.0))


def test_praat_long(tmp_path):
    say, hi, five = read(tmp_path, "a.TextGrid", LONG)
    assert (say, hi, five) == (Word("say", 0.5, 1.25), Word('"hi', 1.25, 1.625), Word('5"', 1.625, 2.0))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_praat_short(tmp_path, encoding):
    assert read(tmp_path, "a.textgrid", SHORT, encoding) == (Word("one", 0, 1), Word("two", 1, 2.5))


@pytest.mark.parametrize(("name", "content", "code"), [
    ("a.docx", "Hello", "transcript.format"),
    ("a", "Hello", "transcript.format"),
    ("a.txt", "", "transcript.empty"),
    ("a.txt", " \n\n\t", "transcript.empty"),
    ("a.txt", b"caf\xe9 au lait", "transcript.invalid"),
    ("a.txt", b"RIFF\0\0\0\0WAVE", "transcript.invalid"),
    ("a.srt", "Hello", "transcript.invalid"),
    ("a.srt", "1\n00:00:02,000 --> 00:00:01,000\nback", "transcript.invalid"),
    ("a.srt", "1\n00:00:01,000 --> 00:00:02,000\n<i></i>", "transcript.empty"),
    ("a.vtt", "WEBVTT\n\n", "transcript.invalid"),
    ("a.TextGrid", "Hello", "transcript.invalid"),
    ("a.TextGrid", LONG[:700], "transcript.invalid"),
    ("a.TextGrid", SHORT.replace("2.5\n2", "2.5\n999999999"), "transcript.invalid"),
    ("a.TextGrid", SHORT.replace("IntervalTier", "TextTier").replace("1\n2.5\n", "1\n"), "transcript.invalid"),
    ("a.TextGrid", SHORT.replace('"one"', '""').replace('"two"', '"<eps>"'), "transcript.empty"),
])
def test_refused(tmp_path, name, content, code):
    assert refusal(tmp_path, name, content) == code


def test_missing_and_unreadable(tmp_path):
    for path, code in ((tmp_path / "a.txt", "transcript.missing"), (tmp_path, "transcript.format"),
                       (str(tmp_path) + "/\0.txt", "input.unreadable")):
        with pytest.raises(Problem) as caught:
            read_transcript(path)
        assert caught.value.code == code


def test_a_folder_with_a_transcripts_name(tmp_path):
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(Problem) as caught:
        read_transcript(tmp_path / "a.txt")
    assert caught.value.code == "input.unreadable"


def test_too_large(tmp_path):
    assert refusal(tmp_path, "a.txt", b"word " * (2 << 20)) == "transcript.invalid"


@given(text=st.text(max_size=300), source=st.sampled_from([SRT, VTT, LONG, SHORT]), place=st.floats(0, 1),
       suffix=st.sampled_from([".txt", ".srt", ".vtt", ".TextGrid"]))
def test_any_text_is_read_or_refused(tmp_path_factory, text, source, place, suffix):
    cut = round(place * len(source))
    path = tmp_path_factory.getbasetemp() / f"any{suffix}"
    path.write_text(source[:cut] + text + source[cut:], encoding="utf-8", errors="replace", newline="")
    try:
        words = read_transcript(path)
    except Problem as problem:
        assert problem.code in ("transcript.invalid", "transcript.empty")
    else:
        assert all(word.text and word.end >= word.start >= 0 for word in words)


@pytest.mark.parametrize(("word", "count"), [("idea", 2), ("follow", 2), ("single", 1), ("hmm", 1), ("the", 1),
                                             ("announcement", 4), ("\u4f60\u597d", 1)])
def test_syllables_by_letters(word, count):
    assert syllables(word) == count
