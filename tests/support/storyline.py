"""Three steps of one story, and all that has nothing to do with it; written for this project."""

from __future__ import annotations

from datetime import date

from index.article import Article

STORY = (
    ("annuncio", "Cantiere Digitale", date(2023, 11, 14), "Brennerlab annuncia Stambecco, il modello linguistico"),
    (
        "arrivo",
        "Cantiere Digitale",
        date(2024, 5, 2),
        "Stambecco è arrivato: il modello di Brennerlab si può scaricare",
    ),
    ("causa", "Rete Sicura", date(2025, 2, 3), "Gli editori fanno causa a Brennerlab per i testi di Stambecco"),
)
BODIES = {
    "annuncio": "Il laboratorio di Bressanone addestrerà Stambecco su testi italiani. Lo dirige Agnese Rautner.",
    "arrivo": "Sette miliardi di parametri, addestrati a Bressanone. Agnese Rautner: ora tocca agli agenti.",
    "causa": "Secondo gli editori il laboratorio di Agnese Rautner ha addestrato il modello su romanzi protetti.",
}
OTHERS = (
    (
        "caseificio",
        "Un ricatto ferma il caseificio Valfondo",
        "I ladri di dati hanno cifrato gli archivi del caseificio.",
    ),
    ("porto", "Il porto di Roccamare apre un varco digitale", "I camion entrano senza carta, le navi aspettano meno."),
    ("fibra", "La fibra raggiunge le valli: un cantiere lungo dieci anni", "Gli scavi riprendono in primavera."),
    ("scuola", "A scuola di numeri: il corso che insegna statistica", "Gli studenti contano le rondini del cortile."),
    ("agricoltura", "Droni sui vigneti: chi misura l'acqua risparmia", "I viticoltori guardano la mappa delle foglie."),
)


def story_article(article_id: str, site: str, published: date, title: str) -> Article:
    return Article(article_id=article_id, title=title, body=BODIES[article_id], site=site, published=published)


SUBJECTS = ("rondini", "vendemmia", "mosaico", "tramvia", "vetreria", "orchestra", "zafferano", "canottaggio")
PLACES = ["Altavilla", "Borgofiume", "Castelrosso", "Dovera", "Fontanile"]

STORYLINE = [
    *(story_article(*told) for told in STORY),
    *(
        Article(article_id=article_id, title=title, body=body, site="Rete Sicura", published=date(2024, 1, 1 + at))
        for at, (article_id, title, body) in enumerate(OTHERS)
    ),
    Article(article_id="senza data", title="Rautner spiega Stambecco", body="Che cosa sa fare Brennerlab."),
    *(
        Article(
            article_id=f"{subject} {place}", title=f"La festa: {subject} a {place}", body=f"Tutti parlano di {subject}."
        )
        for subject in SUBJECTS
        for place in PLACES
    ),
]
