"""Commands as a rule gives them: several in a row, joined by `&&` or on lines of their own."""

from __future__ import annotations

import shlex


def commands(text: str) -> list[list[str]]:
    """Argument lists, read as a POSIX shell would, without one."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars="&|;\n")
    lexer.whitespace, lexer.whitespace_split, lexer.commenters = " \t\r", True, ""
    found: list[list[str]] = [[]]
    for word in lexer:
        if word == "&&" or (word and not word.strip("\n")):
            found.append([])
        elif word and not word.strip("&|;"):
            raise ValueError(f"{word!r} needs a shell: {text}")
        else:
            found[-1].append(word)
    return [one for one in found if one]
