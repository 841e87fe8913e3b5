"""Suggestions: what a reader who has typed so far may be about to ask.

First words of the archive and phrases that it prints, those in the most articles first; then sections and tags; then
titles of articles, the newest first.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.article import Article
from index.italian import Token, exact_keys, fold, is_acronym, is_elision, is_stop_word, normalize, tokenize_chunk
from index.italian.folding import strip_accents
from index.italian.words import STOP_WORDS, UNFINISHED_WORDS
from index.lexicon import FormIds
from index.plain_text import APOSTROPHES
from index.sections import last_step
from index.snapshot import Snapshot
from index.word_counts import commonest_form, word_counts
from search.alternatives import has_seam_at
from search.followers import (
    CommonPlaces,
    Words,
    common_places,
    commonest,
    count_followers,
    titled,
    words_beginning,
    words_with,
)
from search.selection import folded
from search.vocabulary import Vocabulary

MOST_KEYS: Final = 1_000
"""Words with the typed beginning that are looked at, those in the most articles."""

MOST_SEAMED: Final = 20
"""Words that two typed ones may be the beginning of as one: those in the most articles."""

MOST_FOLLOWERS: Final = 1_000
"""Words that may continue a whole word without a letter of them being typed."""

CONTINUED_DOCS: Final = 5
CONTINUED_LETTERS: Final = 3
"""A word of fewer articles, or letters, is not continued, but for an acronym."""

CONTINUATION_DOCS: Final = 3
CONTINUATION_SHARE: Final = 0.01
"""A word that follows another in fewer articles, or in a smaller part of its articles, does not continue it."""

RARE_PHRASE: Final = 0.05
"""Of the words behind another one those are left out that are so much rarer there than the commonest."""

RARE_WORD: Final = 0.005
"""Of the words with one beginning those are left out that are so much rarer than the commonest: most are slips."""

LETTERS_ALONE: Final = 3
"""Where the archive prints none behind the word before, a word with fewer letters typed is not completed."""

MOST_REACH: Final = 3
"""Places between the last content word and the one being typed: "riforma delle pens" is two."""

MOST_TITLES: Final = 3
MOST_TITLE_WORDS: Final = 8
MOST_FETCHED: Final = 12
"""Articles whose titles are looked at; those of the words before may all lack the word that is being typed."""

_OF_FIELD: Final = re.compile(r"(?<![^\s(-])[^\W\d_]+:\S*\Z")

_NOT_CONTINUING: Final = frozenset({"ad", *map(fold, STOP_WORDS | UNFINISHED_WORDS)})
"""Keys that are proposed only to whoever has typed a letter of them."""

Fetch = Callable[[Sequence[int]], Mapping[int, Article]]
"""Articles by their numbers in the store; one that is no longer there is missing."""


class _Typed(NamedTuple):
    """What was typed, taken apart.

    Attributes:
        kept: all before the word that is being typed, as it stays in front of a completion.
        words: the words before, as printed forms.
        last: the word that is being typed; "" after a blank or an apostrophe.
    """

    kept: str
    words: tuple[str, ...]
    last: str

    @property
    def has_content(self) -> bool:
        """Whether one of the words before is no function word."""
        return not all(map(_is_function_word, self.words))


class _Ranked(NamedTuple):
    """A suggestion among its kind: more articles first, then by its text."""

    minus_articles: int
    text: str


def suggest_words(vocabulary: Vocabulary, prefix: str, *, size: int, fetch: Fetch | None = None) -> tuple[str, ...]:
    """Completions of what was typed, at most ``size``; never raises, whatever was typed.

    Words begin like the last typed one and are shown as they are mostly printed; what was typed before stays, so that
    "l'econ" gives "l'economia". Behind another word only those that the archive prints there; where it prints none,
    any, once three letters are typed. A whole word is also continued by the words that often follow it; two that the
    archive prints as one are one: "wi f" gives "Wi-Fi". A function word before the one that is being typed may be the
    acronym that the archive prints: "ai g" gives "AI generativa". Sections, tags and titles have all the words typed,
    the last one as a beginning. Titles are fewer than words and phrases, where there are any, and only fill up the
    list. Two that differ in capitals and accents only are one.

    Args:
        fetch: gets articles from the store; None for no titles.
    """
    snapshot, typed = vocabulary.snapshot, _take_apart(prefix)
    if typed is None:
        return ()
    chosen = _Chosen(size)
    readings = (typed, *_with_acronym(typed, vocabulary))
    chosen.take(text for _, text in sorted(_words_and_phrases(snapshot, readings, size)))
    num_words = len(chosen.texts)
    if num_words < size:
        chosen.take(text for _, text in sorted(_names(snapshot, typed)))
    most_titles = MOST_TITLES if typed.has_content and not num_words else num_words - 1
    room = min(size - len(chosen.texts), most_titles, MOST_TITLES)
    if room > 0 and fetch is not None:
        chosen.take(_titles(snapshot, typed, fetch), at_most=room)
    return tuple(chosen.texts)


class _Chosen:
    """The suggestions so far, without doublets."""

    def __init__(self, size: int) -> None:
        self.texts: list[str] = []
        self._size = size
        self._known: set[str] = set()

    def take(self, texts: Iterator[str], *, at_most: int | None = None) -> None:
        """Take in new texts while there is room."""
        most = self._size if at_most is None else min(self._size, len(self.texts) + at_most)
        for text in texts:
            if len(self.texts) == most:
                return
            if (known := folded(text)) not in self._known:
                self._known.add(known)
                self.texts.append(text)


def _take_apart(prefix: str) -> _Typed | None:
    """None where the last thing typed has no letter and no digit, or nothing was typed at all."""
    text = normalize(prefix)
    if _OF_FIELD.search(text):
        return None  # of the values of a field no words are the beginning
    chunk = "" if not text or text[-1].isspace() else text.split()[-1]
    before = text[: len(text) - len(chunk)]
    words = [token.form for piece in before.split() for token in _tokens(piece)]
    tokens = _tokens(chunk)
    if not tokens:
        return _Typed(f"{text.rstrip()} ", tuple(words), "") if words and not chunk else None
    if is_elision(tokens[-1].form) and chunk[-1] in APOSTROPHES:  # nothing of the word behind it was typed yet
        return _Typed(text, (*words, *(token.form for token in tokens)), "")
    words += [token.form for token in tokens[:-1]]
    return _Typed(before + chunk[: tokens[-1].start], tuple(words), tokens[-1].form)


def _tokens(chunk: str) -> list[Token]:
    return [token for token in tokenize_chunk(chunk).tokens if not token.parts]


# --- words and phrases --------------------------------------------------------------------------------------------


def _with_acronym(typed: _Typed, vocabulary: Vocabulary) -> Iterator[_Typed]:
    """What was typed with the acronym in the place of the function word before the last word, where there is one."""
    word = typed.words[-1] if typed.words else ""
    if is_stop_word(word) and len(vocabulary.acronym_of(word)) and typed.kept.rstrip().endswith(word):
        before = typed.kept.rstrip().removesuffix(word)
        kept = before + word.upper() + typed.kept[len(before) + len(word) :]
        yield _Typed(kept, (*typed.words[:-1], word.upper()), typed.last)


def _words_and_phrases(snapshot: Snapshot, readings: Sequence[_Typed], size: int) -> Iterator[_Ranked]:
    """The words and phrases that complete what was typed, in any of its readings; the first is as it was typed."""
    typed = readings[0]
    if typed.last:
        numbers = words_beginning(snapshot, _beginnings(typed.last), MOST_KEYS)
        phrases = [phrase for reading in readings for phrase in _behind(snapshot, reading, numbers)]
        yield from (*phrases, *_as_one(snapshot, typed))
        if not phrases and not (typed.has_content and len(typed.last) < LETTERS_ALONE):
            yield from _alone(snapshot, typed, numbers.tolist(), size)
    for reading in readings:
        yield from _continued(snapshot, reading)


def _beginnings(last: str) -> tuple[str, ...]:
    """What keys begin with: the folded word, and its capitals where the key of an acronym keeps them (AI)."""
    folded_word, capitals = fold(last), last.upper()
    is_acronym = capitals.isascii() and capitals.isalnum() and capitals != folded_word
    return (folded_word, capitals) if is_acronym else (folded_word,)


def _alone(snapshot: Snapshot, typed: _Typed, numbers: Sequence[int], size: int) -> Iterator[_Ranked]:
    """The words themselves, those in the most articles first: ``size`` of them, and those as common as the last."""
    printed = snapshot.derived(word_counts)
    given, articles, least = 0, 0, 0.0
    for number in numbers:
        doc_freq = int(printed.doc_freq[number])
        if (given >= size and doc_freq < articles) or doc_freq < least:
            return
        form = commonest_form(snapshot, printed.key(number))
        if not _is_function_word(form):
            given, articles, least = given + 1, doc_freq, max(least, RARE_WORD * doc_freq)
            yield _Ranked(-doc_freq, typed.kept + form)


def _behind(snapshot: Snapshot, typed: _Typed, numbers: NDArray[np.int64]) -> list[_Ranked]:
    """The words that stand behind the last content word, as far from it as the one being typed.

    They must stand behind the function word between as well: "riforma delle p" is no "riforma delle panorama". Where
    there is no content word, those behind the function word: "l'int" is not "l'intanto"; also where nothing stands
    behind the content word, once three letters are typed.
    """
    words = words_with(snapshot.derived(word_counts), numbers)
    follows: NDArray[np.int64] | None = None
    found: list[_Ranked] = []
    for distance, form in enumerate(reversed(typed.words[-MOST_REACH:]), start=1):
        is_content = not (_is_function_word(form) or is_elision(form))
        if distance > 1 and not is_content:
            continue
        anchor = _forms_of(snapshot, form)
        counts, num_anchored = count_followers(snapshot, anchor, words, distance=distance)
        if follows is not None:
            counts[follows == 0] = 0
        least = max(1.0, RARE_PHRASE * int(counts.max(initial=0)))
        phrases = list(_phrases(snapshot, anchor, words, counts, num_anchored, kept=typed.kept, least=least))
        if is_content:
            return phrases or (found if len(typed.last) >= LETTERS_ALONE else [])
        follows, found = counts, phrases
    return found


def _as_one(snapshot: Snapshot, typed: _Typed) -> Iterator[_Ranked]:
    """The word that the last two are the beginning of, where the archive prints a seam between them: wi f Wi-Fi."""
    before = typed.words[-1] if typed.words else ""
    kept = typed.kept.rstrip()
    if not before or not kept.endswith(before) or kept == typed.kept:
        return
    if _is_function_word(before) and typed.has_content:
        return  # "phishing e c" is no e-commerce
    printed = snapshot.derived(word_counts)
    for number in words_beginning(snapshot, (fold(before + typed.last),), MOST_SEAMED).tolist():
        form, doc_freq = commonest_form(snapshot, printed.key(number)), int(printed.doc_freq[number])
        if doc_freq >= CONTINUED_DOCS and has_seam_at(len(before), form):
            yield _Ranked(-doc_freq, kept.removesuffix(before) + form)


def _continued(snapshot: Snapshot, typed: _Typed) -> Iterator[_Ranked]:
    """What often follows the word that was typed last, if it is a whole one, or an elided one with its apostrophe."""
    form = typed.last or (typed.words[-1] if typed.words else "")
    is_short = len(form) < CONTINUED_LETTERS and not is_acronym(form)
    is_elided = is_elision(form) and not typed.has_content
    if (is_short or _is_function_word(form)) and not is_elided:
        return
    anchor = _forms_of(snapshot, form)
    if snapshot.counters[anchor].sum() < CONTINUED_DOCS:
        return
    whole = f"{commonest_form(snapshot, exact_keys(form)[0])} " if typed.last else ""
    common = snapshot.derived(_common_places)
    counted = common.count(snapshot, anchor)
    least = max(CONTINUATION_DOCS, CONTINUATION_SHARE * counted[1])
    yield from _phrases(snapshot, anchor, common.words, *counted, kept=typed.kept + whole, least=least)


def _phrases(
    snapshot: Snapshot,
    anchor: FormIds,
    words: Words,
    counts: NDArray[np.int64],
    num_anchored: int,
    *,
    kept: str,
    least: float,
) -> Iterator[_Ranked]:
    """The words that were found behind another; their articles are reckoned from those that were looked at."""
    doc_freq = int(snapshot.counters[anchor].sum(dtype=np.int64))
    printed, last = snapshot.derived(word_counts), kept.split()[-1:]
    for at in np.flatnonzero(counts >= least).tolist():
        form = commonest_form(snapshot, printed.key(int(words.number[at])))
        if not _is_function_word(form) and [form] != last:
            yield _Ranked(-max(1, round(int(counts[at]) * doc_freq / num_anchored)), kept + form)


def _common_places(snapshot: Snapshot) -> CommonPlaces:
    """The content words in the most articles: what may continue another."""
    printed = snapshot.derived(word_counts)
    numbers = commonest(printed, np.flatnonzero(printed.doc_freq), MOST_FOLLOWERS + len(_NOT_CONTINUING))
    keys = {number: printed.key(number) for number in numbers.tolist()}
    content = [number for number, key in keys.items() if key not in _NOT_CONTINUING and not key[0].isdigit()]
    return common_places(snapshot, words_with(printed, np.array(content[:MOST_FOLLOWERS], dtype=np.int64)))


def _is_function_word(form: str) -> bool:
    return is_stop_word(form) or form.lower() == "ad"


def _forms_of(snapshot: Snapshot, form: str) -> FormIds:
    return snapshot.lexicon.with_key("exact", exact_keys(form))


# --- sections and tags --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Names:
    """Sections, by their last step, and tags of the live articles.

    Attributes:
        text: as printed.
        words: folded, with a blank before each.
        articles: how many live articles.
        word, of: the words of all names, sorted, and the name of each.
    """

    text: list[str]
    words: list[str]
    articles: list[int]
    word: list[str]
    of: list[int]


def _names_of(snapshot: Snapshot) -> _Names:
    counts: Counter[str] = Counter()
    for facet in ("section", "tag"):
        values = snapshot.values[facet]
        total = np.zeros(len(values), dtype=np.int64)
        for segment in snapshot.segments:
            value = segment.columns[f"{facet}_value"]
            if segment.deleted is not None:
                value = value[np.repeat(~segment.deleted, np.diff(segment.columns[f"{facet}_start"]))]
            total += np.bincount(value, minlength=len(values))
        for at in np.flatnonzero(total).tolist():
            counts[" ".join(last_step(values[at]).split())] += int(total[at])
    texts = sorted(counts)
    # All at once: folding name by name takes ten times as long.
    words = [
        " ".join(["", *re.findall(r"[^\W_]+", line)]) for line in strip_accents("\n".join(texts).lower()).split("\n")
    ]
    pairs = sorted((word, at) for at, line in enumerate(words) for word in set(line.split()))
    return _Names(texts, words, [counts[text] for text in texts], [word for word, _ in pairs], [at for _, at in pairs])


def _names(snapshot: Snapshot, typed: _Typed) -> Iterator[_Ranked]:
    """Sections and tags with all typed words, the last one as a beginning; function words count for nothing."""
    names = snapshot.derived(_names_of)
    before = [fold(form) for form in typed.words if not _is_function_word(form)]
    last = fold(typed.last) if typed.last else ""
    if not last:
        return
    whole = before[0] if before else None  # leaves fewer names to look at than a beginning
    for place in range(bisect_left(names.word, last if whole is None else whole), len(names.word)):
        word, at = names.word[place], names.of[place]
        if not word.startswith(last) if whole is None else word != whole:
            return
        words = f"{names.words[at]} "
        if f" {last}" in words and all(f" {one} " in words for one in before):
            yield _Ranked(-names.articles[at], names.text[at])


# --- titles -------------------------------------------------------------------------------------------------------


def _titles(snapshot: Snapshot, typed: _Typed, fetch: Fetch) -> Iterator[str]:
    """Titles with all typed words, the last one as a beginning, the newest first; function words count for nothing."""
    content = list(dict.fromkeys(form for form in typed.words if not _is_function_word(form)))
    if len(content) > MOST_TITLE_WORDS or not typed.last:
        return
    if content:
        wanted = [_forms_of(snapshot, form) for form in content]
    else:
        numbers = words_beginning(snapshot, _beginnings(typed.last), MOST_KEYS)
        wanted = [words_with(snapshot.derived(word_counts), numbers).form]
    masks = [np.logical_and.reduce(row) for row in zip(*(titled(snapshot, forms) for forms in wanted), strict=True)]
    found: list[tuple[int, bytes, int]] = []
    for segment, mask in zip(snapshot.segments, masks, strict=True):
        for doc in np.flatnonzero(mask)[:MOST_FETCHED].tolist():  # newest first, equal ones by article id
            start, end = segment.columns["doc_id_offsets"][doc : doc + 2].tolist()
            article_id = segment.columns["doc_id_text"][start:end].tobytes()
            found.append(
                (-int(segment.columns["doc_published"][doc]), article_id, int(segment.columns["doc_num"][doc]))
            )
    nums = [num for *_, num in sorted(found)[:MOST_FETCHED]]
    articles = fetch(nums)
    beginnings = _beginnings(typed.last)
    begun_before = sum(fold(form).startswith(beginnings) for form in content)
    for title in (articles[num].title for num in nums if num in articles):
        if _words_beginning(title, beginnings) > begun_before:
            yield title


def _words_beginning(title: str, beginnings: tuple[str, ...]) -> int:
    tokens = (token for chunk in normalize(title).split() for token in tokenize_chunk(chunk).tokens)
    return len({key for token in tokens for key in exact_keys(token.form) if key.startswith(beginnings)})
