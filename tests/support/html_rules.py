"""The rules of HTML that a template breaks most easily, checked without a browser or the network."""

from __future__ import annotations

from collections import Counter
from html.parser import HTMLParser

VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
PHRASING_ONLY = frozenset(
    {"p", "h1", "h2", "h3", "h4", "span", "label", "summary", "dt", "q", "mark", "button", "strong"}
)
FLOW = frozenset(
    {"article", "aside", "details", "div", "dl", "footer", "form", "h1", "h2", "h3", "header", "li", "main", "nav"}
    | {"ol", "p", "section", "table", "ul"}
)
CHILDREN = {"ul": {"li"}, "ol": {"li"}, "dl": {"div", "dt", "dd"}, "select": {"option"}}
REFERENCES = ("for", "form", "aria-labelledby", "aria-describedby")
FORBIDDEN_ATTRIBUTES = ("style", "onclick", "onload", "onsubmit", "onchange")


class _Reader(HTMLParser):
    """Collects what is wrong with a page as sentences."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.stack: list[str] = []
        self.tags: Counter[str] = Counter()
        self.ids: Counter[str] = Counter()
        self.references: list[tuple[str, str]] = []
        self.fields: list[dict[str, str | None]] = []
        self.labelled: set[str | None] = set()
        self.declaration = ""
        self.language: str | None = None
        self.texts: Counter[str] = Counter()

    def handle_decl(self, decl: str) -> None:
        self.declaration = decl

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag != "title" or "svg" not in self.stack:  # of a picture, which has its own
            self.tags[tag] += 1
        self._check(tag, attrs, attributes)
        self._note(tag, attributes)
        if tag not in VOID:
            self.stack.append(tag)

    def _check(self, tag: str, attrs: list[tuple[str, str | None]], attributes: dict[str, str | None]) -> None:
        """What a tag must not be, or not be inside of."""
        parent = self.stack[-1] if self.stack else ""
        if len(attributes) < len(attrs):
            self.faults.append(f"<{tag}> repeats an attribute")
        if parent in CHILDREN and tag not in CHILDREN[parent]:
            self.faults.append(f"<{tag}> inside <{parent}>")
        if tag == "li" and parent not in ("ul", "ol"):
            self.faults.append(f"<li> inside <{parent}>")
        if tag in FLOW and any(outer in PHRASING_ONLY for outer in self.stack):
            self.faults.append(f"<{tag}> inside {self.stack}")
        if tag in ("a", "button", "input", "select", "details") and {"a", "button"} & set(self.stack):
            self.faults.append(f"<{tag}> inside a link or a button")
        is_ours = (attributes.get("src") or "").startswith("/static/") or attributes.get(
            "type"
        ) == "application/ld+json"
        if tag == "script" and not is_ours:
            self.faults.append("a script that is no file of the site's")
        self.faults += [f"<{tag}> has {name}" for name in FORBIDDEN_ATTRIBUTES if name in attributes]
        if tag == "a" and not attributes.get("href"):
            self.faults.append("a link without an address")

    def _note(self, tag: str, attributes: dict[str, str | None]) -> None:
        """What the page as a whole is checked for at its end."""
        if "id" in attributes:
            self.ids[attributes["id"] or ""] += 1
        for name in REFERENCES:
            self.references += [(name, target) for target in (attributes.get(name) or "").split()]
        if tag == "html":
            self.language = attributes.get("lang")
        if tag == "label":
            self.labelled.add(attributes.get("for"))
        if tag in ("input", "select", "textarea") and attributes.get("type") != "hidden":
            self.fields.append(attributes)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if "svg" not in self.stack and tag != "svg":
            self.faults.append(f"<{tag}/> outside a drawing")
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.stack.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.stack or self.stack[-1] != tag:
            self.faults.append(f"</{tag}> closes {self.stack[-1:]}")
            return
        self.stack.pop()

    def handle_data(self, data: str) -> None:
        if data.strip() and self.stack:
            self.texts[self.stack[-1]] += 1
            if self.stack[-1] in CHILDREN:
                self.faults.append(f"text inside <{self.stack[-1]}>: {data.strip()[:40]!r}")


def faults_of(html: str) -> list[str]:
    """What is wrong with a page, as sentences; an empty list for a good one."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    faults = list(reader.faults)
    if reader.declaration.lower() != "doctype html":
        faults.append("no doctype")
    if reader.stack:
        faults.append(f"left open: {reader.stack}")
    if reader.language != "it":
        faults.append(f"language {reader.language!r}")
    faults += [f"{reader.tags[tag]} <{tag}>" for tag in ("h1", "main", "title") if reader.tags[tag] != 1]
    if not reader.texts["title"]:
        faults.append("an empty title")
    faults += [f"id {name!r} stands {count} times" for name, count in reader.ids.items() if count > 1 or not name]
    faults += [f"{name} names {target!r}" for name, target in reader.references if target not in reader.ids]
    faults += [f"no label for {field}" for field in reader.fields if field.get("id") not in reader.labelled]
    return faults
