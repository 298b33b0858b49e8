"""Training: makes what bridge/weights holds. Nothing above imports it."""
