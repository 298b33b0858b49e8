"""Training examples of the face network: utterances, worsened in many ways, as features and frame targets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr

from bridge.face.listener import CUES
from bridge.face.phones import CLOSURE, LABIODENTAL, PHONE_INDEX, PHONES, SHUT_SHARE, TARGETS
from bridge.speech import features
from bridge.speech.prosody import prosody
from bridge.speech.spectrum import spectrum

from ..corpora.voices import RATE, Utterance

FRAMES = 100  # a second
_SIL = PHONE_INDEX["SIL"]
_STOPS = np.array([PHONES[p] in ("P", "B") for p in range(len(PHONES))])
_IS_CLOSURE = np.array([phone in CLOSURE for phone in PHONES])
_IS_LABIODENTAL = np.array([phone in LABIODENTAL for phone in PHONES])
FACEGOOD_JAW, FACEGOOD_ROUNDING = 1 / 0.6, 1.6  # their rig's scales to ours
FACEGOOD_TRAIN = ("1114_2_01", "1114_2_02", "1114_2_03", "1114_2_04", "1114_3_15")


@dataclass(frozen=True)
class Example:
    """features: (T, bands) float16. phones: (T,) int8, -1 = not known. certain: (T,) bool, the label's boundary is
    not near. cues: (T, 6) float16 targets in the order of ``CUES``, NaN = not known. speaker: name.
    """

    features: np.ndarray
    phones: np.ndarray
    certain: np.ndarray
    cues: np.ndarray
    speaker: str


def hear(samples: np.ndarray) -> np.ndarray:
    """(T, bands) float16 features of samples at 16 kHz, as the bridge computes them."""
    powers = spectrum(samples)
    return features.phones(features.phone_mel(powers, prosody(samples, powers))).astype(np.float16)


def example(utterance: Utterance) -> Example:
    """Features and targets of an utterance as it is."""
    heard = hear(utterance.samples)
    phones, certain = frame_phones(utterance, len(heard))
    return Example(heard, phones, certain, frame_cues(utterance, len(heard)), utterance.speaker)


def frame_phones(utterance: Utterance, frames: int, margin: float = 0.02) -> tuple[np.ndarray, np.ndarray]:
    """(T,) phone of every frame, and whether it lies at least ``margin`` seconds inside its phone."""
    times = np.arange(frames) / FRAMES
    place = np.searchsorted(utterance.bounds, times, side="right") - 1
    inside = (place >= 0) & (place < len(utterance.phones))
    place = np.clip(place, 0, len(utterance.phones) - 1)
    phones = np.where(inside, utterance.phones[place], _SIL).astype(np.int8)
    start, stop = utterance.bounds[place], utterance.bounds[place + 1]
    reach = np.minimum(margin, (stop - start) / 4)
    return phones, ~inside | ((times - start >= reach) & (stop - times >= reach))


def frame_cues(utterance: Utterance, frames: int) -> np.ndarray:
    """(T, 6) what the phones ask of the mouth; where they ask nothing, the way from one neighbour to the other."""
    times = np.arange(frames) / FRAMES
    cues = np.empty((frames, len(CUES)), np.float32)
    ends = np.where(_STOPS[utterance.phones],
                    utterance.bounds[:-1] + SHUT_SHARE * np.diff(utterance.bounds), utterance.bounds[1:])
    cues[:, 0] = _covered(times, utterance.bounds[:-1], ends, _IS_CLOSURE[utterance.phones])
    cues[:, 1] = _covered(times, utterance.bounds[:-1], utterance.bounds[1:], _IS_LABIODENTAL[utterance.phones])
    cues[:, 2] = _covered(times, utterance.bounds[:-1], utterance.bounds[1:], utterance.phones > _SIL)
    for column, kind in ((3, 1), (4, 2), (5, 0)):
        knots, values = [], []
        for phone, start, stop in zip(utterance.phones, utterance.bounds[:-1], utterance.bounds[1:], strict=True):
            target = TARGETS[PHONES[phone]][kind]
            if target is not None:
                knots += [start + 0.25 * (stop - start), start + 0.75 * (stop - start)]
                values += target
        cues[:, column] = np.interp(times, knots, values) if knots else 0.0
    unknown = frame_phones(utterance, frames)[0] < 0
    cues[unknown] = np.nan
    return cues.astype(np.float16)


def _covered(times: np.ndarray, starts: np.ndarray, ends: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    starts, ends = starts[wanted], ends[wanted]
    if not len(starts):
        return np.zeros(len(times))
    place = np.clip(np.searchsorted(starts, times, side="right") - 1, 0, len(starts) - 1)
    return (times >= starts[place]) & (times < ends[place])


def worsened(utterance: Utterance, noises: list[np.ndarray], random: np.random.Generator) -> Utterance:
    """The utterance as another voice, room, microphone and noise would give it."""
    factor = np.exp(random.uniform(-0.16, 0.16))  # > 1: smaller head, faster speech
    samples = soxr.resample(utterance.samples, RATE, round(RATE / factor))
    before, after = random.exponential(0.25, 2) * (random.random(2) < 0.5)
    samples = np.concatenate([np.zeros(int(before * RATE)), samples, np.zeros(int(after * RATE))]).astype(np.float32)
    bounds = utterance.bounds / factor + before
    samples = _filtered(samples, random)
    level = np.sqrt(np.mean(samples**2)) + 1e-9
    noise = noises[random.integers(len(noises))]
    noise = np.resize(np.roll(noise, int(random.integers(len(noise)))), len(samples))
    wanted = 10 ** (-random.uniform(6, 45) / 20)
    samples = samples + noise * (level * wanted / (np.sqrt(np.mean(noise**2)) + 1e-9))
    if random.random() < 0.1:
        limit = np.abs(samples).max() * random.uniform(0.15, 0.5)
        samples = np.clip(samples, -limit, limit)
    samples = samples * (10 ** (random.uniform(-20, 0) / 20) / (np.abs(samples).max() + 1e-9))
    return Utterance(samples.astype(np.float32), utterance.phones, bounds.astype(np.float32), utterance.speaker,
                     utterance.language)


def _filtered(samples: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A room and a microphone: one product of spectra."""
    size = len(samples) + RATE // 2
    frequency = np.fft.rfftfreq(size, 1 / RATE)
    gain = random.normal(0, 3, 9).cumsum() * 0.7
    response = 10 ** (np.interp(frequency, np.linspace(0, RATE / 2, 9), gain - gain.mean()) / 20)
    if random.random() < 0.25:
        cut = random.choice([3400.0, 4000.0, 5500.0, 7000.0])
        response = response / np.sqrt(1 + (frequency / cut) ** 16)
    spectrum = np.fft.rfft(samples, size) * response
    if random.random() < 0.5:
        seconds = random.uniform(0.1, 0.5)
        length = int(seconds * RATE)
        tail = random.normal(0, 1, length) * np.exp(-6.9 * np.arange(length) / length)
        tail *= random.uniform(0.1, 0.6) / np.sqrt(np.sum(tail**2))
        tail[0] = 1.0
        spectrum *= np.fft.rfft(tail, size)
    return np.fft.irfft(spectrum, size)[:len(samples)].astype(np.float32)


