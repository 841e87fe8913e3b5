"""Deadlines: a question that takes too long ends in one sentence, and never in half an answer."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from archives import build_archive

from index.article import Article
from index.errors import ConfigurationError
from search import open_archive
from search.errors import DeadlineExceeded

ARTICLES = [Article(article_id=str(at), title="Riforma del governo", body="pensioni e lavoro") for at in range(3)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    build_archive(tmp_path, ARTICLES)
    return tmp_path


@pytest.mark.parametrize("question", ["riforma", '"riforma del governo"', "pens*", "riforma O pensioni", "-lavoro"])
def test_a_question_is_given_up_when_its_time_is_over(folder: Path, question: str) -> None:
    with open_archive(folder, deadline_s=1e-9) as archive:
        with pytest.raises(DeadlineExceeded, match=r"^the question took longer than 1e-09 s; ask for fewer words"):
            archive.search(question)
        with pytest.raises(DeadlineExceeded):
            archive.ranked_ids(question)
    with open_archive(folder) as archive:
        assert archive.search("riforma").total == 3


def test_time_is_looked_at_while_a_question_is_scored(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_archive(folder, deadline_s=5) as archive:
        looks = 0

        def passing(now: float = time.monotonic()) -> float:
            nonlocal looks
            looks += 1
            return now + 2 * looks  # two seconds go by from look to look

        monkeypatch.setattr("search.deadline.time.monotonic", passing)
        with pytest.raises(DeadlineExceeded):
            archive.search("riforma governo")
        assert looks > 1


def test_a_page_that_is_there_is_shown_without_a_suggestion_that_takes_too_long(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_slow(*arguments: object, **more: object) -> None:
        raise DeadlineExceeded(5)

    monkeypatch.setattr("search.searcher.did_you_mean", too_slow)
    with open_archive(folder) as archive:
        page = archive.search("riforma")
    assert (page.total, page.suggestion) == (3, None)


@pytest.mark.parametrize("deadline_s", [0, -1, 3_601])
def test_a_deadline_out_of_bounds_is_refused(folder: Path, deadline_s: float) -> None:
    with pytest.raises(ConfigurationError) as raised:
        open_archive(folder, deadline_s=deadline_s)
    assert (raised.value.setting, raised.value.value) == ("deadline_s", deadline_s)
