"""Everything below the collar: clothes, hands, shoes, with their weights."""

from __future__ import annotations

import numpy as np

from . import ears, garments, hair, hands, shoes, skin
from . import proportions as figure
from .island import Island


def islands() -> list[Island]:
    shirt, trousers = garments.shirt(), garments.trousers()
    shirt.weights, trousers.weights = skin.settled(skin.shirt(shirt)), skin.settled(skin.trousers(trousers))
    left = _left_side()
    right = [part.other_side(part.name.replace("left", "right")) for part in left]
    return [shirt, trousers, *left, *right, _collar(), _hem(), *_on_head()]


def _left_side() -> list[Island]:
    hand, shoe = hands.hand(), shoes.shoe()
    hand.weights = skin.settled(skin.hand(hand))
    for part in shoe:
        part.weights = skin.settled(skin.shoe(part))
    return [hand, *hands.nails(), *shoe, _cuff(), _turn_up()]


def _cuff() -> Island:
    wrist, axes = figure.hand_frame()
    band = garments.band("leftCuff", garments.cloth, wrist - 14.0 * axes[0], axes[0], 15.0, 2.4)
    band.weights = skin.rigid(band, "leftLowerArm")
    return band


def _turn_up() -> Island:
    """The end of a trouser leg."""
    ankle = np.array([*figure.LIMBS["LowerLeg"][2][:2], garments.ANKLE + 6.0])
    band = garments.band("leftTurnUp", garments.trouser_cloth, ankle, np.array([0, 0, 1.0]), 9.0, 1.8, 48, "turnUp")
    band.weights = skin.rigid(band, "leftLowerLeg")
    return band


def _collar() -> Island:
    normal = np.array(garments.NECK_NORMAL) / np.linalg.norm(garments.NECK_NORMAL)
    band = garments.band("collar", garments.cloth, np.array(garments.NECKLINE), normal, 9.0, 2.6, 64)
    neck = skin.at_collar(band.points[:, 2])
    band.weights = skin.settled({"upperChest": 1.0 - neck, "neck": neck})
    return band


def _hem() -> Island:
    band = garments.band("hem", garments.cloth, np.array([0, -5.0, 972.0]), np.array([0, 0, 1.0]), 15.0, 2.2, 112)
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
