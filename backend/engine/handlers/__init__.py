"""What the engine does with a job's batches: one handler per kind of job."""
