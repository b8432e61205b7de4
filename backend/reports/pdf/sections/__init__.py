"""The report's sections, in the order of the report: each a `title`, its `entries`, and `write`."""
