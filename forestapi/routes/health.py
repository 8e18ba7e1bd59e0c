"""Whether the process lives, and whether it can serve."""

from typing import Any

from litestar import Request, get

from forestapi.db.migrate import wanted
from forestapi.errors import Unavailable
from forestapi.routes._request import anyone
from geo.text import Text


@get("/healthz", guards=[anyone], tags=["health"], operation_id="getHealth", sync_to_thread=False)
def alive() -> dict[str, str]:
    """Answer as long as the process lives."""
    return {"status": "ok"}


@get("/readyz", guards=[anyone], tags=["health"], operation_id="getReadiness")
async def ready(request: Request[Any, Any, Any]) -> dict[str, str]:
    """Answer 200 once the database can be reached and has the shape that this version expects; else 503."""
    async with request.app.state.pool.acquire(timeout=2) as connection:
        applied = await connection.fetchval("select sha256 from forest.shape")
    if applied != wanted():
        raise Unavailable(
            Text(
                "数据库结构与程序版本不符；请运行 forest migrate。",
                "The database does not have this version's shape; run forest migrate.",
            )
        )
    return {"status": "ready"}


ROUTES = [alive, ready]
