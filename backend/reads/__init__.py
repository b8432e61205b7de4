"""Page queries of the console and the command line: plain functions over a read-only connection.

Each returns frozen dataclasses, ends its read transaction before it returns, and is written to be answered from
an index where a list may be long.
"""
