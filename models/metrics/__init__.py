"""Measures of what the models give."""
