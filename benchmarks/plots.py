"""A plot of how the time of a page grows with the archive, as SVG: a line an engine, both axes logarithmic."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise

WIDTH, HEIGHT, MARGIN, LABELS = 460, 380, 56, 130
"""Of one plot, in pixels: with its margins, and what the names of the engines take at its right."""

COLOURS = ("#0b6e4f", "#c1121f", "#1d4e89", "#e07a00", "#6a4c93", "#4a4a4a", "#b5179e", "#118ab2")

Line = Mapping[int, float]
"""Articles -> milliseconds."""


def plot(title: str, lines: Mapping[str, Line]) -> str:
    """One plot as an SVG group, WIDTH + LABELS wide and HEIGHT high.

    Args:
        lines: engine -> its times, all > 0; at least one.
    """
    sizes = sorted({size for line in lines.values() for size in line})
    times = [time for line in lines.values() for time in line.values()]
    decades = range(math.floor(math.log10(min(times))), math.ceil(math.log10(max(times))) + 1)

    def x(size: int) -> float:
        low, high = math.log10(sizes[0]), math.log10(sizes[-1])
        return MARGIN + (WIDTH - 2 * MARGIN) * ((math.log10(size) - low) / (high - low) if high > low else 0.5)

    def y(time: float) -> float:
        return HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * (math.log10(time) - decades[0]) / max(1, len(decades) - 1)

    parts = [f'<text x="{MARGIN}" y="28" font-weight="bold">{escape(title)}</text>']
    for decade in decades:
        at = y(10**decade)
        parts.append(f'<line x1="{MARGIN}" x2="{WIDTH - MARGIN}" y1="{at:.1f}" y2="{at:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{MARGIN - 6}" y="{at + 4:.1f}" text-anchor="end">{10.0**decade:g} ms</text>')
    parts += [f'<text x="{x(size):.1f}" y="{HEIGHT - 30}" text-anchor="middle">{size:,}</text>' for size in sizes]
    parts.append(f'<text x="{WIDTH / 2}" y="{HEIGHT - 10}" text-anchor="middle">articles</text>')
    ends = _apart([(y(line[max(line)]), name) for name, line in lines.items()])
    for (name, line), colour in zip(lines.items(), COLOURS * len(lines), strict=False):
        points = [(x(size), y(time)) for size, time in sorted(line.items())]
        path = " ".join(f"{across:.1f},{down:.1f}" for across, down in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{across:.1f}" cy="{down:.1f}" r="3.5" fill="{colour}"/>' for across, down in points]
        parts.append(f'<text x="{WIDTH - MARGIN + 10}" y="{ends[name] + 4:.1f}" fill="{colour}">{escape(name)}</text>')
    return "\n".join(parts)


def _apart(wanted: Sequence[tuple[float, str]], gap: float = 15) -> dict[str, float]:
    """Where names may stand that want to stand at some heights, none on top of another."""
    placed = sorted(wanted)
    heights = [height for height, _ in placed]
    for at in range(1, len(heights)):
        heights[at] = max(heights[at], heights[at - 1] + gap)
    over = max(0.0, heights[-1] - (HEIGHT - MARGIN)) if heights else 0.0
    heights = [height - over for height in heights]
    for at, (above, height) in reversed(list(enumerate(pairwise(heights)))):
        heights[at] = min(above, height - gap)
    return dict(zip((name for _, name in placed), heights, strict=True))


def side_by_side(plots: Sequence[str]) -> str:
    """Some plots as an SVG file."""
    width = (WIDTH + LABELS) * len(plots)
    size = f'viewBox="0 0 {width} {HEIGHT}" width="{width}" height="{HEIGHT}"'
    groups = [f'<g transform="translate({(WIDTH + LABELS) * at} 0)">\n{one}\n</g>' for at, one in enumerate(plots)]
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="13">',
            f'<rect width="{width}" height="{HEIGHT}" fill="#fff"/>',
            *groups,
            "</svg>\n",
        )
    )
