"""python -m models.corpora: builds takes of the gesture corpus and holds them against the limits."""

from .acceptance import main

raise SystemExit(main())
