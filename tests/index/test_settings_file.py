"""The settings file: what it says holds, what it may not say is told in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.article import Article
from index.errors import ConfigurationError, SettingsUnreadable
from index.generation import DataFolder
from index.operations import add_articles
from index.settings import IndexSettings
from index.settings_file import read_settings
from search import RankingSettings, open_archive
from web.settings import WebSettings


def write(path: Path, text: str) -> Path:
    (path / "emeroteca.toml").write_text(text, encoding="utf-8")
    return path


def test_without_a_file_what_is_usual_holds(tmp_path: Path) -> None:
    assert read_settings(tmp_path / "nowhere", "index", IndexSettings) == IndexSettings()


def test_what_is_given_goes_before_the_file_and_that_before_what_is_usual(tmp_path: Path) -> None:
    write(tmp_path, "[index]\nmemory_mb = 2000\nkeep_generations = 3\nlock_timeout_s = 2\n[web]\nname = 'Archivio'\n")
    found = read_settings(tmp_path, "index", IndexSettings, memory_mb=500, processes=None)
    assert found == IndexSettings(memory_mb=500, keep_generations=3, lock_timeout_s=2)
    assert read_settings(tmp_path, "web", WebSettings) == WebSettings(name="Archivio")
    assert read_settings(tmp_path, "ranking", RankingSettings) == RankingSettings()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[index]\nmemroy_mb = 5", r"emeroteca.toml: \[index\] memroy_mb is unknown; known: memory_mb, batch_articles"),
        ("[indice]\nmemory_mb = 5", r"indice is no table that is known; known: \[index\], \[ranking\], \[web\]"),
        ("index = 5", "index is no table"),
        ("[index\n", "is not TOML .*line 1"),
        ("[index]\nmemory_mb = 5", r"emeroteca.toml: \[index\] memory_mb is 5; allowed: 384 to 65536"),
        ("[index]\nmemory_mb = 512.5", r"emeroteca.toml: \[index\] memory_mb is 512.5; allowed: a whole number"),
        ("[index]\nmemory_mb = true", r"emeroteca.toml: \[index\] memory_mb is True; allowed: a whole number"),
        ("[index]\nlock_timeout_s = '10'", r"emeroteca.toml: \[index\] lock_timeout_s is '10'; allowed: a number"),
        ("[index]\nlock_timeout_s = nan", r"emeroteca.toml: \[index\] lock_timeout_s is nan; allowed: 0 to 3600"),
    ],
)
def test_what_the_file_may_not_say_is_told(tmp_path: Path, text: str, told: str) -> None:
    write(tmp_path, text)
    with pytest.raises(SettingsUnreadable, match=told):
        read_settings(tmp_path, "index", IndexSettings)


@pytest.mark.parametrize(
    ("table", "kind", "text", "told"),
    [
        ("ranking", RankingSettings, "k1 = 0", r"emeroteca.toml: \[ranking\] k1 is 0; allowed: above 0, up to 10"),
        ("web", WebSettings, "page_size = 101", r"emeroteca.toml: \[web\] page_size is 101; allowed: 1 to 100"),
        (
            "web",
            WebSettings,
            "cors_origins = 'https://a.it'",
            r"cors_origins is 'https://a.it'; allowed: a list of texts",
        ),
        ("web", WebSettings, "cors_origins = [5]", r"cors_origins is \[5\]; allowed: a list of texts in quotes"),
        ("web", WebSettings, "cors_origins = ['a']", r"\[web\] cors_origins is \('a',\); allowed: up to 100 origins"),
        ("web", WebSettings, "name = 5", r"emeroteca.toml: \[web\] name is 5; allowed: a text in quotes"),
    ],
)
def test_the_table_of_a_value_that_cannot_be_is_told(
    tmp_path: Path, table: str, kind: type[object], text: str, told: str
) -> None:
    write(tmp_path, f"[{table}]\n{text}\n")
    with pytest.raises(SettingsUnreadable, match=told):
        read_settings(tmp_path, table, kind)


def test_a_list_of_texts_is_read(tmp_path: Path) -> None:
    write(tmp_path, "[web]\ncors_origins = ['https://a.it', 'http://b.it:8080']\n")
    assert read_settings(tmp_path, "web", WebSettings).cors_origins == ("https://a.it", "http://b.it:8080")


def test_the_file_is_not_blamed_for_a_value_that_is_given(tmp_path: Path) -> None:
    write(tmp_path, "[index]\nmemory_mb = 500\n")
    with pytest.raises(ConfigurationError) as raised:
        read_settings(tmp_path, "index", IndexSettings, memory_mb=5)
    assert str(raised.value) == "setting memory_mb is 5; allowed: 384 to 65536"


def test_a_value_that_is_given_hides_no_slip_of_the_file(tmp_path: Path) -> None:
    write(tmp_path, "[index]\nmemory_mb = 5\n")
    with pytest.raises(SettingsUnreadable, match="memory_mb is 5;"):
        read_settings(tmp_path, "index", IndexSettings, memory_mb=500)


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    (tmp_path / "emeroteca.toml").write_bytes(b"[index]\n\xff\xfe")
    with pytest.raises(SettingsUnreadable, match="is not TOML"):
        read_settings(tmp_path, "index", IndexSettings)


def test_generations_are_kept_as_the_file_says(tmp_path: Path) -> None:
    for number in range(4):
        add_articles(tmp_path, [Article(article_id=str(number), title="x", body="y")])
        write(tmp_path, "[index]\nkeep_generations = 2\n")
    assert DataFolder(tmp_path).generations() == [4, 3, 2]


def test_the_ranking_is_as_the_file_says(tmp_path: Path) -> None:
    add_articles(tmp_path, [Article(article_id="1", title="governo", body="y")])
    with open_archive(tmp_path) as archive:
        usual = archive.search("governo").hits[0].score
    write(tmp_path, "[ranking]\ntitle_apart = 5\n")
    with open_archive(tmp_path) as archive:
        assert archive.search("governo").hits[0].score > usual
