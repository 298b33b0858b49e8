"""The face: articulation, emotion, eyes and the blend shapes of every dialect."""
