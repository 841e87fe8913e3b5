"""The cache of postings: what it gives is what would be read anew, and it stays within its bounds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from archives import grow_archive, snapshot_of

from index.article import Article
from index.kernels.plain import union
from index.lexicon import FormIds
from index.snapshot import Snapshot
from search.postings import PostingsCache

BODIES = ("governo riforma", "governi", "Governo e riforme", "pensioni", "governo")


@pytest.fixture
def snapshot(tmp_path: Path) -> Iterator[Snapshot]:
    """Two segments, one of them with a removed article."""
    articles = [Article(article_id=str(at), title="x", body=body) for at, body in enumerate(BODIES)]
    grow_archive(tmp_path, [articles[:3], articles[3:], ["4"]], merge_factor=64, max_deleted_share=1)
    with snapshot_of(tmp_path) as opened:
        assert len(opened.segments) == 2
        yield opened


def forms_of(snapshot: Snapshot, *words: str) -> FormIds:
    return np.unique(np.concatenate([snapshot.lexicon.with_key("lemma", [word]) for word in words]))


@pytest.mark.parametrize("words", [("governo",), ("riforma",), ("governo", "riforma"), ("pensione",), ("nulla",)])
def test_what_is_kept_is_what_is_read(snapshot: Snapshot, words: tuple[str, ...]) -> None:
    cache = PostingsCache(snapshot)
    forms = forms_of(snapshot, *words)
    first, again = (cache.get(forms, union) for _ in range(2))
    assert again is first
    for segment, here, postings in zip(snapshot.segments, first.here, first.postings.by_segment, strict=True):
        assert here.tolist() == segment.forms_here(forms).tolist()
        read = segment.postings(here)
        assert (postings.doc.tolist(), postings.freq.tolist()) == (read.doc.tolist(), read.freq.tolist())
    live = {
        (at, doc)
        for at, (segment, postings) in enumerate(zip(snapshot.segments, first.postings.by_segment, strict=True))
        for doc in postings.doc.tolist()
        if segment.deleted is None or not segment.deleted[doc]
    }
    assert first.doc_freq == len(live)


def test_the_sets_asked_for_longest_ago_are_let_go(snapshot: Snapshot) -> None:
    sets = [forms_of(snapshot, word) for word in ("governo", "riforma", "pensione")]
    sizes = [PostingsCache(snapshot).get(forms, union).kept_bytes for forms in sets]
    cache = PostingsCache(snapshot, max_bytes=sum(sizes) - 1)
    first, second, _ = (cache.get(forms, union) for forms in (sets[0], sets[1], sets[0]))
    cache.get(sets[2], union)
    assert cache.num_bytes <= sum(sizes) - 1
    assert cache.get(sets[0], union) is first, "asked for again meanwhile"
    assert cache.get(sets[1], union) is not second


@pytest.mark.parametrize("is_room", [True, False])
def test_what_is_kept_grows_with_the_archive(
    snapshot: Snapshot, is_room: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    sets = [forms_of(snapshot, word) for word in ("governo", "riforma")]
    size = sum(PostingsCache(snapshot).get(forms, union).kept_bytes for forms in sets)
    monkeypatch.setattr("search.postings.KEPT_BYTES", size % snapshot.num_docs - (not is_room))
    monkeypatch.setattr("search.postings.KEPT_BYTES_A_DOC", size // snapshot.num_docs)
    cache = PostingsCache(snapshot)
    first, _ = (cache.get(forms, union) for forms in sets)
    assert (cache.get(sets[0], union) is first) == is_room
