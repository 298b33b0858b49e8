"""The face network: corpus, training and export."""
