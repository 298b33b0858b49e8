"""The phones of speech, and what each asks of the face.

Phones are ARPAbet without stress (39 and SIL). Visemes are the fifteen of Oculus/Meta.
"""

from __future__ import annotations

import numpy as np

PHONES = (
    "SIL", "AA", "AE", "AH", "AO", "AW", "AY", "B", "CH", "D", "DH", "EH", "ER", "EY", "F", "G", "HH", "IH", "IY",
    "JH", "K", "L", "M", "N", "NG", "OW", "OY", "P", "R", "S", "SH", "T", "TH", "UH", "UW", "V", "W", "Y", "Z", "ZH",
)
PHONE_INDEX = {name: place for place, name in enumerate(PHONES)}
VISEMES = ("sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "I", "O", "U")
VISEME_PHONES = {
    "sil": "SIL", "PP": "P B M", "FF": "F V", "TH": "TH DH", "DD": "T D", "kk": "K G NG HH", "CH": "CH JH SH ZH",
    "SS": "S Z", "nn": "N L", "RR": "R ER", "aa": "AA AH AY AW", "E": "EH AE EY", "I": "IH IY Y", "O": "AO OW OY",
    "U": "UW UH W",
}
VISEME_OF = {phone: viseme for viseme, phones in VISEME_PHONES.items() for phone in phones.split()}
# (40,) index of the viseme of every phone
VISEME_OF_PHONE = np.array([VISEMES.index(VISEME_OF[phone]) for phone in PHONES])

CLOSURE = frozenset(["P", "B", "M"])
LABIODENTAL = frozenset(["F", "V"])
SHUT_SHARE = 0.75  # of the segment of P and B; the rest is the burst

# Jaw opening (AA = 1), lip rounding and lip spreading, each at the start and at the end of the phone: a diphthong
# glides. None: the phone asks nothing and takes what its neighbours have. Values from articulatory phonetics.
TARGETS: dict[str, tuple[tuple[float, float] | None, tuple[float, float] | None, tuple[float, float] | None]] = {
    "SIL": ((0, 0), (0, 0), (0, 0)),
    "AA": ((1.0, 1.0), (0.05, 0.05), (0, 0)), "AE": ((0.9, 0.9), (0, 0), (0.45, 0.45)),
    "AH": ((0.6, 0.6), (0, 0), (0.1, 0.1)), "AO": ((0.8, 0.8), (0.6, 0.6), (0, 0)),
    "AW": ((1.0, 0.4), (0, 0.7), (0.1, 0)), "AY": ((1.0, 0.35), (0, 0), (0.1, 0.5)),
    "EH": ((0.7, 0.7), (0, 0), (0.4, 0.4)), "ER": ((0.5, 0.45), (0.45, 0.45), (0, 0)),
    "EY": ((0.6, 0.35), (0, 0), (0.4, 0.6)), "IH": ((0.45, 0.45), (0, 0), (0.45, 0.45)),
    "IY": ((0.3, 0.3), (0, 0), (0.75, 0.75)), "OW": ((0.65, 0.4), (0.55, 0.8), (0, 0)),
    "OY": ((0.7, 0.35), (0.7, 0), (0, 0.5)), "UH": ((0.4, 0.4), (0.5, 0.5), (0, 0)),
    "UW": ((0.3, 0.3), (0.85, 0.85), (0, 0)),
    "P": ((0.1, 0.1), None, None), "B": ((0.1, 0.1), None, None), "M": ((0.1, 0.1), None, None),
    "F": ((0.15, 0.15), None, (0.1, 0.1)), "V": ((0.15, 0.15), None, (0.1, 0.1)),
    "TH": ((0.25, 0.25), None, (0.15, 0.15)), "DH": ((0.25, 0.25), None, (0.15, 0.15)),
    "D": ((0.2, 0.2), None, (0.15, 0.15)), "T": ((0.2, 0.2), None, (0.15, 0.15)),
    "N": ((0.2, 0.2), None, (0.1, 0.1)), "L": ((0.3, 0.3), None, (0.1, 0.1)),
    "S": ((0.08, 0.08), (0.05, 0.05), (0.35, 0.35)), "Z": ((0.08, 0.08), (0.05, 0.05), (0.35, 0.35)),
    "SH": ((0.1, 0.1), (0.6, 0.6), (0, 0)), "ZH": ((0.1, 0.1), (0.6, 0.6), (0, 0)),
    "CH": ((0.1, 0.1), (0.6, 0.6), (0, 0)), "JH": ((0.1, 0.1), (0.6, 0.6), (0, 0)),
    "K": ((0.3, 0.3), None, None), "G": ((0.3, 0.3), None, None), "NG": ((0.3, 0.3), None, None),
    "R": ((0.25, 0.25), (0.5, 0.4), (0, 0)), "W": ((0.2, 0.25), (0.95, 0.8), (0, 0)),
    "Y": ((0.25, 0.25), (0, 0), (0.5, 0.5)), "HH": (None, None, None),
}
