"""The workspace: one SQLite file that holds all an analyst knows. Only the engine writes to it."""
