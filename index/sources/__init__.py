"""Sources: files in, articles out, one at a time.

    file -> its format, by its name -> records -> ``article_from_record`` -> Article, or ArticleError with the place

A record of JSONL or CSV can also take an article out: ``change_from_record`` makes a ``Withdrawal`` of it.

``read_source`` is the only door. Each format has a module of its own that knows how to cut its bytes into records and
nothing of the others:

* ``jsonl``: one JSON object a line, gzipped or not, or standard input;
* ``csv_table``: a table whose header row names the fields;
* ``feed``: RSS 0.9 to 2.0 and Atom;
* ``saved_page``: one article's page, saved as HTML (``page_metadata`` reads what the page says of itself to machines,
  ``page_body`` finds the article in its markup) or as text (``page_text``). ``page_lines`` knows the lines that such
  pages have around an article: bylines, section paths, "Ultime notizie".

``byte_lines``, ``unpacked`` and ``markup`` are what they stand on: lines with a bound on their length, gzipped files
with a bound on what comes out of them, and text out of markup.
A bad record is a value, not an exception: it is handed on with file, line and reason, and reading goes on.
"""

from index.sources.reading import KNOWN_SUFFIXES, read_source, size_of_sources

__all__ = ["KNOWN_SUFFIXES", "read_source", "size_of_sources"]
