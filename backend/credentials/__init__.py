"""Identities: the vault that keeps secrets, and the cloud sessions made from them.

The engine alone opens the vault (`vault.Vault`). Workers are handed the one secret they need on their standard input
and make a session of it (`aws_session.open_session`).
"""
