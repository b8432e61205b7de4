"""The one long list of the console: ids from SQL, rows by the page, sorted and filtered where the data is."""

from __future__ import annotations
