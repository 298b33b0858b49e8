"""From samples to ``Speech``: everything the body and the face need to know of a voice."""

from __future__ import annotations

import numpy as np

from . import features
from .accents import accents
from .curve import hann_kernel, smooth
from .prosody import prosody
from .spectrum import spectrum
from .speech import FEATURE_RATE, Speech


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
    )
