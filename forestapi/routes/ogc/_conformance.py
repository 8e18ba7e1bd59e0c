"""The conformance classes that are declared: each has tests, and the two that QGIS looks for under another name."""

_ = "http://www.opengis.net/spec/"

CLASSES = (
    *(f"{_}ogcapi-common-1/1.0/conf/{name}" for name in ("core", "landing-page", "json", "html", "oas30")),
    f"{_}ogcapi-common-2/1.0/conf/collections",
    *(
        f"{_}ogcapi-common-3/1.0/conf/{name}"
        for name in ("schemas", "returnables-and-receivables", "queryables", "sortables")
    ),
    f"{_}ogcapi-features-5/1.0/conf/schemas",  # QGIS looks for schemas here
    *(f"{_}ogcapi-features-1/1.0/conf/{name}" for name in ("core", "oas30", "geojson", "html")),
    f"{_}ogcapi-features-2/1.0/conf/crs",
    *(
        f"{_}ogcapi-features-3/1.0/conf/{name}"
        for name in ("queryables", "queryables-query-parameters", "filter", "features-filter")
    ),
    *(
        f"{_}ogcapi-features-4/1.0/conf/{name}"
        for name in (
            "create-replace-delete", "update", "features", "optimistic-locking-etags", "optimistic-locking-timestamps",
        )
    ),
    *(f"{_}ogcapi-features-6/1.0/conf/{name}" for name in ("properties", "properties-features")),
    *(f"{_}ogcapi-features-8/1.0/conf/{name}" for name in ("sorting", "sortables", "features-sorting")),
    *(
        f"{_}cql2/1.0/conf/{name}"
        for name in (
            "cql2-text", "cql2-json", "basic-cql2", "advanced-comparison-operators", "case-insensitive-comparison",
            "accent-insensitive-comparison", "basic-spatial-functions", "basic-spatial-functions-plus",
            "spatial-functions", "temporal-functions", "array-functions", "property-property", "arithmetic",
        )
    ),
    f"{_}cql2/1.0/conf/basic-spatial-operators",  # QGIS looks for spatial filters here
    *(
        f"{_}ogcapi-tiles-1/1.0/conf/{name}"
        for name in (
            "core", "tileset", "tilesets-list", "dataset-tilesets", "geodata-tilesets", "collections-selection",
            "datetime", "oas30", "mvt",
        )
    ),
)  # fmt: skip
