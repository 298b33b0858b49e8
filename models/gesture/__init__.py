"""The gesture diffusion model: network, training on constructed takes, export."""
