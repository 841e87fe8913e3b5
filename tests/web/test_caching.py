"""What may be kept, and when the answer is that nothing has changed."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from archives import build_archive
from flask.testing import FlaskClient

from index.article import Article
from index.generation import DataFolder
from index.store import Store
from search import Archive, open_archive
from web import WebSettings, caching, clock, create_app

ADDRESSES = ("/", "/cerca?q=riforma", "/articolo/ordinario-01", "/api/v1/search?q=riforma")


class Watched:
    """An archive that counts what it is asked beside its stamp."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name != "stamp":
            self.asked.append(name)
        return getattr(self._archive, name)


def tag_of(client: FlaskClient, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.headers["ETag"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_who_has_the_answer_is_told_so_without_a_search(archive: Archive, address: str, method: str) -> None:
    watched = Watched(archive)
    client = create_app(watched).test_client()  # type: ignore[arg-type]
    first = client.get(address)
    assert first.headers["ETag"].startswith('W/"')
    assert first.headers["Cache-Control"] == "public, max-age=60"
    assert watched.asked
    watched.asked.clear()
    second = client.open(address, method=method, headers={"If-None-Match": f'"other", {first.headers["ETag"]}'})
    assert (second.status_code, second.data, watched.asked) == (304, b"", [])
    assert "Content-Type" not in second.headers
    assert second.headers["ETag"] == first.headers["ETag"]
    assert second.headers["Cache-Control"] == "public, max-age=60"
    assert client.get(address, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_star_is_answered_by_the_archive(client: FlaskClient) -> None:
    assert client.get("/articolo/non-esiste", headers={"If-None-Match": "*"}).status_code == 404
    assert client.get("/cerca", headers={"If-None-Match": "*"}).status_code == 200


def test_another_question_another_host_and_another_day_have_another_tag(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    tags = [tag_of(client, address) for address in (*ADDRESSES, "/cerca?q=riforma&pagina=2")]
    tags.append(client.get("/", base_url="http://altro.it/").headers["ETag"])
    monkeypatch.setattr(clock, "today", lambda: date(2031, 1, 1))
    tags.append(tag_of(client, "/"))
    assert len(set(tags)) == len(tags)


def test_other_settings_and_another_program_have_another_tag(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    tags = [tag_of(create_app(archive, settings).test_client(), "/") for settings in (None, WebSettings(page_size=7))]
    monkeypatch.setattr(caching, "program_digest", lambda: "another")
    tags.append(tag_of(create_app(archive).test_client(), "/"))
    assert len(set(tags)) == 3


def test_the_digest_of_the_program_follows_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caching, "_PACKAGES", (tmp_path,))
    found = []
    for text in ("uno", "due"):
        (tmp_path / "a.html").write_text(text, encoding="utf-8")
        found.append(caching.program_digest.__wrapped__())
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.pyc").write_text("x", encoding="utf-8")
    assert found[0] != found[1] == caching.program_digest.__wrapped__()


def test_the_stamp_follows_commits_the_store_and_the_lists(tmp_path: Path) -> None:
    path = build_archive(tmp_path / "data", [Article(article_id="a", title="Primo", body="Testo.")])
    with open_archive(path) as archive, open_archive(path) as other:
        stamps = [archive.stamp]
        assert archive.stamp == other.stamp == stamps[0]
        (path / "synonyms.txt").write_text("gatto = micio\n", encoding="utf-8")
        stamps.append(archive.stamp)
        (path / "names.txt").write_text("Micio\n", encoding="utf-8")
        stamps.append(archive.stamp)
        store = Store(DataFolder(path).store)
        store.put(Article(article_id="b", title="Secondo", body="Testo."))  # not indexed yet; its page is there
        store.close()
        stamps.append(archive.stamp)
        build_archive(path, [Article(article_id="c", title="Terzo", body="Testo.")])
        stamps.append(archive.stamp)
        assert len(set(stamps)) == 5
        assert archive.stamp == other.stamp
    with open_archive(path) as again:
        assert again.stamp == stamps[-1]


def test_a_tag_holds_until_the_next_commit(tmp_path: Path) -> None:
    path = build_archive(tmp_path / "data", [Article(article_id="a", title="Primo", body="Testo.")])
    with open_archive(path) as archive:
        client = create_app(archive).test_client()
        tag = tag_of(client, "/cerca?q=secondo")
        assert client.get("/cerca?q=secondo", headers={"If-None-Match": tag}).status_code == 304
        build_archive(path, [Article(article_id="b", title="Secondo", body="Testo.")])
        assert client.get("/cerca?q=secondo", headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize(
    "address", ["/cerca?pagina=0", "/articolo/nulla", "/nulla", "/api/v1/search?size=0", "/static/nulla.css"]
)
def test_errors_are_not_kept(client: FlaskClient, address: str) -> None:
    response = client.get(address)
    assert response.status_code in (400, 404)
    assert response.headers["Cache-Control"] == "no-store"
    assert "ETag" not in response.headers


def test_health_is_not_kept(client: FlaskClient) -> None:
    for address in ("/healthz", "/readyz"):
        assert client.get(address).headers["Cache-Control"] == "no-store"


def test_without_a_time_every_answer_is_asked_for_again(archive: Archive) -> None:
    client = create_app(archive, WebSettings(cache_s=0)).test_client()
    assert client.get("/").headers["Cache-Control"] == "no-cache"
    assert client.get("/", headers={"If-None-Match": tag_of(client, "/")}).status_code == 304


def test_a_static_file_is_kept_for_a_year_under_an_address_of_its_own(client: FlaskClient) -> None:
    found = re.findall(r'href="(/static/[^"]+)"', client.get("/").text)
    assert len(found) >= 2
    for address in found:
        assert re.search(r"\?v=[0-9a-f]{16}$", address)
        with client.get(address) as response:
            assert response.status_code == 200
            assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        for other in (address.split("?")[0], address.split("?")[0] + "?v=0"):
            with client.get(other) as response:
                assert response.headers["Cache-Control"] == "no-cache"
