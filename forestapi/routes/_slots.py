"""Work of which a server process does only so much at a time: whoever finds every place taken is told so at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from forestapi.errors import Unavailable
from geo.text import Text


@asynccontextmanager
async def slot(places: asyncio.Semaphore, told: Text) -> AsyncIterator[None]:
    """Hold one of the places.

    Raises:
        Unavailable: they are all taken; it says `told`.

    """
    if places.locked():
        raise Unavailable(told, code="busy")
    async with places:
        yield
