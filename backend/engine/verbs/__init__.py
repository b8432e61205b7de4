"""The table of verbs: all that a client may ask, one file for each family."""

from __future__ import annotations

from backend.engine.verbs import accounts, handover, jobs, reports, rules, scans, session, settings, triage, vault
from backend.engine.verbs.verb import Verb

_FAMILIES = (session, jobs, accounts, scans, triage, rules, reports, handover, settings, vault)

VERBS: dict[str, Verb] = {verb.name: verb for family in _FAMILIES for verb in family.VERBS}
