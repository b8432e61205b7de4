"""The security functions SQL lacks, registered on the connection a rule is evaluated on (see `registry`)."""
