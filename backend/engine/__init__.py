"""The process that owns a workspace: its lock and channel, the verbs clients may ask, the jobs and their workers."""
