"""Words that were broken at the end of a line by a typesetter ("comuni-" and "cazione") made whole again."""

from __future__ import annotations

import re

from index.italian.lemma import is_word

# From the first letter of a run: from each of them, a long run without a hyphen would cost its square.
_BROKEN = re.compile(r"(?<![^\W\d_])([^\W\d_]+)-[ \t]*\n[ \t]*([^\W\d_]+)")
_AT_LINE_END = re.compile(r"-[ \t]*\n")  # which hardly any text has, and which is found fifty times as fast


def rejoin_lines(text: str) -> str:
    """The text without line breaks inside words.

    The hyphen goes where the whole is an Italian word and its second half is no capitalised one; elsewhere it belongs
    to the word (know-how, Emilia-Romagna) and stays.
    """
    return _BROKEN.sub(_joined, text) if _AT_LINE_END.search(text) else text


def _joined(match: re.Match[str]) -> str:
    first, second = match.groups()
    is_broken = second.islower() and is_word((first + second).lower())
    return first + second if is_broken else f"{first}-{second}"
