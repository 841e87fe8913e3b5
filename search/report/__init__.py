"""The archive's own words: what a snapshot says of itself, for the editors of an archive.

``making`` asks a snapshot and gives a frozen ``Report`` (``values``): how much there is, month by month (``volumes``),
the names (``names``), what rises (``rising``), what may be there twice (``same_title``), and what is probably misspelt
(``misspellings``, ``one_edit``). All of it is ``counting`` over whole arrays. A report is shown in three ways, and none
of them knows of the archive: as ``text``, as a ``page`` with pictures, and as JSON (``as_json``). Its readers are
editors, so its words are Italian (``wording``).
"""

from search.report.making import Scope, make_report
from search.report.values import Report

__all__ = ["Report", "Scope", "make_report"]
