"""One file for each AWS service: its tables, listings and details. Adding a service is adding a file."""
