"""Sound files in: decoded in blocks, mixed to mono, resampled to 16 kHz. An hour needs the memory of its result.

Only formats whose decoders are worth trusting are opened; everything else is refused with a sentence.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .problems import Problem
from .speech.speech import SAMPLE_RATE

if TYPE_CHECKING:
    import soundfile

_PCM = {"PCM_S8", "PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW"}
FORMATS = {"WAV": _PCM, "WAVEX": _PCM, "RF64": _PCM, "W64": _PCM, "FLAC": _PCM, "OGG": {"VORBIS", "OPUS"},
           "MP3": {"MPEG_LAYER_I", "MPEG_LAYER_II", "MPEG_LAYER_III"}}
SHORTEST = 0.3  # s; less holds no syllable
LONGEST = 2 * 3600.0  # s performed at once
RATES = (4_000, 768_000)  # Hz
CHANNELS = 64
SILENT = -65.0  # dBFS, the loudest 20 ms of a sound in which nobody speaks
_VALUES = 1 << 19  # samples of all channels decoded at once
_EMPTY_CHANNEL, _CANCELLED = 100.0, 0.05  # power ratios between channels, and of the mix to the channels


def read(path: str | Path, start: float = 0.0, end: float | None = None) -> np.ndarray:
    """(N,) float32 mono samples at 16 kHz of a sound file from ``start`` to ``end`` seconds (None = to its end).

    Several channels are averaged, unless one is empty or they cancel each other: then the loudest one is taken.
    Raises Problem ``audio.*``, which names the file.
    """
    if start < 0 or (end is not None and end - start < SHORTEST):
        raise Problem("audio.range", path=path, start=f"{start:g}", end="end" if end is None else f"{end:g}")
    with _opened(path) as sound:
        _check_header(sound, path, start, end)
        mix = _mix(sound, path, start, end)
        samples = _resampled(sound, path, start, end, mix)
    if len(samples) == 0 and start > 0:
        raise Problem("audio.range", path=path, start=f"{start:g}", end="end" if end is None else f"{end:g}")
    if len(samples) < SHORTEST * SAMPLE_RATE:
        raise Problem("audio.short", path=path, seconds=f"{len(samples) / SAMPLE_RATE:.2f}", least=f"{SHORTEST:g}")
    if _loudest(samples) < SILENT:
        raise Problem("audio.silent", path=path)
    return samples


@contextmanager
def _opened(path: str | Path) -> Iterator[soundfile.SoundFile]:
    import soundfile  # only the worker has it

    try:
        size = os.stat(path).st_size
        if os.path.isdir(path):
            raise Problem("audio.folder", path=path)
        stream = open(path, "rb")  # noqa: SIM115  closed below
    except FileNotFoundError:
        raise Problem("audio.missing", path=path) from None
    except (OSError, ValueError) as error:
        raise Problem("audio.unreadable", path=path, why=getattr(error, "strerror", None) or error) from None
    with stream:
        if size == 0:
            raise Problem("audio.empty", path=path)
        try:
            sound = soundfile.SoundFile(stream)
        except soundfile.LibsndfileError as error:
            raise _not_opened(stream, path, error) from None
        with sound:
            yield sound


def _not_opened(stream, path: str | Path, error: Exception) -> Problem:
    stream.seek(0)
    head = stream.read(16)
    if head[:4] in (b"RIFF", b"RIFX", b"RF64", b"fLaC", b"OggS", b"riff") or head[:3] == b"ID3":
        return Problem("audio.broken", path=path, why=getattr(error, "error_string", str(error)).rstrip("."))
    return Problem("audio.not_sound", path=path)


def _check_header(sound: soundfile.SoundFile, path: str | Path, start: float, end: float | None) -> None:
    if sound.subtype not in FORMATS.get(sound.format, ()):
        raise Problem("audio.format", path=path, format=f"{sound.format_info}, {sound.subtype_info}")
    if not RATES[0] <= sound.samplerate <= RATES[1]:
        raise Problem("audio.rate", path=path, rate=sound.samplerate)
    if not 1 <= sound.channels <= CHANNELS:
        raise Problem("audio.channels", path=path, channels=sound.channels, most=CHANNELS)
    if end is not None and end - start > LONGEST:
        raise _too_long(path)


def _too_long(path: str | Path) -> Problem:
    return Problem("audio.long", path=path, hours=f"{LONGEST / 3600:g}")


def _mix(sound: soundfile.SoundFile, path: str | Path, start: float, end: float | None) -> np.ndarray:
    """(C,) weight of each channel, from the powers of the channels and of their mean over the whole range."""
    if sound.channels == 1:
        return np.ones(1, np.float32)
    powers, mean_power = np.zeros(sound.channels), 0.0
    for block in _blocks(sound, path, start, end):
        powers += np.einsum("ij,ij->j", block, block, dtype=np.float64)
        mean_power += float(np.square(block.mean(1), dtype=np.float64).sum())
    loudest = int(powers.argmax())
    if powers.min() * _EMPTY_CHANNEL < powers[loudest] or mean_power < _CANCELLED * powers.mean():
        return np.eye(sound.channels, dtype=np.float32)[loudest]
    return np.full(sound.channels, 1.0 / sound.channels, np.float32)


def _resampled(sound: soundfile.SoundFile, path: str | Path, start: float, end: float | None,
               mix: np.ndarray) -> np.ndarray:
    import soxr

    stream = soxr.ResampleStream(sound.samplerate, SAMPLE_RATE, 1, dtype="float32")
    result = bytearray()  # grows in place; a list of blocks would need the memory twice
    for block in _blocks(sound, path, start, end):
        result += stream.resample_chunk(np.ascontiguousarray(block @ mix)).tobytes()
    result += stream.resample_chunk(np.zeros(0, np.float32), last=True).tobytes()
    return np.frombuffer(result, np.float32)


def _blocks(sound: soundfile.SoundFile, path: str | Path, start: float, end: float | None) -> Iterator[np.ndarray]:
    """Blocks (B, C) float32 of the range, whose length and values are checked as they come."""
    import soundfile

    first = round(start * sound.samplerate)
    wanted = round(min((end or np.inf) - start, LONGEST + 1.0) * sound.samplerate)
    size = max(_VALUES // sound.channels, 1)
    done = 0
    try:
        _go_to(sound, first, size)
        while done < wanted:
            block = sound.read(min(size, wanted - done), dtype="float32", always_2d=True)
            if not len(block):
                return
            if not np.isfinite(block).all():
                second = (first + done + int(np.argmin(np.isfinite(block).all(1)))) / sound.samplerate
                raise Problem("audio.values", path=path, seconds=f"{second:.2f}")
            done += len(block)
            if done > LONGEST * sound.samplerate:
                raise _too_long(path)
            yield block
    except soundfile.LibsndfileError as error:
        raise Problem("audio.broken", path=path, why=error.error_string.rstrip(".")) from None


def _go_to(sound: soundfile.SoundFile, frame: int, size: int) -> None:
    """Puts the sound at ``frame``; an mp3 is decoded up to there, since it cannot be entered exactly."""
    sound.seek(0 if sound.format == "MP3" else min(frame, sound.frames))
    skipped = sound.tell()
    while skipped < frame:
        block = len(sound.read(min(size, frame - skipped), dtype="float32", always_2d=True))
        if not block:
            return
        skipped += block


def _loudest(samples: np.ndarray) -> float:
    """dBFS of the loudest 20 ms, each without its mean."""
    pieces = samples[:len(samples) // 320 * 320].reshape(-1, 320)
    blocks = np.array_split(pieces, len(pieces) // 50_000 + 1)
    loudest = max(float(block.var(axis=1, dtype=np.float64).max()) for block in blocks)
    return 10.0 * np.log10(max(loudest, 1e-12))
