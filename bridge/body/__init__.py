"""The body: rotations, skeleton, kinematics, the gesture score and what realises it."""
