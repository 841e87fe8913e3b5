"""bm25s: sparse matrices of scores computed beforehand; it ranks, and does nothing else of a page."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import bm25s
import Stemmer

from benchmarks.peers.protocol import TOP, Answer, read_corpus
from benchmarks.queries import Question


class Bm25s:
    """Any word may match, no total, no facets, no filters, no phrases, no snippets."""

    family = "bm25s"
    version = version("bm25s")
    setting = (
        "ranking alone (any word; no total, facets, filters, phrases, snippets); Italian stemmer, Lucene's BM25, Numba"
    )
    most_articles = 100_000

    def build(self, corpus: Path, folder: Path) -> None:
        ids: list[str] = []
        texts: list[str] = []
        for record in read_corpus(corpus):
            ids.append(record.id)
            texts.append(f"{record.title}\n{record.lead}\n{record.body}")
        tokenizer = _tokenizer()
        tokens = tokenizer.tokenize(texts, update_vocab=True, return_as="ids", show_progress=False)
        retriever = bm25s.BM25(method="lucene", backend="numba")
        retriever.index((tokens, tokenizer.get_vocab_dict()), show_progress=False)
        retriever.save(folder)
        tokenizer.save_vocab(folder)
        (folder / "ids.json").write_text(json.dumps(ids), encoding="utf-8")

    def open(self, corpus: Path, folder: Path) -> None:
        del corpus
        self._tokenizer = _tokenizer()
        self._tokenizer.load_vocab(folder)
        self._retriever = bm25s.BM25.load(folder, mmap=True)
        self._retriever.backend = "numba"
        self._retriever.activate_numba_scorer()
        self._ids: list[str] = json.loads((folder / "ids.json").read_text(encoding="utf-8"))

    def page(self, question: Question) -> Answer:
        text = " ".join(term.text for terms in question.must for term in terms)
        tokens = self._tokenizer.tokenize([text], update_vocab=False, return_as="ids", show_progress=False)
        found, scores = self._retriever.retrieve(tokens, k=min(TOP, len(self._ids)), show_progress=False, n_threads=1)
        return Answer(None, [self._ids[doc] for doc, score in zip(found[0], scores[0], strict=True) if score > 0])

    def close(self) -> None:
        del self._retriever, self._tokenizer, self._ids


def _tokenizer() -> bm25s.tokenization.Tokenizer:
    return bm25s.tokenization.Tokenizer(stemmer=Stemmer.Stemmer("italian"), stopwords=[])
