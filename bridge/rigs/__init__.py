"""Rigs: what a character is, which bone is which joint, and how a motion is put on it."""
