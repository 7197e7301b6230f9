"""Plain elements only: what a company's template may put into our page. Pure."""

from __future__ import annotations

from html import escape
from html.parser import HTMLParser

KEPT = frozenset({
    "p", "b", "strong", "i", "em", "small", "ul", "ol", "li", "dl", "dt", "dd", "table", "thead",
    "tbody", "tr", "th", "td", "h3", "h4", "span", "div", "a", "br", "hr", "code", "pre",
})  # fmt: skip
_EMPTY = frozenset({"br", "hr"})
_SILENT = frozenset({"script", "style", "template", "iframe", "object", "svg", "math", "title",
                     "noscript", "textarea", "select"})  # fmt: skip
_LINKS = ("https://", "http://", "mailto:", "tel:")
MOST_DEEP = 60


def sanitised(html: str) -> str:
    """Everything closed; no attribute but safe addresses and spans of table cells."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.finished()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._out: list[str] = []
        self._open: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent.append(tag)
        if self._silent or tag not in KEPT or len(self._open) > MOST_DEEP:
            return
        self._out.append(f"<{tag}{_attributes(tag, dict(attrs))}>")
        if tag not in _EMPTY:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _EMPTY:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._silent:
            if tag == self._silent[-1]:
                self._silent.pop()
            return
        if tag in self._open:
            while True:
                last = self._open.pop()
                self._out.append(f"</{last}>")
                if last == tag:
                    return

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._out.append(escape(data))

    def finished(self) -> str:
        return "".join(self._out) + "".join(f"</{tag}>" for tag in reversed(self._open))


def _attributes(tag: str, given: dict[str, str | None]) -> str:
    if tag == "a":
        href = (given.get("href") or "").strip()
        if href.lower().startswith(_LINKS):
            return f' href="{escape(href)}" target="_blank" rel="noopener noreferrer"'
    if tag in ("td", "th"):
        span = given.get("colspan") or ""
        if span.isdecimal() and 0 < int(span[:3]) < 50:
            return f' colspan="{int(span[:3])}"'
    return ""
