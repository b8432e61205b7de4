"""Small charts, painted from the tokens: sharp at any scale, and no plotting library to import."""

from __future__ import annotations
