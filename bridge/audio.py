"""Sound files in: decoded in blocks, mixed to mono, resampled to 16 kHz. An hour needs the memory of its result.

Only formats whose decoders are worth trusting are opened; everything else is refused with a sentence.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .problems import Problem
from .speech.speech import SAMPLE_RATE

if TYPE_CHECKING:
    import soundfile

_PCM = {"PCM_S8", "PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW"}
FORMATS = {**dict.fromkeys(("WAV", "WAVEX", "RF64", "W64", "AIFF", "AU", "CAF", "FLAC"), _PCM),
           "OGG": {"VORBIS", "OPUS"}, "MP3": {"MPEG_LAYER_I", "MPEG_LAYER_II", "MPEG_LAYER_III"}}
SHORTEST = 0.3  # s; less holds no syllable
LONGEST = 2 * 3600.0  # s performed at once
RATES = (4_000, 768_000)  # Hz
CHANNELS = 64
SILENT = -65.0  # dBFS, the loudest 20 ms of a sound in which nobody speaks
LOUDEST = 1e6  # times full scale; beyond this a value is no sound (NaN and infinity as well)
_VALUES = 1 << 19  # samples of all channels decoded at once
_UNKNOWN = 1 << 62  # frames said by a file that does not know its length
_EMPTY_CHANNEL, _CANCELLED = 100.0, 0.05  # power ratios between channels, and of the mix to the channels


def read(path: str | Path, start: float = 0.0, end: float | None = None) -> np.ndarray:
    """(N,) float32 mono samples at 16 kHz of a sound file from ``start`` to ``end`` seconds (None = to its end).

    Several channels are averaged, unless one is empty or they cancel each other: then the loudest one is taken.
    Raises Problem ``audio.*``, which names the file.
    """
    stop = np.inf if end is None else end
    if not 0.0 <= start < np.inf or not stop - start >= SHORTEST:
        raise _no_range(path, start, stop)
    passage = _passage(path, start, stop)
    samples = _resampled(passage, _mix(passage))
    if len(samples) == 0 and start > 0:
        raise _no_range(path, start, stop)
    if len(samples) < SHORTEST * SAMPLE_RATE:
        raise Problem("audio.short", path=path, seconds=f"{len(samples) / SAMPLE_RATE:.2f}", least=f"{SHORTEST:g}")
    if _loudest(samples) < SILENT:
        raise Problem("audio.silent", path=path)
    return samples


@contextmanager
def _opened(path: str | Path) -> Iterator[soundfile.SoundFile]:
    import soundfile  # only the worker has it

    try:
        found = os.stat(path)
        if not stat.S_ISREG(found.st_mode):
            raise Problem("audio.no_file", path=path)
        stream = open(path, "rb")  # noqa: SIM115  closed below
    except FileNotFoundError:
        raise Problem("audio.missing", path=path) from None
    except (OSError, ValueError) as error:
        raise Problem("audio.unreadable", path=path, why=getattr(error, "strerror", None) or error) from None
    with stream:
        if found.st_size == 0:
            raise Problem("audio.empty", path=path)
        try:
            sound = soundfile.SoundFile(stream)
        except (soundfile.LibsndfileError, TypeError) as error:  # TypeError: headerless by its ending
            raise _not_opened(stream, path, error) from None
        sound.seekable = lambda: False  # or it would seek after each block, which silences an mp3 for a moment
        with sound:
            yield sound


def _not_opened(stream, path: str | Path, error: Exception) -> Problem:
    stream.seek(0)
    head = stream.read(16)
    if head[:4] in (b"RIFF", b"RIFX", b"RF64", b"fLaC", b"OggS", b"riff") or head[:3] == b"ID3":
        return Problem("audio.broken", path=path, why=getattr(error, "error_string", str(error)).rstrip("."))
    return Problem("audio.not_sound", path=path)


def _passage(path: str | Path, start: float, stop: float) -> _Passage:
    """The range of the file, once its header is one of a sound that can be performed."""
    with _opened(path) as sound:
        if sound.subtype not in FORMATS.get(sound.format, ()):
            raise Problem("audio.format", path=path, format=f"{sound.format_info}, {sound.subtype_info}")
        if not RATES[0] <= sound.samplerate <= RATES[1]:
            raise Problem("audio.rate", path=path, rate=sound.samplerate)
        if not 1 <= sound.channels <= CHANNELS:
            raise Problem("audio.channels", path=path, channels=sound.channels, most=CHANNELS)
        if min(stop, sound.frames / sound.samplerate) - start > LONGEST and sound.frames < _UNKNOWN:
            raise _too_long(path)
        return _Passage(path, start, stop, sound.samplerate, sound.channels)


def _too_long(path: str | Path) -> Problem:
    return Problem("audio.long", path=path, hours=f"{LONGEST / 3600:g}")


def _no_range(path: str | Path, start: float, stop: float) -> Problem:
    return Problem("audio.range", path=path, start=f"{start:g}", end="the last" if stop == np.inf else f"{stop:g}")


@dataclass(frozen=True)
class _Passage:
    """A range of a sound file, in seconds; iterated as often as needed, in blocks (B, C) float32.

    Each time the file is opened anew and decoded forwards.
    """

    path: str | Path
    start: float
    stop: float
    rate: int
    channels: int

    def __iter__(self) -> Iterator[np.ndarray]:
        import soundfile

        first = round(self.start * self.rate)
        wanted = round(min(self.stop - self.start, LONGEST + 1.0) * self.rate)
        done = 0
        with _opened(self.path) as sound:
            try:
                self._go_to(sound, first)
                while done < wanted and len(block := self._read(sound, wanted - done)):
                    self._check(block, first + done)
                    done += len(block)
                    yield block
            except soundfile.LibsndfileError as error:
                raise Problem("audio.broken", path=self.path, why=error.error_string.rstrip(".")) from None
        if done > LONGEST * self.rate:
            raise _too_long(self.path)

    def _read(self, sound: soundfile.SoundFile, frames: int) -> np.ndarray:
        return sound.read(min(max(_VALUES // self.channels, 1), frames), dtype="float32", always_2d=True)

    def _go_to(self, sound: soundfile.SoundFile, frame: int) -> None:
        """An mp3 is decoded up to the frame, since it cannot be entered exactly."""
        entry = 0 if sound.format == "MP3" else min(frame, sound.frames)
        if entry:
            sound.seek(entry)
        while entry < frame and len(block := self._read(sound, frame - entry)):
            entry += len(block)

    def _check(self, block: np.ndarray, first: int) -> None:
        sane = np.abs(block) <= LOUDEST
        if not sane.all():
            raise Problem("audio.values", path=self.path, seconds=f"{(first + np.argmin(sane.all(1))) / self.rate:.2f}")


def _mix(passage: _Passage) -> np.ndarray:
    """(C,) weight of each channel, from the powers of the channels and of their mean over the whole range."""
    if passage.channels == 1:
        return np.ones(1, np.float32)
    powers, mean_power = np.zeros(passage.channels), 0.0
    for block in passage:
        powers += np.square(block, dtype=np.float64).sum(0)
        mean_power += float(np.square(block.mean(1), dtype=np.float64).sum())
    loudest = int(powers.argmax())
    if powers.min() * _EMPTY_CHANNEL < powers[loudest] or mean_power < _CANCELLED * powers.mean():
        return np.eye(passage.channels, dtype=np.float32)[loudest]
    return np.full(passage.channels, 1.0 / passage.channels, np.float32)


def _resampled(passage: _Passage, mix: np.ndarray) -> np.ndarray:
    import soxr

    stream = soxr.ResampleStream(passage.rate, SAMPLE_RATE, 1, dtype="float32")
    result = bytearray()  # grows in place; a list of blocks would need the memory twice
    for block in passage:
        result += stream.resample_chunk(np.ascontiguousarray(block @ mix)).tobytes()
    result += stream.resample_chunk(np.zeros(0, np.float32), last=True).tobytes()
    return np.frombuffer(result, np.float32)


def _loudest(samples: np.ndarray) -> float:
    """dBFS of the loudest 20 ms, each without its mean."""
    pieces = samples[:len(samples) // 320 * 320].reshape(-1, 320)
    blocks = np.array_split(pieces, len(pieces) // 50_000 + 1)
    loudest = max(float(block.var(axis=1, dtype=np.float64).max()) for block in blocks)
    return 10.0 * np.log10(max(loudest, 1e-12))
