"""What leaves the workspace on paper or in a file: the PDF audit report, CSV, JSON, SARIF, OCSF, and the manifest."""
