"""The table of verbs: all that a client may ask, one file for each family."""

from __future__ import annotations

from backend.engine.verbs import jobs, session
from backend.engine.verbs.verb import Verb

VERBS: dict[str, Verb] = {verb.name: verb for family in (session, jobs) for verb in family.VERBS}
