"""The Italian of the site that is not in the templates: what is wrong with a request, numbers, dates and lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Final, NamedTuple

from index.dates import day_in_rome, format_day_it, rome
from index.italian.sentences import sentence_starts
from search.errors import MAX_DRAFT_CHARS, DeadlineExceeded, QueryError, UnknownValue
from search.question import MAX_DEPTH, MAX_SIZE
from search.wording import listed, shown, with_article
from web.errors import BackwardDates, RepeatedParameter, UnknownParameter, UnreadableDate
from web.parameters import ITALIAN

WEEKDAYS_IT: Final = ("lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica")


class FacetWords(NamedTuple):
    """What a facet is called: its name, the same with the article, "others" in its gender, its plural, left out."""

    name: str
    the: str
    others: str
    plural: str
    left_out: str


FACETS: Final = {
    "section": FacetWords("Sezione", "La sezione", "altre", "sezioni", "Sezione esclusa"),
    "site": FacetWords("Testata", "La testata", "altre", "testate", "Testata esclusa"),
    "author": FacetWords("Autore", "L’autore", "altri", "autori", "Autore escluso"),
}

STATUS: Final = {
    400: ("Richiesta non valida", "L’indirizzo non si può leggere."),
    404: (
        "Pagina non trovata",
        "A questo indirizzo non c’è nulla: forse è stato copiato a metà, o la pagina non esiste più.",
    ),
    405: ("Operazione non ammessa", "Questa pagina si può soltanto leggere."),
    429: (
        "Troppe richieste",
        "Da questo indirizzo sono arrivate troppe richieste in poco tempo: riprova fra qualche secondo.",
    ),
    500: (
        "Qualcosa si è rotto",
        "La colpa è nostra, non della ricerca: il guasto è stato annotato. Di solito basta riprovare fra poco.",
    ),
    503: (
        "Archivio non disponibile",
        "In questo momento l’archivio non si può consultare: lo stanno sistemando. Riprova fra poco.",
    ),
}
"""HTTP status -> title and sentence of its page."""

ARTICLE_MISSING: Final = (
    "Articolo non trovato",
    "L’articolo cercato non è in archivio: forse è stato tolto, o l’indirizzo è stato copiato a metà.",
)
NAME_MISSING: Final = {
    "section": ("Sezione non trovata", "L’archivio non ha una sezione che si chiama «{name}»."),
    "author": ("Autore non trovato", "L’archivio non ha articoli firmati «{name}»."),
}
"""Facet -> title and sentence of the page of a value that no article has."""

BAD_HOST: Final = "Il nome del sito nella richiesta non si può leggere."
TOO_SLOW: Final = "Ricerca troppo lunga"

PARAMETER_WRONG: Final = "Ricerca da correggere"

DRAFT_FAULTS: Final = {
    "empty": "Manca il testo: incolla il titolo e qualche capoverso della bozza.",
    "long": (
        f"La bozza è troppo lunga: se ne leggono fino a {MAX_DRAFT_CHARS:_} caratteri; bastano il titolo e i primi"
        " capoversi."
    ).replace("_", "."),
    "binary": "Quello che è arrivato non è un testo: incolla le parole della bozza, non il suo file.",
    "foreign": "La bozza non sembra in italiano: l’archivio si può interrogare soltanto con un testo italiano.",
    "secret": "Per la redazione serve la parola d’ordine, che conosce chi gestisce il sito.",
}
"""What is wrong with a draft (``InvalidDraft.fault``), or with who sends it -> one sentence for an editor."""

_MOST_KNOWN: Final = 12


def name_of(error: QueryError) -> str:
    """The parameter that is wrong, as the address of a page has it."""
    if isinstance(error, UnknownParameter):
        # "section" is unknown on a page; the section that the archive does not know came as "sezione".
        return error.parameter
    return ITALIAN.names.get(error.parameter, error.parameter)


def explain(error: QueryError, known: Callable[[str], Sequence[str]]) -> str:
    """One sentence for a reader: what was found, and what is allowed.

    Args:
        known: facet -> the values that the archive has, asked for only when they are to be listed.
    """
    name = name_of(error)
    value = shown(str(error.value))
    if isinstance(error, UnknownParameter):
        return f"Il parametro «{value}» non esiste; quelli ammessi sono {error.allowed}."
    if isinstance(error, RepeatedParameter):
        return f"Il parametro «{name}» compare {value} volte; se ne può dare uno solo."
    if isinstance(error, UnreadableDate):
        return (
            f"«{value}», nel campo «{name}», non è una data che esiste o che si sappia leggere; si può scrivere, per"
            " esempio, 13/03/2026, 13 marzo 2026, marzo 2024, 2024 o ieri."
        )
    if isinstance(error, BackwardDates):
        first, last = format_day_it(error.first), format_day_it(error.last)
        return f"Il periodo va all’indietro, da {first} a {last}; la prima data non può venire dopo la seconda."
    facet = error.parameter.removeprefix("without_")
    if isinstance(error, UnknownValue) and facet in FACETS:
        return _unknown_value(facet, value, known(facet))
    sentence = _SENTENCES.get(name, "Il parametro «{name}» non può valere «{value}».")
    return sentence.format(name=name, value=value)


_SENTENCES: Final[Mapping[str, str]] = {
    "ordine": f"L’ordine «{{value}}» non esiste; si può scegliere fra {listed(tuple(ITALIAN.sorts))}.",
    "pagina": (
        "La pagina «{value}» non si può chiedere; si comincia da 1 e si arriva fino al"
        f" {MAX_DEPTH:_}º risultato.".replace("_", ".")
    ),
    "quante": f"«{{value}}» articoli per pagina non si possono chiedere; si va da 1 a {MAX_SIZE}.",
    "qualunque": "Il parametro «{name}» non può valere «{value}»; si può dare 1 (basta una parola) oppure 0.",
    "spiega": "Il parametro «{name}» non può valere «{value}»; si può dare 1 (dice perché) oppure 0.",
    "freschezza": "Il parametro «{name}» non può valere «{value}»; si può dare 0 (conta solo il testo) oppure 1.",
    "versioni": "Il parametro «{name}» non può valere «{value}»; si può dare 1 (ogni versione per sé) oppure 0.",
    "esatto": "Il parametro «{name}» non può valere «{value}»; si può dare 1 (solo come scritto) oppure 0.",
}


def _unknown_value(facet: str, value: str, values: Sequence[str]) -> str:
    words = FACETS[facet]
    if not values:
        return f"{words.the} «{value}» non c’è in questo archivio, che non ha {words.plural}."
    some = ", ".join(values[:_MOST_KNOWN])
    more = f" e {words.others} {len(values) - _MOST_KNOWN}" if len(values) > _MOST_KNOWN else ""
    return f"{words.the} «{value}» non c’è in questo archivio; ci sono: {some}{more}."


def too_slow(error: DeadlineExceeded) -> str:
    """One sentence for a reader whose question was given up."""
    limit = "un secondo" if error.seconds == 1 else f"{error.seconds:g} secondi".replace(".", ",")
    return f"La ricerca è durata più di {limit} e l’abbiamo fermata: prova con meno parole, o con parole più rare."


def opening(text: str, most_chars: int) -> str:
    """The beginning of a text, up to the end of a sentence, or of a word and with the sign of a cut."""
    if len(text) <= most_chars:
        return text
    beginning = text[: most_chars + 1]
    if (end := sentence_starts(beginning)[-1]) > most_chars // 2:
        return beginning[:end].rstrip()
    whole_words = beginning.rpartition(" ")[0] or text[:most_chars]
    return whole_words.rstrip(" \n,;:–-") + "…"


def percent(share: float) -> str:
    """A share with its article: "il 54 per cento", "l’83 per cento"."""
    return with_article("il", f"{round(100 * share)} per cento").replace("'", "’")


def day(published: date | datetime) -> str:
    """The day in Rome: "13 marzo 2026"."""
    return format_day_it(day_in_rome(published))


def moment(published: date | datetime) -> str:
    """The day, and the time in Rome where it is known: "13 marzo 2026, ore 10.15"."""
    if not isinstance(published, datetime):
        return day(published)
    clock = published if published.tzinfo is None else published.astimezone(rome())
    return f"{day(published)}, ore {clock.hour}.{clock.minute:02d}"


def weekday(today: date) -> str:
    """The day with its name: "venerdì 13 marzo 2026"."""
    return f"{WEEKDAYS_IT[today.weekday()]} {format_day_it(today)}"
