"""The settings of the site."""

from __future__ import annotations

from typing import Any

import pytest

from index.errors import ConfigurationError
from web import WebSettings


def test_the_defaults_are_allowed() -> None:
    assert WebSettings().page_size == 10


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("name", " "),
        ("name", "x" * 61),
        ("subtitle", "x" * 201),
        ("page_size", 0),
        ("page_size", 101),
        ("latest_size", 0),
        ("choices_shown", 0),
        ("choices_shown", 101),
        ("retry_after_s", 0),
        ("retry_after_s", 3_601),
        ("feed_size", 0),
        ("feed_size", 101),
        ("cache_s", -1),
        ("cache_s", 86_401),
        ("requests_per_minute", -1),
        ("requests_per_minute", 100_001),
        ("proxies", -1),
        ("proxies", 11),
        ("processes", 0),
        ("processes", 65),
        ("cors_origins", ("https://a.it/",)),
        ("cors_origins", ("HTTPS://a.it",)),
        ("cors_origins", ("a.it",)),
        ("cors_origins", ("null",)),
        ("cors_origins", ("*", "https://a.it")),
        ("cors_origins", ("https://a.it",) * 101),
    ],
)
def test_a_value_out_of_bounds_is_refused(setting: str, value: Any) -> None:
    with pytest.raises(ConfigurationError) as raised:
        WebSettings(**{setting: value})
    assert raised.value.setting == setting


def test_an_unknown_setting_is_an_error() -> None:
    with pytest.raises(TypeError):
        WebSettings(colour="red")  # type: ignore[call-arg]
