"""The planted plots: dots of planted area far away, the plots themselves from zoom 11."""

from geo.text import Text
from maps import palettes
from maps.layer import Class, Field, Layer, Legend, Part, Scale, year_classes

BREAKS_HA = (1.0, 10.0, 100.0, 1_000.0)
RADII_PX = (1.3, 1.9, 2.6, 3.3, 3.9)
"""Cells are 8 px apart at a whole zoom: no dot touches its neighbour or crosses the edge of its tile."""
LABELS = (
    Text(zh="不足 15 亩 (1 公顷)", en="under 15 mu (1 ha)"),
    Text(zh="15–150 亩 (1–10 公顷)", en="15–150 mu (1–10 ha)"),
    Text(zh="150–1,500 亩 (10–100 公顷)", en="150–1,500 mu (10–100 ha)"),
    Text(zh="1,500–15,000 亩 (100–1,000 公顷)", en="1,500–15,000 mu (100–1,000 ha)"),
    Text(zh="15,000 亩 (1,000 公顷) 及以上", en="15,000 mu (1,000 ha) or more"),
)
YEAR_SCALE, YEAR_CLASSES = year_classes(None, None)

LAYER = Layer(
    name="plots",
    title=Text(zh="造林小班", en="Planted plots"),
    order=20,
    max_data_zoom=14,
    parts=(
        Part(
            source_layer="cells",
            kind="dots",
            max_zoom=11,
            color=Scale("area_ha", BREAKS_HA, palettes.SEQUENCE, palettes.UNKNOWN),
            radius_px=Scale("area_ha", BREAKS_HA, RADII_PX, RADII_PX[0]),
            opacity=0.92,
            outline=palettes.EDGE,
            outline_px=0.8,
            legend=Legend(
                title=Text(zh="每个格点内的造林面积", en="Planted area in each grid cell"),
                note=Text(zh="放大地图可见每个小班", en="Zoom in to see each plot"),
                classes=tuple(
                    Class(label, color, radius)
                    for label, color, radius in zip(LABELS, palettes.SEQUENCE, RADII_PX, strict=True)
                ),
            ),
        ),
        Part(
            source_layer="plots",
            kind="fill",
            min_zoom=11,
            color=YEAR_SCALE,
            opacity=0.82,
            outline=palettes.INK,
            outline_px=0.7,
            legend=Legend(
                title=Text(zh="小班的造林年份", en="Year each plot was planted"),
                note=Text(zh="点按小班可看详情", en="Tap a plot for its details"),
                classes=YEAR_CLASSES,
                is_years=True,
            ),
        ),
    ),
    popup={
        "cells": (
            Field("area_ha", Text(zh="造林面积", en="Planted area"), "area_ha"),
            Field("plots", Text(zh="小班数", en="Plots"), "count"),
        ),
        "plots": (
            Field("area_mu", Text(zh="面积", en="Area"), "area_mu"),
            Field("year", Text(zh="造林年份", en="Planted")),
            Field("species", Text(zh="主要树种", en="Main species"), "species"),
            Field("survival", Text(zh="成活率", en="Survival"), "share"),
            Field("lifecycle", Text(zh="状态", en="Stage"), "lifecycle"),
            Field("region", Text(zh="县域", en="County"), "region"),
            Field("programme", Text(zh="项目", en="Programme"), "programme"),
            Field("is_synthetic", Text(zh="数据", en="Data"), "synthetic"),
        ),
    },
)
