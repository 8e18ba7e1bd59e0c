"""Claims beside what the ledger shows; the claims themselves are a noun like any other."""

from typing import Any

from litestar import Request, get
from litestar.params import FromPath

from forestapi.access import reaches, require
from forestapi.records import STAFF
from forestapi.routes._request import Tx, actor_of, anyone
from forestapi.routes.statistics import AsOf, keep_to_scope
from forestapi.services import reconciling
from forestapi.services.reconciling import Reconciliation


@get("/api/v1/claims/{key:str}/reconciliation", guards=[anyone], tags=["Claims"], operation_id="reconcileClaim")
async def reconciliation(
    request: Request[Any, Any, Any], tx: Tx, key: FromPath[str], as_of: AsOf = None
) -> Reconciliation:
    """Hold a published figure against the ledger: matched, unmatched and unexplained, with the records."""
    claim = await reconciling.read(tx, key)
    if reconciling.needs_token(claim):
        require(actor_of(request), STAFF)
        keep_to_scope(reaches(tx.scope), {"programme": [claim.programme]})
    return await reconciling.reconcile(tx, key, as_of)


ROUTES = [reconciliation]
