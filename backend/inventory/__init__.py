"""Collect: cloud APIs to typed, versioned resource tables. Knows nothing of rules."""
