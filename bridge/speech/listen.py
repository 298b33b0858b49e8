"""From samples to ``Speech``: everything the body and the face need to know of a voice."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from . import features
from .accents import accents
from .curve import hann_kernel, smooth
from .prosody import Prosody, prosody
from .spectrum import spectrum
from .speech import FEATURE_RATE, Speech

LIVELY = 28.0  # dB of range under which a sound is hardly speech
WHISPERED = 0.05  # share of speech that is voiced


def listen(samples: np.ndarray) -> Speech:
    """What is heard in ``samples`` (N,) float32 mono at 16 kHz; numpy alone, deterministic, time linear in N."""
    samples = np.ascontiguousarray(samples, dtype=np.float32)
    powers = spectrum(samples)
    heard = prosody(samples, powers)
    return Speech(
        samples=samples,
        phones=features.phones(features.phone_mel(powers, heard)),
        gesture=features.gesture(powers, heard),
        f0=heard.f0,
        energy=heard.level.astype(np.float32),
        speaking=np.clip(smooth(heard.speaking.astype(np.float64), hann_kernel(9)), 0.0, 1.0).astype(np.float32),
        accents=accents(heard),
        phrases=tuple((float(start / FEATURE_RATE), min(float(stop / FEATURE_RATE), len(samples) / 16_000))
                      for start, stop in heard.phrases),
        remarks=tuple(_remarks(heard)),
    )


def _remarks(heard: Prosody) -> Iterator[str]:
    if not len(heard.phrases):
        yield "No speech was found in the sound; the character stays idle"
    elif heard.range < LIVELY:
        yield (f"The sound rises and falls by {heard.range:.0f} dB only, as music or loud noise does; "
               "speech alone gives a better performance")
    elif np.mean(heard.voiced[heard.speaking]) < WHISPERED:
        yield "The voice has no pitch, as in a whisper; accents follow its loudness and rhythm alone"
