"""Speech: features, prosody, phones and words. Training imports these, nothing redefines them."""
