"""Folding: of the versions of a story that answer, which is shown, where, and what is told of the others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from archives import build_archive, version_ids
from click.testing import CliRunner, Result
from releases import written_articles

from index.cli import main
from search import Archive, Page, open_archive

NOW = date(2024, 6, 30)
SONDE = ["sonda-1", "sonda-4", "sonda-2", "sonda-3"]
"""A release in the order of its publication, by id within one day."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_archive(tmp_path_factory.mktemp("releases") / "data", written_articles())


@pytest.fixture(scope="module")
def archive(folder: Path) -> Iterator[Archive]:
    with open_archive(folder) as archive:
        yield archive


def shown(page: Page) -> dict[str, list[str]]:
    """The hits in their order, each with what it stands for."""
    return {hit.article.article_id: [version.article_id for version in hit.versions] for hit in page.hits}


def test_the_first_published_stands_for_the_others(archive: Archive) -> None:
    page = archive.search("Altamarea", now=NOW)
    assert shown(page) == {SONDE[0]: SONDE[1:]}
    assert (page.total, page.stories) == (4, 1)
    first = page.hits[0].versions[0]
    assert (first.site, first.published) == ("ChannelVille", date(2024, 5, 14))
    assert first.title.isupper()


def test_unfolded_each_version_is_a_hit(archive: Archive) -> None:
    page = archive.search("Altamarea", now=NOW, fold=False)
    assert sorted(shown(page)) == sorted(SONDE)
    assert not any(hit.versions for hit in page.hits)
    assert page.stories == page.total == 4


def test_a_filter_by_site_gives_the_version_of_that_site(archive: Archive) -> None:
    assert shown(archive.search("Altamarea", sites=["SicurVille"], now=NOW)) == {"sonda-3": []}
    assert shown(archive.search("Altamarea", sites=["ChannelVille"], now=NOW)) == {"sonda-4": ["sonda-2"]}


def test_only_versions_that_answer_count(archive: Archive) -> None:
    # Who has the sentence on the new seat, but not the old title.
    assert shown(archive.search("inaugura", widen=False, now=NOW)) == {"sonda-2": []}
    assert shown(archive.search("Altamarea", since="2024-05-15", now=NOW)) == {"sonda-2": ["sonda-3"]}


@pytest.mark.parametrize("sort", ["newest", "oldest"])
def test_by_date_a_story_stands_where_the_version_that_is_shown_does(archive: Archive, sort: str) -> None:
    page = archive.search("", sort=sort, size=100, now=NOW)  # type: ignore[arg-type]  # one of two
    days = [hit.article.published for hit in page.hits]
    assert days == sorted(days, key=lambda day: day or date.min, reverse=sort == "newest")
    assert page.stories == len(page.hits) < page.total


def test_counts_by_value_and_month_are_of_articles(archive: Archive) -> None:
    folded, unfolded = (archive.search("Altamarea", now=NOW, fold=fold) for fold in (True, False))
    assert folded.facets == unfolded.facets
    assert folded.histogram == unfolded.histogram
    assert dict(folded.facets["site"]) == {"ChannelVille": 2, "ImpresaVille": 1, "SicurVille": 1}


def test_pages_are_of_stories(archive: Archive) -> None:
    whole = archive.search("", size=100, now=NOW)
    last = archive.search("", size=1, page=whole.stories, now=NOW)
    assert last.hits == whole.hits[-1:]
    assert archive.search("", size=1, page=whole.stories + 1, now=NOW).hits == ()


def test_ranked_ids_are_of_articles(archive: Archive) -> None:
    assert sorted(archive.ranked_ids("Altamarea", now=NOW)) == sorted(SONDE)


def test_the_versions_of_a_document_are_told_without_a_question(archive: Archive) -> None:
    snapshot = archive.snapshot
    told = {snapshot.article_id(doc): version_ids(snapshot, doc) for doc in range(snapshot.num_docs)}
    assert told["sonda-3"] == told["sonda-1"] == tuple(SONDE)
    assert told["breve-1"] == ("breve-1",)


def run(folder: Path, *arguments: str) -> Result:
    result = CliRunner().invoke(main, ["--data", str(folder), "search", *arguments])
    assert result.exit_code == 0, result.output
    return result


def test_the_command_tells_both_counts_and_the_other_versions(folder: Path) -> None:
    said = run(folder, "Altamarea").stdout
    assert said.startswith("4 articoli, 1 storia: ")
    assert "altre 3 versioni: ChannelVille (sonda-4), ChannelVille (sonda-2), SicurVille (sonda-3)" in said
    assert "1 altra versione: " in run(folder, "Altamarea", "--site", "ChannelVille").stdout


def test_the_command_shows_every_version_when_asked(folder: Path) -> None:
    said = run(folder, "Altamarea", "--no-fold").stdout
    assert said.startswith("4 articoli: ")
    assert "version" not in said


def test_json_has_the_versions_behind_what_it_had(folder: Path) -> None:
    found = json.loads(run(folder, "Altamarea", "--json").stdout)
    assert (found["total"], found["stories"], list(found)[-1]) == (4, 1, "stories")
    (hit,) = found["hits"]
    assert list(hit)[-2:] == ["versions", "num_versions"]
    assert hit["num_versions"] == 3
    assert [version["id"] for version in hit["versions"]] == SONDE[1:]
    assert list(hit["versions"][0]) == ["id", "site", "title", "url", "published"]
    assert hit["versions"][-1]["published"] == "2024-05-16"
