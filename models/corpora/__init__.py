"""Corpora for training: what is read, and what is made."""
