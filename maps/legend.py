"""The legend as our own HTML: every class with its values, narrow enough for a phone."""

from html import escape

from maps.layer import Class, Layer

DOT_SCALE = 1.6
"""Dots are drawn as large as they are on the map a little above a whole zoom."""


def html(layers: list[Layer], language: str) -> str:
    """Write one section for each part that has a legend.

    A section carries the zooms it belongs to as `data-min-zoom` and `data-max-zoom`, so that a page can show
    only the one in view. It holds no inline style, so that a strict content policy can stand.
    """
    sections = []
    for layer in layers:
        for part in layer.parts:
            if part.legend is None:
                continue
            rows = "".join(_row(entry, language) for entry in part.legend.classes)
            sections.append(
                f'<section class="legend-part" data-min-zoom="{part.min_zoom}"'
                f' data-max-zoom="{part.max_zoom}">'
                f"<h3>{escape(getattr(part.legend.title, language))}</h3><ul>{rows}</ul>"
                f"<p>{escape(getattr(part.legend.note, language))}</p></section>"
            )
    return "".join(sections)


def _row(entry: Class, language: str) -> str:
    if entry.radius_px is None:
        mark = f'<rect x="3" y="5" width="18" height="14" rx="2" fill="{entry.color}" class="swatch"/>'
    else:
        mark = f'<circle cx="12" cy="12" r="{round(entry.radius_px * DOT_SCALE, 1)}" fill="{entry.color}"/>'
    return (
        f'<li><svg width="24" height="24" viewBox="0 0 24 24" aria-hidden="true">{mark}</svg>'
        f"<span>{escape(getattr(entry.label, language))}</span></li>"
    )
