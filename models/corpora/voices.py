"""Synthetic speech with the exact times of its phones: flite, festival and espeak-ng.

All three are deterministic. ``flite`` and ``festival`` must be on the path, ``libespeak-ng`` must load
(Debian: flite festival festvox-us-slt-hts festvox-kallpc16k festvox-kdlpc16k espeak-ng).
"""

from __future__ import annotations

import ctypes
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr

from bridge.face.phones import PHONE_INDEX

RATE = 16_000
ESPEAK = ("en-us", "en-us+f2", "en-us+f4", "en-us+m3", "en-us+m5", "en-us+m7", "en+f3", "en+m1")
_CMU = {"AX": "AH", "PAU": "SIL", "EL": "L", "EM": "M", "EN": "N", "AXR": "ER", "DX": "D", "BRTH": "SIL", "H#": "SIL",
        "+NSN+": "SIL", "+SPN+": "SIL"}


@dataclass(frozen=True)
class Utterance:
    """Speech whose phones are known.

    samples: (N,) float32 mono at 16 kHz. phones: (P,) int8 indices into ``PHONES``, -1 = not known.
    bounds: (P + 1,) float32 seconds, phone i lasts from bounds[i] to bounds[i + 1].
    speaker: name. language: two letters.
    """

    samples: np.ndarray
    phones: np.ndarray
    bounds: np.ndarray
    speaker: str
    language: str = "en"

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as part:
            np.savez(part, samples=(np.clip(self.samples, -1, 1) * 32767).astype(np.int16), phones=self.phones,
                     bounds=self.bounds, speaker=self.speaker, language=self.language)
        Path(part.name).replace(path)

    @classmethod
    def load(cls, path: Path) -> Utterance:
        with np.load(path) as file:
            return cls(file["samples"].astype(np.float32) / 32767, file["phones"], file["bounds"],
                       str(file["speaker"]), str(file["language"]))

    @property
    def seconds(self) -> float:
        return len(self.samples) / RATE


def cmu_phone(name: str) -> int:
    """Index of a phone of flite, festival or pocketsphinx; raises KeyError for an unknown one."""
    name = name.upper()
    return PHONE_INDEX[_CMU.get(name, name)]


def flite(text: str, voice: str, stretch: float = 1.0) -> Utterance:
    """Text read by a built-in voice of flite; ``stretch`` > 1 is slower."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "speech.wav")
        said = subprocess.run(
            ["flite", "-voice", voice, "--setf", f"duration_stretch={stretch:.3f}", "-psdur", "-t", text, "-o", path],
            check=True, capture_output=True, text=True).stdout
        samples = _read(path)
    phones, ends, offset = [], [], 0.0
    for line in said.splitlines():  # one line a sentence, its times start at 0
        tokens = [token.rsplit(":", 1) for token in line.split()]
        phones += [cmu_phone(name) for name, _ in tokens]
        ends += [offset + float(end) for _, end in tokens]
        offset = ends[-1] if ends else offset
    return _utterance(samples, phones, ends, f"flite {voice}")


def festival(texts: list[str], voice: str, stretch: float = 1.0) -> list[Utterance]:
    """Texts read by a voice of festival in one process."""
    with tempfile.TemporaryDirectory() as folder:
        script = [f"(voice_{voice})"]
        if voice.endswith("hts"):
            script.append(f'(set! hts_engine_params (append {voice}::hts_engine_params '
                          f'(list (list "-r" {1 / stretch:.3f}))))')
        else:
            script.append(f"(Parameter.set 'Duration_Stretch {stretch:.3f})")
        for place, text in enumerate(texts):
            plain = re.sub(r'[\\"]', "", text)
            script.append(f'(set! u (Utterance Text "{plain}")) (utt.synth u) '
                          f'(utt.save.wave u "{folder}/{place}.wav" \'riff) (utt.save.segs u "{folder}/{place}.seg")')
        Path(folder, "say.scm").write_text("\n".join(script), encoding="utf-8")
        subprocess.run(["festival", "-b", f"{folder}/say.scm"], check=True, capture_output=True)
        return [_festival_utterance(Path(folder, str(place)), voice) for place in range(len(texts))]


def _festival_utterance(stem: Path, voice: str) -> Utterance:
    rows = [line.split() for line in stem.with_suffix(".seg").read_text().splitlines()]
    rows = [row for row in rows if len(row) == 3]
    return _utterance(_read(stem.with_suffix(".wav")), [cmu_phone(row[2]) for row in rows],
                      [float(row[0]) for row in rows], f"festival {voice}")


class Espeak:
    """espeak-ng through its C library: one instance for a process, since the library's state is global."""

    class _Event(ctypes.Structure):
        _fields_ = [("type", ctypes.c_int), ("unique", ctypes.c_uint), ("text_position", ctypes.c_int),
                    ("length", ctypes.c_int), ("milliseconds", ctypes.c_int), ("sample", ctypes.c_int),
                    ("user_data", ctypes.c_void_p), ("name", ctypes.c_char * 8)]

    _PHONEME, _RATE_PARAMETER, _UTF8 = 7, 1, 1

    def __init__(self) -> None:
        self._library = ctypes.CDLL("libespeak-ng.so.1")
        self._rate = self._library.espeak_Initialize(2, 0, None, 0x1 | 0x2)  # synchronous; phone events in IPA
        self._sound: list[np.ndarray] = []
        self._events: list[tuple[int, str]] = []
        kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int,
                                ctypes.POINTER(self._Event))
        self._callback = kind(self._collect)  # kept, or it would be freed under the library
        self._library.espeak_SetSynthCallback(self._callback)

    def _collect(self, wave, count, events) -> int:
        if wave and count > 0:
            self._sound.append(np.ctypeslib.as_array(wave, (count,)).copy())
        place = 0
        while events[place].type != 0:
            if events[place].type == self._PHONEME:
                raw = ctypes.string_at(ctypes.addressof(events[place]) + self._Event.name.offset, 8)
                self._events.append((events[place].sample, raw.split(b"\0")[0].decode("utf-8", "ignore")))
            place += 1
        return 0

    def say(self, text: str, voice: str, words_per_minute: int = 175) -> Utterance:
        """Text read by ``voice``; raises ValueError where espeak-ng does not know it."""
        self._sound, self._events = [], []
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise ValueError(f"espeak-ng has no voice {voice}")
        self._library.espeak_SetParameter(self._RATE_PARAMETER, words_per_minute, 0)
        encoded = text.encode()
        self._library.espeak_Synth(encoded, ctypes.c_size_t(len(encoded) + 1), 0, 1, 0, self._UTF8, None, None)
        self._library.espeak_Synchronize()
        wave = np.concatenate(self._sound).astype(np.float32) / 32768
        phones, starts = _from_ipa(self._events)
        ends = [start / self._rate for start in [*starts[1:], len(wave)]]
        return _utterance(soxr.resample(wave, self._rate, RATE), phones, ends, f"espeak {voice}", voice[:2])


