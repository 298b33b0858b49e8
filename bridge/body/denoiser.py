"""The trained denoiser: weights opened from their card, and what the card says of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import cards
from ..problems import Problem
from ..speech.features import GESTURE_VERSION
from ..watch import Watch
from . import conditions
from .pose_channels import PoseBasis
from .sampler import Windows

BASIS = "pose_basis"  # name of the basis in the metadata of the weights


class Denoiser:
    """x0 of noisy windows. Raises ``Problem`` where the card's weights do not open or expect other features."""

    def __init__(self, card: cards.Card, watch: Watch) -> None:
        expected = (card.features, card.settings.get("conditions"))
        if expected != (GESTURE_VERSION, conditions.VERSION):
            raise Problem("model.features", name=card.name, expected=" ".join(map(str, expected)),
                          found=f"{GESTURE_VERSION} {conditions.VERSION}")
        self._session: Any = cards.open_session(card)
        self._watch = watch
        self.grid = tuple(card.settings["grid"])
        self.windows = Windows(card.settings["window"], card.settings["hop"])
        try:
            self.basis = PoseBasis.from_text(self._session.get_modelmeta().custom_metadata_map[BASIS])
        except (KeyError, ValueError) as error:
            raise Problem("model.broken", path=card.path, why=f"it holds no pose basis ({error})") from error

    def predict(self, x: np.ndarray, observed: np.ndarray, mask: np.ndarray, told: np.ndarray,
                t: np.ndarray) -> np.ndarray:
        """x0 (B, N, 106) of x (B, N, 106), observed base, mask of parts, conditions and t / 1000 (B,)."""
        return self._watch.run(self._session, {"x": x, "observed": observed, "mask": mask, "conditions": told,
                                               "t": t})[0]
