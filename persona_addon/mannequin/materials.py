"""Materials: one Principled shader each, and the colour that the solid view shows."""

from __future__ import annotations

from dataclasses import dataclass

import bpy


@dataclass(frozen=True)
class Look:
    """Base colour (linear), roughness, and what departs from a plain surface."""

    colour: tuple[float, float, float]
    roughness: float = 0.5
    subsurface: float = 0.0
    coat: float = 0.0
    specular: float = 0.5


LOOKS = {
    "skin": Look((0.56, 0.285, 0.18), 0.50, subsurface=0.15),
    "lidEdge": Look((0.52, 0.25, 0.18)),
    "lips": Look((0.44, 0.14, 0.105), 0.42),
    "mouth": Look((0.10, 0.02, 0.02)),
    "gums": Look((0.50, 0.16, 0.15), 0.3),
    "teeth": Look((0.86, 0.83, 0.76), 0.2),
    "tongue": Look((0.55, 0.17, 0.16), 0.3),
    "sclera": Look((0.85, 0.83, 0.80), 0.1, coat=1.0),
    "innerIris": Look((0.16, 0.33, 0.38), 0.3, coat=0.3),
    "iris": Look((0.045, 0.15, 0.23), 0.3, coat=0.3),
    "limbus": Look((0.01, 0.03, 0.045), 0.3, coat=0.3),
    "pupil": Look((0.004, 0.004, 0.004), 0.3, coat=0.3),
    "lash": Look((0.02, 0.015, 0.015), 0.7),
    "brow": Look((0.05, 0.024, 0.012), 0.8),
    "hair": Look((0.075, 0.035, 0.018), 0.72, specular=0.12),
    "top": Look((0.06, 0.19, 0.25), 0.8, specular=0.25),
    "topRib": Look((0.035, 0.10, 0.135), 0.8, specular=0.25),
    "trousers": Look((0.045, 0.05, 0.065), 0.85, specular=0.25),
    "turnUp": Look((0.034, 0.038, 0.05), 0.85, specular=0.25),
    "shoe": Look((0.42, 0.41, 0.40), 0.6),
    "sole": Look((0.76, 0.74, 0.70), 0.55),
    "lace": Look((0.78, 0.76, 0.72), 0.7),
    "nail": Look((0.60, 0.36, 0.27), 0.35),
    "nostril": Look((0.16, 0.06, 0.045), 0.7),
}


def add(name: str, prefix: str) -> bpy.types.Material:
    """A new material for ``LOOKS[name]``."""
    look = LOOKS[name]
    material = bpy.data.materials.new(f"{prefix} {name}")
    shader = shader_of(material)
    values = {"Base Color": (*look.colour, 1.0), "Roughness": look.roughness, "Coat Weight": look.coat,
              "Coat Roughness": 0.03, "Specular IOR Level": look.specular,
              "Subsurface Weight": look.subsurface}
    if look.subsurface:
        values |= {"Subsurface Radius": (0.010, 0.004, 0.002), "Subsurface Scale": 1.0}
    for socket, value in values.items():
        shader.inputs[socket].default_value = value
    # Workbench has no lamps: half as bright again looks the same as the render.
    material.diffuse_color = (*(min(1.0, 1.5 * c) for c in look.colour), 1.0)
    material.roughness = look.roughness
    return material


def shader_of(material: bpy.types.Material) -> bpy.types.ShaderNode:
    """A new material's Principled shader, found by type since names are translated."""
    if material.node_tree is None:  # from Blender 5.0 on every material has one
        material.use_nodes = True
    return next(node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
