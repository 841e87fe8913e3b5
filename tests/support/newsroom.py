"""Small invented articles and questions for laws: few words in many forms, so that keys collide and scores tie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from asking import values_of
from hypothesis import strategies as st

from index.article import Article
from index.dates import day_in_rome
from index.frequencies import BODY, LEAD, MOST, TITLE

TODAY = date(2026, 3, 13)

CONTENT_WORDS = (
    *("governo", "Governo", "governi", "riforma", "Riforma", "riforme", "riformare", "pensione", "pensioni"),
    *("elezione", "elezioni", "elettorale", "città", "citta'", "Città", "economia", "economico", "economica"),
    *("perché", "Perche", "AI", "Dell", "SIA", "PMI", "NIS2", "5G", "C++", "2024", "3,5", "meta", "metà", "Meta"),
    *("S.p.A.", "spa", "po'", "né", "d’Italia", "dell’economia", "l'economia", "D'Alema", "Alema", "e-commerce"),
    *("Meloni", "meloni", "melone", "papà", "papa", "papale", "Usa", "USA", "usa", "usare", "richiesta", "richiedere"),
    *("UE", "Unione europea", "NIS 2", "IA", "intelligenza artificiale", "13/03/2024", "13 marzo 2024", "citta"),
    *("start-up", "startup", "start up", "premier", "presidente del Consiglio", "3,5 per cento", "3,5%"),
    *("commerce", "tecnico-economica", "nell’e-commerce", "un’Unione", "Unione", "(Unione),", "«Governo»", "riforma;"),
)
FUNCTION_WORDS = (
    "il",
    "la",
    "di",
    "e",
    "ai",
    "Ai",
    "sia",
    "dell'",
    "all’",
    "che",
    "perche",
    "Non",
    "non",
    "ha",
    "HA",
    "delle",
    "DELLE",
)
SHOUTS = ("IL GOVERNO SIA", "PENSIONI E AI", "RIFORMA", "CITTÀ AI DELL", "LA PMI HA")
BORDERS = (" ", " ", " ", " ", " ", ". ", ".\n", ", ", "\n", " - ", ": «")

_words = st.sampled_from((*CONTENT_WORDS, *CONTENT_WORDS, *FUNCTION_WORDS, *SHOUTS))
_pieces = st.tuples(_words, st.sampled_from(BORDERS)).map("".join)


def texts(*, at_least: int = 0, at_most: int = 12) -> st.SearchStrategy[str]:
    """Some words of the newsroom, with punctuation."""
    return st.lists(_pieces, min_size=at_least, max_size=at_most).map(lambda pieces: "".join(pieces).strip())


MOMENTS: tuple[date | datetime | None, ...] = (
    *(None, None, date(2024, 3, 13), date(2024, 3, 13), date(2026, 3, 1), date(2023, 12, 31), date(2027, 1, 1)),
    *(datetime(2024, 3, 13, 9, 30, tzinfo=UTC), datetime(2024, 3, 12, 23, 30, tzinfo=UTC)),
)
SECTIONS = ((), ("Economia",), ("Economia", "Lavoro"), ("Tecnologia", "Lavoro"), ("Tecnologia",))
SITES = ("", "ChannelVille", "ImpresaVille")
READS = (None, None, 0, 1, 1, 7, 7, 2**31 - 1, 2**40)
AUTHORS = ((), ("Anna Neri",), ("Anna Neri", "Ugo Bò"), ("Redazione",))


def articles_with(article_id: str) -> st.SearchStrategy[Article]:
    """An article with a given id."""
    return st.builds(
        Article,
        article_id=st.just(article_id),
        title=texts(at_least=1, at_most=5),
        lead=st.one_of(st.just(""), texts(at_most=6)),
        body=texts(),
        site=st.sampled_from(SITES),
        section=st.sampled_from(SECTIONS),
        authors=st.sampled_from(AUTHORS),
        tags=st.sampled_from(((), ("AI",), ("Smart working", "AI"))),
        published=st.sampled_from(MOMENTS),
        reads=st.sampled_from(READS),
    )


_plain_words = st.sampled_from(tuple(filter(str.isalnum, (*CONTENT_WORDS, *FUNCTION_WORDS))))
_plain_texts = st.lists(_plain_words, max_size=5).map(" ".join)
_few_words = st.lists(st.sampled_from(("governo", "di", "Riforma", "AI", "città")), min_size=1, max_size=2)


def insistent_texts(most: int) -> st.SearchStrategy[str]:
    """A word or two over and over, about ``most`` times, and then some others."""
    times = st.integers(most - 1, most + 3)
    return st.tuples(_few_words, times, _plain_texts).map(lambda said: " ".join([*said[0] * said[1], said[2]]))


def insistent_articles_with(article_id: str) -> st.SearchStrategy[Article]:
    """An article with a given id that repeats words as often as a frequency counts, or oftener."""
    return st.builds(
        Article,
        article_id=st.just(article_id),
        title=insistent_texts(MOST[TITLE]),
        lead=st.one_of(st.just(""), insistent_texts(MOST[LEAD])),
        body=st.one_of(_plain_texts, _plain_texts, insistent_texts(MOST[BODY])),
        published=st.sampled_from(MOMENTS),
    )


def insistent_newsrooms() -> st.SearchStrategy[list[Article]]:
    """Some articles that repeat themselves."""
    some = [st.tuples(*(insistent_articles_with(f"a{at}") for at in range(count))) for count in range(1, 6)]
    return st.one_of(some).map(list)


@st.composite
def newsrooms(draw: st.DrawFn, *, at_least: int = 0, at_most: int = 14) -> list[Article]:
    """Articles with different ids; some are alike but for the id, and so tie."""
    count = draw(st.integers(at_least, at_most))
    ids = draw(st.permutations([f"a{number}" for number in range(count)]))
    articles: list[Article] = []
    for article_id in ids:
        if articles and draw(st.integers(0, 3)) == 0:
            twin = draw(st.sampled_from(articles))
            fields = {name: getattr(twin, name) for name in Article.__slots__}
            articles.append(Article(**(fields | {"article_id": article_id})))
        else:
            articles.append(draw(articles_with(article_id)))
    return articles


_plain = st.sampled_from((*CONTENT_WORDS, *FUNCTION_WORDS, "governativo", "RIFORMA", "L'ECONOMIA", "Citta", "unìone"))
_echoes = st.sampled_from(
    ("governo Governo", "riforma riforma riforma", "ai AI", "AI ai", "SIA sia SIA", "meta metà", "metà meta Meta")
)
_rows = st.lists(_plain, min_size=1, max_size=3).map(" ".join).map(lambda text: text.strip('«»(),;"'))
_prefixes = st.sampled_from(("gov*", "rif*", "pens*", "econom*", "ele*", "ci*", "5G*", "ai*"))
_fuzzy = st.sampled_from(("goveno~", "riforna~", "rifoma~2", "pensoni~", "meta~1", "elezoni~2"))
_filters = ("sezione:Economia", "sezione:lavoro", "sezione:eco*", "autore:neri", "testata:channelville", "tag:ai")
_days = ("dopo:2024", "prima:2024", "data:13/03/2024", "data:[2023 TO 2024]", 'tag:"smart working"')
_values = st.sampled_from((*_filters, *_days))
_places = st.sampled_from(("titolo:", "sommario:", "testo:"))
_leaves = st.one_of(
    _plain,
    _plain,
    _plain,
    _rows.map('"{}"'.format),
    st.tuples(st.one_of(_rows, _echoes), st.integers(2, 6)).map(lambda near: f'"{near[0]}"~{near[1]}'),
    _prefixes,
    _fuzzy,
    _values,
    st.tuples(_places, _plain).map("".join),
    st.tuples(_places, _rows).map(lambda pair: f'{pair[0]}"{pair[1]}"'),
)


@st.composite
def quotations(draw: st.DrawFn, articles: Sequence[Article]) -> str:
    """Words from the end of a text of some articles: in quotes, near each other, or loose in small letters."""
    texts = [text for one in articles for text in (one.title, one.lead, one.body) if text]
    words = draw(st.sampled_from(texts)).split() if texts else ["governo", "Riforma"]
    end = max(1, len(words) - draw(st.integers(0, 4)))
    row = " ".join(words[max(0, end - draw(st.integers(2, 3))) : end])
    ways = ('"{}"', '"{}"', '"{}"~3', 'titolo:"{}"', 'sommario:"{}"')
    return draw(st.sampled_from([row.lower(), *(way.format(row) for way in ways)]))


_groups = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        inner.map("-{}".format),
        inner.map("({})".format),
        st.tuples(inner, inner).map(" O ".join).map("({})".format),
        st.tuples(inner, inner).map(" E ".join),
        st.tuples(inner, inner).map(" ".join).map("({})".format),
    ),
    max_leaves=4,
)


def questions() -> st.SearchStrategy[str]:
    """What a person types: words, quotes, operators, fields."""
    return st.lists(_groups, min_size=1, max_size=4).map(" ".join)


@dataclass(frozen=True, kw_only=True)
class Filters:
    """Filters beside a question, as ``Archive.search`` takes them."""

    sections: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    without_sections: tuple[str, ...] = ()
    without_sites: tuple[str, ...] = ()
    without_authors: tuple[str, ...] = ()
    fresh: bool = True
    since: date | None = None
    until: date | None = None

    def arguments(self) -> dict[str, Any]:
        """As keyword arguments."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @property
    def is_timeless(self) -> bool:
        """Whether they switch freshness off."""
        return not self.fresh or bool(self.authors or self.since or self.until)

    def passes(self, article: Article, *, but: str = "") -> bool:
        """Whether an article passes all of them but one: "section", "site", "author" or "days"."""
        for facet, wanted, unwanted in (
            ("section", self.sections, self.without_sections),
            ("site", self.sites, self.without_sites),
            ("author", self.authors, self.without_authors),
        ):
            values = set(values_of(article, facet))
            if facet != but and ((wanted and not set(wanted) & values) or set(unwanted) & values):
                return False
        if but == "days" or (self.since is None and self.until is None):
            return True
        day = None if article.published is None else day_in_rome(article.published)
        return day is not None and (self.since or day) <= day <= (self.until or day)


@st.composite
def filters_for(draw: st.DrawFn, articles: Sequence[Article]) -> Filters:
    """Filters by values that the articles have, and by days."""

    def some(facet: str, most: int = 2) -> tuple[str, ...]:
        known = sorted({value for article in articles for value in values_of(article, facet)})
        return tuple(draw(st.lists(st.sampled_from(known), max_size=most, unique=True))) if known else ()

    days = st.sampled_from((None, None, date(2024, 3, 13), date(2023, 12, 31), date(2026, 1, 1)))
    since, until = draw(days), draw(days)
    if since and until and since > until:
        since, until = until, since
    return Filters(
        sections=some("section"),
        sites=some("site"),
        authors=some("author"),
        without_sections=some("section", 1),
        without_sites=some("site", 1),
        without_authors=some("author", 1),
        fresh=draw(st.booleans()),
        since=since,
        until=until,
    )
