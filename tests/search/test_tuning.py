"""Tuning: settings as a person types them."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import pytest

from search import tuning
from search.errors import InvalidParameter, QueryError, UnknownValue
from search.ranking import RankingSettings
from search.tuning import settings_from_text


@pytest.mark.parametrize("text", ["", "  "])
def test_what_is_not_named_is_as_usual(text: str) -> None:
    assert settings_from_text(text) == RankingSettings()


def test_names_and_values_are_read() -> None:
    assert settings_from_text("k1=0.9, pair_reach = 2,stem=0,exact=.4,freshness_floor=1e-1") == RankingSettings(
        k1=0.9, pair_reach=2, stem=0.0, exact=0.4, freshness_floor=0.1
    )


def test_every_setting_can_be_typed() -> None:
    usual = asdict(RankingSettings())
    assert usual
    for name, value in usual.items():
        assert settings_from_text(f"{name}={value}") == RankingSettings()


def test_a_value_is_read_as_the_type_of_its_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclass(frozen=True, kw_only=True)
    class Other:
        share: float = 0.5
        count: int = 1
        is_on: bool = False
        name: str = ""

    monkeypatch.setattr(tuning, "RankingSettings", Other)
    monkeypatch.setattr(tuning, "get_type_hints", lambda _: {"share": float, "count": int, "is_on": bool, "name": str})
    read: object = settings_from_text("share=1,count=2,is_on=true,name=3")
    assert read == Other(share=1.0, count=2, is_on=True, name="3")
    with pytest.raises(InvalidParameter, match="setting is_on 'perhaps' is not allowed; allowed: true or false"):
        settings_from_text("is_on=perhaps")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("k1", "setting 'k1' is not allowed; allowed: name=value, several with commas between, as in k1=1.2,b=0.75"),
        ("stem=0,6", "setting '6' is not allowed; allowed: name=value, several with commas between"),
        ("k1=1.2,", "setting '' is not allowed; allowed: name=value"),
        ("k1=1.2,k1=1.3", "setting 'k1=1.3' is not allowed; allowed: each name once, and k1 has a value already"),
        ("k1=high", "setting k1 'high' is not allowed; allowed: a number"),
        ("k1=", "setting k1 '' is not allowed; allowed: a number"),
        ("pair_reach=2.5", "setting pair_reach '2.5' is not allowed; allowed: a whole number"),
        ("k1=11", "setting k1 11.0 is not allowed; allowed: above 0, up to 10"),
        ("k1=nan", "setting k1 nan is not allowed; allowed: above 0, up to 10"),
        ("b=-1", "setting b -1.0 is not allowed; allowed: 0.0 to 1.0"),
    ],
)
def test_a_bad_setting_is_told_with_what_is_allowed(text: str, told: str) -> None:
    with pytest.raises(QueryError) as raised:
        settings_from_text(text)
    assert str(raised.value).startswith(told)


def test_an_unknown_setting_is_told_with_the_known_ones() -> None:
    with pytest.raises(UnknownValue, match="setting 'k2' is unknown; allowed: acronym, b, body_weight, "):
        settings_from_text("k2=1")
