"""The demo: an embedded AWS emulator with the account of a small company, scanned for real."""
