"""Worker functions that belong to no stage: what the engine needs an SDK for, and so leaves to a child."""