# IPA after stress, length and tone marks are gone; longest first. Sounds English lacks get the phone that looks most
# alike; None drops the mark.
_IPA = {
    "aɪ": "AY", "aʊ": "AW", "eɪ": "EY", "oʊ": "OW", "əʊ": "OW", "ɔɪ": "OY", "ɔø": "OY", "tʃ": "CH", "dʒ": "JH",
    "ts": "S", "dz": "Z", "tɕ": "CH", "dʑ": "JH", "pf": "F", "aa": "AA", "ai": "AY", "au": "AW", "ei": "EY",
    "ou": "OW", "oi": "OY", "ɜ": "ER", "ɚ": "ER", "ɑ": "AA", "a": "AA", "æ": "AE", "ʌ": "AH", "ə": "AH", "ɐ": "AH",
    "ɔ": "AO", "o": "OW", "ɒ": "AO", "ɛ": "EH", "e": "EH", "ɪ": "IH", "ᵻ": "IH", "i": "IY", "ɨ": "IH", "ɯ": "IH",
    "ʊ": "UH", "u": "UW", "y": "UW", "ʏ": "UH", "ø": "UH", "œ": "UH", "ɤ": "AH", "ʉ": "UW", "p": "P", "b": "B",
    "m": "M", "f": "F", "v": "V", "ʋ": "V", "β": "B", "ɸ": "F", "θ": "TH", "ð": "DH", "t": "T", "d": "D", "ɾ": "D",
    "ʔ": None, "n": "N", "l": "L", "ɫ": "L", "ɲ": "N", "ʎ": "L", "s": "S", "z": "Z", "ʃ": "SH", "ʒ": "ZH",
    "ɕ": "SH", "ʑ": "ZH", "ʂ": "SH", "ʐ": "ZH", "ç": "HH", "k": "K", "ɡ": "G", "g": "G", "ŋ": "NG", "x": "K",
    "χ": "K", "ɣ": "G", "ʁ": "K", "q": "K", "h": "HH", "ħ": "HH", "ɦ": "HH", "ɹ": "R", "r": "R", "ʀ": "K", "ɻ": "R",
    "ʈ": "T", "ɖ": "D", "ɳ": "N", "w": "W", "ɥ": "W", "j": "Y", "ɭ": "L", "ɬ": "L",
}
_MARKS = re.compile(r"[ˈˌːˑ̃ʲʰ̩̯̪͡0-9'\-.~^]|\(.*?\)")


def _from_ipa(events: list[tuple[int, str]]) -> tuple[list[int], list[int]]:
    """Phones and their first samples; an event without a sound is a pause."""
    phones, starts = [], []
    for sample, mark in events:
        name = _MARKS.sub("", mark)
        if mark and not name:
            continue
        phone = "SIL" if not name else next(
            (_IPA[name[:size]] for size in (2, 1) if name[:size] in _IPA), None)
        if phone is None:
            continue
        if phones and starts[-1] == sample:
            phones.pop(), starts.pop()
        phones.append(PHONE_INDEX[phone])
        starts.append(sample)
    return phones, starts


def _utterance(samples: np.ndarray, phones: list[int], ends: list[float], speaker: str,
               language: str = "en") -> Utterance:
    bounds = np.concatenate([[0.0], ends]).astype(np.float32)
    return Utterance(samples, np.array(phones, np.int8), bounds, speaker, language)


def _read(path: Path) -> np.ndarray:
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return soxr.resample(samples.mean(1), rate, RATE)
