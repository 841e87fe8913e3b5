"""Text to tokens: the words as they were printed, with their positions and offsets.

Blank-separated *chunks* are the unit of work: the regular expression runs once per distinct chunk and its tokens are
remembered, which is two to three times faster than running it over the text. What depends on the neighbours (whether
a chunk opens a sentence or stands in a run of capitals) is decided over whole arrays of chunks in ``marks``.

A token is what was printed, with four changes: invisible characters are gone, every apostrophe is ', letters in the
styles of social media (𝐝𝐞𝐥𝐥, ｄｅｌｌ) are plain, and an elided article keeps its apostrophe ("dell'" and "Unione" from
"dell’Unione"), so that it is never mistaken for a brand (Dell); it gets one where the text breaks off ("e dell...").
A compound gives its parts, one position each, and the whole at the position of the first part.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from index.italian.accents import ACCENTED_VOWELS
from index.italian.sentences import ends_in_abbreviation
from index.italian.words import ELIDED_PREPOSITIONS, ELISIONS, NAME_PREFIXES, TOP_LEVEL_DOMAINS
from index.plain_text import APOSTROPHES, with_few_marks

MAX_TOKEN_CHARS = 128
"""Longer runs of letters and digits are cut here, in texts and in queries alike."""

MAX_WHOLE_PARTS = 4
"""A compound of more parts than this is only its parts: "chi-va-piano-va-sano" is a sentence."""

_STYLED_BLOCKS = ((0x2100, 0x214F), (0xFF10, 0xFF5A), (0x1D400, 0x1D7FF))
"""First and last of the code points among which are letters in another style: letter-like, full-width, mathematical."""


def _plain_letters() -> dict[int, str]:
    """Letters and digits that differ from plain ones in their style alone, as Unicode tells -> the plain ones.

    One for one, so that offsets stay; not the whole of NFKC, which makes 1o of 1º, TM of ™ and three full stops of "…".
    """
    points = (at for first, last in _STYLED_BLOCKS for at in range(first, last + 1))
    styled = (at for at in points if unicodedata.decomposition(chr(at)).startswith(("<font>", "<wide>")))
    plain = {at: unicodedata.normalize("NFKC", chr(at)) for at in styled}
    return {at: char for at, char in plain.items() if char.isalnum()}


_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))
_SAME = {**_plain_letters(), **dict.fromkeys(map(ord, APOSTROPHES), "'"), **dict.fromkeys(map(ord, "‐‑"), "-")}
_INVISIBLE_RE = re.compile("[" + "".join(map(chr, _INVISIBLE)) + "]")
CHANGED_BLOCKS = tuple(sorted((*((point, point) for point in _INVISIBLE), *_STYLED_BLOCKS)))
"""First and last code points, ascending, of what is not printed plainly: see ``is_printed_plainly``."""
_CHANGED = re.compile("[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in CHANGED_BLOCKS) + "]")

_MOST_LABELS = 16
"""Parts of a host, and groups of digits in a number. Without bounds, what is no host and no address would be read to
its end from each of its words: the square of the length of "a-b.a-b.a-b"..."""

_ALNUM = r"[^\W_]"
_LABEL = rf"[a-z0-9](?:[a-z0-9-]{{0,{MAX_TOKEN_CHARS}}}[a-z0-9])?"
_DOMAINS = "|".join(sorted(TOP_LEVEL_DOMAINS, key=len, reverse=True))
_HOST = rf"(?:{_LABEL}\.){{1,{_MOST_LABELS}}}(?:{_DOMAINS})(?![\w-])"
_TOKEN = re.compile(
    rf"""
      (?P<url>(?:https?://|www\.)[^\s<>"»”)\]]+)
    | (?P<mail>[\w.+-]{{1,{MAX_TOKEN_CHARS}}}@(?:[\w-]{{1,{MAX_TOKEN_CHARS}}}\.){{1,{_MOST_LABELS}}}[A-Za-z]{{2,}})
    | (?P<tag>[\#@](?=\w*[^\W\d_])\w+)
    | (?P<named>(?<!\w)(?:[A-Za-z]\+\+|[A-Za-z]\#|(?i:(?:asp)?\.net))(?!\w)|(?<!\w)[A-Z]\w+\+(?![\w+]))
    | (?P<acronym>(?<!\w)(?:[^\W\d_]\.){{2,}}(?:[^\W\d_](?![\w]))?|(?<!\w)[^\W\d_]\.[^\W\d_](?!\w))
    | (?P<date>(?<!\w)(?:\d{{1,2}}(?P<sep>[/.-])\d{{1,2}}(?P=sep)\d{{4}}|\d{{4}}-\d{{2}}-\d{{2}})(?!\w))
    | (?P<host>(?<![\w-])(?i:{_HOST}))
    | (?P<number>(?<!\w)\d+(?:[.,:]\d+){{0,{_MOST_LABELS}}}(?!\w))
    | (?P<sign>[%‰€$£])
    | (?P<elided>(?<!\w)[^\W\d_]+'(?=\d|(?:[^\W\d_]\.){{2}}))
    | (?P<word>{_ALNUM}(?:[^\W_]|[\u0300-\u036f])*'?(?:[-'&]?(?<=[-'&])(?:[^\W_]|[\u0300-\u036f])+'?)*)
    """,
    re.VERBOSE,
)
_WORD_PART = re.compile(r"((?:[^\W_]|[\u0300-\u036f])+)('?)")
_SENTENCE_END = re.compile(r"[.!?…:][\"'»”’)\]]*$")
_OPENING_QUOTE = re.compile(r"[\"'«“(\[–—•-]*[«“\"–—•]")
_CUT_OFF = re.compile(r"[\[(]?(?:…|\.\.)")
_OPENING_MARKS = ("«", "“", '"')
_RUN_BREAKS = ",;:.!?…»”)"
_PLAIN_CHUNK = re.compile(r"([«“\"(]?)([a-zàèéìòùA-ZÀÈÉÌÒÙ]{2,60})([.,;:!?…»”)\"]{0,3})")
_VOWELS = ACCENTED_VOWELS.union("aeiouAEIOU")


class Token(NamedTuple):
    """One token of one chunk.

    Attributes:
        form: as printed (see the module), not empty, at most MAX_TOKEN_CHARS code points.
        position: 0-based, counted in the chunk; several tokens may share one.
        start, end: half-open offsets into the chunk as it was given.
        parts: 0 for a plain token or a part; for the whole of a compound, how many parts it spans.
    """

    form: str
    position: int
    start: int
    end: int
    parts: int = 0


class Chunk(NamedTuple):
    """The tokens of one blank-separated piece of text, and what its neighbours need to know of it.

    Attributes:
        width: number of positions taken, 0 when there is no token.
        ends_sentence: a capital in the next chunk says nothing about names.
        opens: the chunk opens a quotation or a list item, like the start of a sentence.
        capitals: 0 no letters, 1 not all capitals, 2 all capitals.
        breaks_run: punctuation behind it ends a run of capitals.
    """

    tokens: tuple[Token, ...]
    width: int
    ends_sentence: bool
    opens: bool
    capitals: int
    breaks_run: bool


def tokenize_chunk(chunk: str) -> Chunk:
    """The tokens of one blank-separated chunk; never raises, whatever the characters."""
    plain = _PLAIN_CHUNK.fullmatch(chunk)
    return _compound_chunk(chunk) if plain is None else _plain_chunk(plain)


def _plain_chunk(match: re.Match[str]) -> Chunk:
    """What ``_compound_chunk`` would give for the commonest chunks, a word and its punctuation, six times faster."""
    before, word, after = match.groups()
    start, form = len(before), word
    ends_sentence = breaks_run = False
    if after:
        if word in ELIDED_PREPOSITIONS and _CUT_OFF.match(after):
            form = word + "'"
        is_abbreviation = after == "." and ends_in_abbreviation(word + after)
        ends_sentence = not is_abbreviation and _SENTENCE_END.search(after) is not None
        breaks_run = after[-1] in _RUN_BREAKS
    return Chunk(
        tokens=(Token(form, 0, start, start + len(word)),),
        width=1,
        ends_sentence=ends_sentence,
        opens=before in _OPENING_MARKS,
        capitals=2 if word.isupper() else 1,
        breaks_run=breaks_run,
    )


def _compound_chunk(chunk: str) -> Chunk:
    cleaned = chunk.translate(_SAME)
    origin: list[int] | None = None
    if _INVISIBLE_RE.search(cleaned):
        origin = [at for at, char in enumerate(cleaned) if ord(char) not in _INVISIBLE]
        origin.append(origin[-1] + 1 if origin else 0)
        cleaned = cleaned.translate(_INVISIBLE)
    found: list[Token] = []
    position = 0
    for match in _TOKEN.finditer(cleaned):
        tokens = _TOKENS_OF_KIND[str(match.lastgroup if match.lastgroup != "sep" else "date")](match)
        for form, offset, start, end, parts in tokens:
            found.append(Token(form[:MAX_TOKEN_CHARS], position + offset, start, end, parts))
        position += max((offset for _, offset, *_ in tokens), default=-1) + 1
    if origin is not None:
        found = [Token(t.form, t.position, origin[t.start], origin[t.end - 1] + 1, t.parts) for t in found]
    return Chunk(
        tokens=tuple(found),
        width=position,
        ends_sentence=bool(_SENTENCE_END.search(cleaned)) and not ends_in_abbreviation(cleaned),
        opens=_OPENING_QUOTE.match(cleaned) is not None,
        capitals=2 if cleaned.isupper() else 1 if any(map(str.isalpha, cleaned)) else 0,
        breaks_run=bool(found) and cleaned[-1] in _RUN_BREAKS,
    )


def is_printed_plainly(text: str) -> bool:
    """True when the forms of a text stand in it letter for letter, but for their apostrophes and hyphens."""
    return text.isascii() or _CHANGED.search(text) is None


def normalize(text: str) -> str:
    """Text in NFC, the form in which all texts are kept and all offsets are counted."""
    return unicodedata.normalize("NFC", with_few_marks(text))


_Found = list[tuple[str, int, int, int, int]]
"""(form, position in the match, start, end, parts) of each token of one match."""


def _single(match: re.Match[str]) -> _Found:
    return [(match.group(), 0, match.start(), match.end(), 0)]


def _url(match: re.Match[str]) -> _Found:
    """An address is known by its host: "repubblica.it" and "repubblica", never "https" or the path."""
    host = re.compile(rf"(?:https?://)?(?:www\.)?({_HOST})", re.IGNORECASE).match(match.group())
    if host is None:
        return []
    return _host_parts(host.group(1), match.start() + host.start(1))


def _host(match: re.Match[str]) -> _Found:
    name = match.group()
    skipped = 4 if name.lower().startswith("www.") else 0
    return _host_parts(name[skipped:], match.start() + skipped)


def _host_parts(name: str, start: int) -> _Found:
    labels = name.split(".")
    while len(labels) > 1 and labels[-1].lower() in TOP_LEVEL_DOMAINS:
        labels.pop()
    tokens: _Found = [(name, 0, start, start + len(name), len(labels))]
    at = start
    for offset, label in enumerate(labels):
        tokens.append((label, offset, at, at + len(label), 0))
        at += len(label) + 1
    return tokens


def _mail(match: re.Match[str]) -> _Found:
    whole = match.group()
    host_start = whole.index("@") + 1
    host = _host_parts(whole[host_start:], match.start() + host_start)
    return [(whole, 0, match.start(), match.end(), host[0][4]), *host]


def _elided(match: re.Match[str]) -> _Found:
    """What stands before a number or a dotted acronym: dell'1,5%, l'A.I."""
    letters = match.group()[:-1]
    kept = match.group() if letters.lower() in ELISIONS else letters
    return [(kept, 0, match.start(), match.start() + len(kept), 0)]


def _named(match: re.Match[str]) -> _Found:
    """C++, C#, .NET and Disney+ are known with their sign; a long name also without it."""
    whole = match.group()
    tokens: _Found = [(whole, 0, match.start(), match.end(), 1)]
    if len(whole) > len("C++"):
        bare = whole.rstrip("+")
        if bare != whole:
            tokens.append((bare, 0, match.start(), match.start() + len(bare), 0))
    return tokens


def _date(match: re.Match[str]) -> _Found:
    tokens: _Found = [(match.group(), 0, match.start(), match.end(), 3)]
    for offset, part in enumerate(re.finditer(r"\d+", match.group())):
        tokens.append((part.group(), offset, match.start() + part.start(), match.start() + part.end(), 0))
    return tokens


def _word(match: re.Match[str]) -> _Found:
    """Words held together by apostrophes, hyphens or "&": elisions split off, parts, and the whole where it is one."""
    text, base = match.group(), match.start()
    if "&" in text and any(len(letters) == 1 for letters, _ in _WORD_PART.findall(text)):
        return _single(match)  # AT&T and R&D are one word: their letters are none
    quoted = base > 0 and match.string[base - 1] == "'"
    tokens: _Found = []
    parts = list(_WORD_PART.finditer(text))
    whole_from = 0  # the first part that belongs to the whole
    for offset, part in enumerate(parts):
        letters, apostrophe = part.group(1), part.group(2)
        start, end = base + part.start(1), base + part.end(1)
        is_last = offset == len(parts) - 1
        if apostrophe and not is_last and letters.lower() in ELISIONS and not _is_genitive(parts, offset):
            tokens.append((letters + "'", offset, start, end + 1, 0))
            following = parts[offset + 1].group(1)
            names_something = letters[0].isupper() and following[0].isupper() and letters.lower() in NAME_PREFIXES
            if not names_something:
                whole_from = offset + 1
            continue
        if apostrophe and is_last and not quoted and (letters[-1] in _VOWELS or letters.lower() in ELISIONS):
            tokens.append((letters + "'", offset, start, end + 1, 0))  # citta', po', and "nell' ottobre"
            continue
        is_cut_off = is_last and letters in ELIDED_PREPOSITIONS and _CUT_OFF.match(match.string, end) is not None
        tokens.append((letters + "'" if is_cut_off else letters, offset, start, end, 0))
    spanned = len(parts) - whole_from
    has_letter = any(char.isalpha() for part in parts[whole_from:] for char in part.group(1))
    if 1 < spanned <= MAX_WHOLE_PARTS and has_letter:
        start = parts[whole_from].start(1)
        end = parts[-1].end(1)
        tokens.append((text[start:end], whole_from, base + start, base + end, spanned))
    return tokens


def _is_genitive(parts: list[re.Match[str]], offset: int) -> bool:
    """True where a name stands before the English 's, "Dell’s": no Italian word is an s alone."""
    name, last = parts[offset].group(1), parts[-1].group(1)
    return offset == len(parts) - 2 and len(name) > 1 and (last == "s" or (last == "S" and name.isupper()))


_TOKENS_OF_KIND = {
    "url": _url,
    "mail": _mail,
    "tag": _single,
    "named": _named,
    "acronym": _single,
    "date": _date,
    "host": _host,
    "number": _single,
    "sign": _single,
    "elided": _elided,
    "word": _word,
}
