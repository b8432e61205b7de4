"""Handing a workspace to a colleague, and taking their triage back.

An export is one file without secrets (`export`), in clear or protected by a passphrase (`container`). What a colleague
may do with it:

* in a place that cannot be written, or with `open_reader`: read, and nothing else;
* as a workspace of its own (`opening.unpack`, or a plain copy): read, triage, comment, label, print. It carries a mark
  (`mark`), by which the engine refuses scans and credentials: those stay with its owner.

The colleague exports in turn, and the owner merges the decisions (`triage`), conflicts shown.
"""

from __future__ import annotations