def noises(speech: list[Utterance], random: np.random.Generator) -> list[np.ndarray]:
    """Half a minute each of: white, pink, brown noise, hum, chords, and five babbles of four voices."""
    size = 30 * RATE
    frequency = np.maximum(np.fft.rfftfreq(size, 1 / RATE), 20.0)
    made = [np.fft.irfft(np.fft.rfft(random.normal(0, 1, size)) / frequency**power, size) for power in (0, 0.5, 1.0)]
    time = np.arange(size) / RATE
    made.append(sum(np.sin(2 * np.pi * 50 * k * time) / k for k in range(1, 8)) + 0.1 * random.normal(0, 1, size))
    made.append(_chords(time, random))
    for _ in range(5):
        picks = [speech[i].samples for i in random.integers(0, len(speech), 4)]
        made.append(np.sum([np.resize(samples, size) for samples in picks], axis=0))
    return [(noise / (np.sqrt(np.mean(noise**2)) + 1e-9)).astype(np.float32) for noise in made]


def _chords(time: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Something like music: a chord of plucked tones every half second."""
    sound = np.zeros(len(time))
    for start in np.arange(0, time[-1], 0.5):
        part = time >= start
        local = time[part] - start
        for note in random.integers(-20, 20, 3):
            pitch = 220 * 2 ** (note / 12)
            decay = np.exp(-local * random.uniform(1, 6))
            sound[part] += sum(np.sin(2 * np.pi * pitch * k * local) / k for k in range(1, 6)) * decay
    return sound


def wordless(noises: list[np.ndarray], seconds: float = 10.0) -> list[Utterance]:
    """Noise and music as utterances of silence, and digital silence."""
    sounds = [noise[:int(seconds * RATE)] * 0.1 for noise in noises[:5]] + [np.zeros(int(seconds * RATE), np.float32)]
    return [Utterance(sound, np.array([_SIL], np.int8), np.array([0, seconds], np.float32), "noise")
            for sound in sounds]


def facegood(folder: Path) -> Iterator[Example]:
    """Takes whose face was captured: jaw, rounding, closure and labiodental contact, but no phones (MIT, Mandarin)."""
    for take in FACEGOOD_TRAIN:
        samples, rate = soundfile.read(folder / f"{take}.flac", dtype="float32")
        heard = hear(soxr.resample(samples, rate, RATE))
        with np.load(folder / f"{take}.npz") as file:
            names = [str(name) for name in file["arkit_names"]]
            jaw = file["arkit"][:, names.index("jawOpen")].astype(np.float32)
            rounding, closure = file["rounding"].astype(np.float32), file["closure"]
            labiodental = file["labiodental"]
        times, rows = np.arange(len(heard)) / FRAMES, (np.arange(len(jaw)) - 0.5) / 30

        def at_frames(values: np.ndarray, times: np.ndarray = times, rows: np.ndarray = rows) -> np.ndarray:
            return np.interp(times, rows, values.astype(np.float32))

        cues = np.full((len(heard), len(CUES)), np.nan, np.float32)
        shut, open_jaw = at_frames(closure), at_frames(jaw)
        # a mouth shut at rest is no event of speech, so a frame without one counts only where the mouth is open
        cues[:, 0] = np.where(shut > 0.5, 1.0, np.where(open_jaw > 0.05, 0.0, np.nan))
        contact = at_frames(labiodental)
        cues[:, 1] = np.where(contact > 0.5, 1.0, np.where(open_jaw > 0.05, 0.0, np.nan))
        cues[:, 3] = np.clip(at_frames(rounding) * FACEGOOD_ROUNDING, 0, 1)
        cues[:, 5] = np.clip(open_jaw * FACEGOOD_JAW, 0, 1)
        unknown = np.full(len(heard), -1, np.int8)
        yield Example(heard, unknown, np.ones(len(heard), bool), cues.astype(np.float16), "facegood")


def cached(path: Path, utterances: list[Utterance], copies: int, noises: list[np.ndarray],
           seed: int) -> list[Example]:
    """The utterances as they are and ``copies`` times worsened, as examples; from ``path`` if it is there."""
    if not path.exists():
        made = [example(one) for one in utterances]
        for copy in range(copies):
            for place, one in enumerate(utterances):
                made.append(example(worsened(one, noises, np.random.default_rng([seed, copy, place]))))
            print(f"{path.stem}: copy {copy + 1} of {copies}", flush=True)
        _save(path, made)
        return made
    with np.load(path) as file:
        cuts = np.cumsum(file["frames"])[:-1]
        columns = [np.split(file[name], cuts) for name in ("features", "phones", "certain", "cues")]
        return [Example(*row, str(speaker)) for *row, speaker in zip(*columns, file["speakers"], strict=True)]


def _save(path: Path, made: list[Example]) -> None:
    part = path.with_suffix(".part.npz")
    np.savez(part, frames=[len(one.phones) for one in made], speakers=[one.speaker for one in made],
             **{name: np.concatenate([getattr(one, name) for one in made])
                for name in ("features", "phones", "certain", "cues")})
    part.replace(path)
