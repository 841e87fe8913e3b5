"""Our snippets for another engine's hits.

The forms of each word of a question are looked up once, before anything is timed: what is compared is finding, in the
text of ten articles, the best sentence and the words in it that matched.
"""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import islice
from pathlib import Path

import Stemmer

from benchmarks.peers.protocol import Record, read_corpus
from benchmarks.queries import NUM_SAMPLED, Question, Term
from index.article import Article
from index.italian import is_stop_word
from search.kernels import load_kernels
from search.snippets import Highlighter, Sought, best_snippet, highlight

_WORD = re.compile(r"[^\W_]+")


class OurSnippets:
    """Highlights words with the same Italian stem."""

    def __init__(self, corpus: Path) -> None:
        self._stem = Stemmer.Stemmer("italian").stemWord
        self._forms: dict[str, set[str]] = defaultdict(set)
        for record in islice(read_corpus(corpus), NUM_SAMPLED):
            for form in set(_WORD.findall(record.body)):
                self._forms[self._stem(form.lower())].add(form)
        self._kernels = load_kernels("compiled")
        self._highlighters: dict[str, list[Sought]] = {}

    def prepare(self, question: Question) -> None:
        """Look the words of a question up."""
        if question.text not in self._highlighters:
            self._highlighters[question.text] = [self._sought(term) for terms in question.must for term in terms]

    def show(self, question: Question, records: list[Record]) -> list[str]:
        """The snippets and titles of some articles as HTML, as on our page."""
        self.prepare(question)
        highlighter = Highlighter(self._highlighters[question.text], self._kernels)
        shown: list[str] = []
        for record in records:
            article = Article(article_id=record.id, title=record.title, lead=record.lead, body=record.body)
            shown += (best_snippet(article, highlighter).html(), highlight(article.title, highlighter).html())
        return shown

    def _sought(self, term: Term) -> Sought:
        words = _WORD.findall(term.text)
        slots = tuple(frozenset({word, f"{word}'", *self._forms.get(self._stem(word.lower()), ())}) for word in words)
        if term.kind == "prefix":
            begin_so = (form for forms in self._forms.values() for form in forms if form.lower().startswith(term.text))
            slots = (frozenset(begin_so),)
        return Sought(slots=slots, marked=tuple(at for at, word in enumerate(words) if not is_stop_word(word)) or (0,))
