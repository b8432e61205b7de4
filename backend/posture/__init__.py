"""Rules, their evaluation, findings and the score."""
