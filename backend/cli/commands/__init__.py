"""One file for each command: `arguments(parser)` declares it and sets `run`."""
