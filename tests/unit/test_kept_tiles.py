"""What is kept of tiles: what a change touches is dropped, the rest stays, and no more is kept than may be."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forestapi.access import Actor
from forestapi.services.serving_tiles._asked import Asked
from forestapi.services.serving_tiles._kept import EARTH_M, TILE_OVERHEAD, Kept, Tile, touches
from forestapi.store.tile_changes import Change

HALF_M = EARTH_M / 2
DRAWN_BEYOND = 1 / 64
"""Of a tile's side: how far the functions of the database draw beyond it."""

calmly = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""However busy the machine is."""
places = st.integers(0, 16).flatmap(
    lambda z: st.tuples(st.just(z), st.integers(0, (1 << z) - 1), st.integers(0, (1 << z) - 1))
)
numbers = st.floats(-2.1e7, 2.1e7)
boxes = st.tuples(numbers, numbers, st.floats(0, 1e6), st.floats(0, 1e6)).map(
    lambda b: (b[0], b[1], min(b[0] + b[2], 2.1e7), min(b[1] + b[3], 2.1e7))
)


def shows(place: tuple[int, int, int], box: tuple[float, float, float, float]) -> bool:
    """Whether a box reaches into what a tile draws, by plain comparison."""
    z, x, y = place
    side_m = EARTH_M / 2**z
    beyond_m = side_m * DRAWN_BEYOND
    west, north = x * side_m - HALF_M - beyond_m, HALF_M - y * side_m + beyond_m
    return (
        box[0] <= west + side_m + 2 * beyond_m and box[2] >= west
        and box[1] <= north and box[3] >= north - side_m - 2 * beyond_m
    )  # fmt: skip


@calmly
@given(st.lists(places, max_size=20, unique=True), st.lists(boxes, min_size=1, max_size=3), st.booleans())
def test_what_a_change_touches_is_dropped_and_what_is_far_stays(
    at: list[tuple[int, int, int]], changed: list[tuple[float, float, float, float]], is_of_plots: bool
) -> None:
    kept = Kept(10_000_000)
    asked = [Asked(("plots",), *place, Actor()) for place in at]
    for each in asked:
        kept.put(each.key(), each, Tile.of(b"x"))
    change = Change("plots" if is_of_plots else "regions", changed)
    kept.drop(change)
    for each in asked:
        is_dropped = kept.get(each.key()) is None
        assert is_dropped == touches(change, each)
        if is_of_plots and any(shows(each.place, box) for box in changed):
            assert is_dropped
        side_m = EARTH_M / 2**each.z
        near = [(b[0] - side_m, b[1] - side_m, b[2] + side_m, b[3] + side_m) for b in changed]
        if not is_of_plots or not any(shows(each.place, box) for box in near):
            assert not is_dropped


def test_a_change_everywhere_drops_its_layer() -> None:
    kept = Kept(1_000_000)
    asked = {layers: Asked(layers, 3, 1, 1, Actor()) for layers in [("plots",), ("regions",), ("plots", "regions")]}
    for change, left in ((Change("regions", None), [("plots",)]), (Change(None, None), [])):
        for each in asked.values():
            kept.put(each.key(), each, Tile.of(b"x"))
        kept.drop(change)
        assert [layers for layers, each in asked.items() if kept.get(each.key())] == left
    assert (len(kept), kept.bytes) == (0, 0)


@calmly
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 4000)), max_size=60))
def test_never_more_is_kept_than_may_be_and_the_last_used_stays(puts: list[tuple[int, int]]) -> None:
    limit = 4 * (TILE_OVERHEAD + 2000)
    kept = Kept(limit)
    for column, size in puts:
        asked = Asked(("plots",), 6, column, 0, Actor())
        tile = Tile(bytes(size), False, "")
        kept.put(asked.key(), asked, tile)
        assert kept.bytes <= limit
        if size <= 2000:
            assert kept.get(asked.key()) is tile
    whole = [t for c in range(31) if (t := kept.get(Asked(("plots",), 6, c, 0, Actor()).key()))]
    assert kept.bytes == sum(len(t.content) + TILE_OVERHEAD for t in whole) and len(kept) == len(whole)
