"""Everything below the collar: clothes, hands, shoes, with their weights."""

from __future__ import annotations

import numpy as np

from . import ears, garments, hair, hands, skin
from . import proportions as figure
from .island import Island


def islands() -> list[Island]:
    shirt, trousers = garments.shirt(), garments.trousers()
    shirt.weights, trousers.weights = skin.settled(skin.shirt(shirt)), skin.settled(skin.trousers(trousers))
    left = _left_side()
    right = [part.other_side(part.name.replace("left", "right")) for part in left]
    return [shirt, trousers, *left, *right, _collar(), _hem(), *_on_head()]


def _left_side() -> list[Island]:
    hand, shoe = hands.hand(), garments.shoe()
    hand.weights, shoe.weights = skin.settled(skin.hand(hand)), skin.settled(skin.shoe(shoe))
    return [hand, *hands.nails(), shoe, _cuff()]


def _cuff() -> Island:
    wrist, axes = figure.hand_frame()
    band = garments.ring("leftCuff", wrist - 10.0 * axes[0], 29.5 * axes[1], 31.0 * axes[2], 13.0, 3.0, "topRib")
    band.weights = skin.rigid(band, "leftLowerArm")
    return band


def _collar() -> Island:
    normal = np.array(garments.NECK_NORMAL) / np.linalg.norm(garments.NECK_NORMAL)
    band = garments.ring("collar", np.array(garments.NECKLINE), np.array([56.5, 0, 0]),
                         58.5 * np.cross(normal, (1.0, 0, 0)), 8.0, 3.5, "topRib", flare=-1.5)
    band.weights = {"upperChest": np.full(len(band.points), 0.6), "neck": np.full(len(band.points), 0.4)}
    return band


def _hem() -> Island:
    band = garments.ring("hem", np.array([0, -5.0, 972.0]), np.array([166.0, 0, 0]), np.array([0, 116.0, 0]),
                         10.0, 3.0, "topRib", around=96)
    band.weights = skin.rigid(band, "hips")
    return band


def _on_head() -> list[Island]:
    """Hair and ears: they belong to the head, but no shape moves them."""
    left = ears.ear()
    parts = [hair.hair(), left, left.other_side("rightEar")]
    for part in parts:
        part.points = figure.enlarged_head(part.points)
        part.weights = skin.rigid(part, "head")
    return parts
