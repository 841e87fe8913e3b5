"""Pictures: counts as bars, in SVG. A table beside each says the same, so that screen readers pass it over."""

from __future__ import annotations

from collections.abc import Sequence

from search.report import wording
from search.wording import number

_WIDTH, _HEIGHT = 720, 150
_TOP, _BOTTOM = 16, 22
_MOST_LABELS = 13


def bars_by_month(counts: Sequence[int], months: Sequence[int]) -> str:
    """A bar a month with its count above and its name below, as far as there is room."""
    step = _WIDTH / max(len(counts), 1)
    most = max(counts, default=0) or 1
    every = -(-len(counts) // _MOST_LABELS)
    parts = [f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" aria-hidden="true" focusable="false">']
    floor = _HEIGHT - _BOTTOM
    for at, (count, month) in enumerate(zip(counts, months, strict=True)):
        height = (floor - _TOP) * count / most
        middle = step * (at + 0.5)
        if count:
            parts.append(_bar(step * at + step * 0.12, floor - height, step * 0.76, height))
        if (len(counts) - 1 - at) % every == 0:
            parts.append(_text(middle, _HEIGHT - 6, wording.short_month(month)))
            parts.append(_text(middle, floor - height - 4, number(count), "value"))
    parts.append(f'<line class="base" x1="0" y1="{floor}" x2="{_WIDTH}" y2="{floor}"/></svg>')
    return "".join(parts)


def small_bars(counts: Sequence[int], *, last: int = 0) -> str:
    """Counts as small bars, the highest as high as the picture.

    Args:
        last: how many at the end are shown in another colour.
    """
    width, height = 160, 22
    step = width / max(len(counts), 1)
    most = max(counts, default=0) or 1
    parts = [f'<svg viewBox="0 0 {width} {height}" aria-hidden="true" focusable="false">']
    for at, count in enumerate(counts):
        if count:
            tall = max(height * count / most, 1)
            name = "last" if at >= len(counts) - last else "bar"
            parts.append(_bar(step * at + step * 0.1, height - tall, step * 0.8, tall, name))
    parts.append(f'<line class="base" x1="0" y1="{height}" x2="{width}" y2="{height}"/></svg>')
    return "".join(parts)


def _bar(left: float, top: float, width: float, height: float, name: str = "bar") -> str:
    return f'<rect class="{name}" x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}"/>'


def _text(middle: float, base: float, text: str, name: str = "month") -> str:
    return f'<text class="{name}" x="{middle:.1f}" y="{base:.1f}" text-anchor="middle">{text}</text>'
