"""The nouns over HTTP: list, read, create, replace, patch and delete, the same for each declaration."""

from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import MediaType, Request, Response, Router, delete, get, patch, post, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIType, PathItem, Reference, Schema
from litestar.openapi.spec import Parameter as OpenApiParameter
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import UNSET, Struct, UnsetType

from forestapi.access import PUBLIC, reaches
from forestapi.errors import NotFound
from forestapi.records import BOOKKEEPING, Noun, nouns
from forestapi.routes._conditions import etag, is_fresh, precondition
from forestapi.routes._request import DEFAULT_LIMIT, FILTER, MAX_LIMIT, Tx, actor_of, query_of, requires
from forestapi.services import history
from forestapi.services import records as service
from forestapi.services.records import Saved
from forestapi.store import features
from geo.text import Text

STATUS = {"created": 201, "updated": 200, "unchanged": 200, "held": 202}

Limit = Annotated[int, QueryParameter(ge=1, le=MAX_LIMIT, description="rows on a page")]
AsOf = Annotated[
    str | None, QueryParameter(description="as known then: a time with its zone, or the `snapshot` of an answer")
]
After = Annotated[str | None, QueryParameter(description="the key after which the page starts, from `next`")]


def router(noun: Noun) -> Router:
    """Make the routes of one noun."""
    Input = _with(noun, "Input", UNSET)
    Record = _with(noun, "Record", None)
    reading, writing = [requires(noun.readers)], [requires(noun.writers)]
    written = {status: ResponseSpec(Record, description=text, generate_examples=False) for status, text in {
        200: "changed, or as it was", 201: "created", 202: "held: see `findings`"}.items()}  # fmt: skip
    name = noun.name.title()

    @get(
        "/",
        guards=reading,
        operation_id=f"list{name}",
        summary=f"List {noun.name}",
        media_type=MediaType.JSON,
    )
    async def page(
        request: Request[Any, Any, Any], tx: Tx, limit: Limit = DEFAULT_LIMIT, after: After = None
    ) -> Response[bytes]:
        """List records in the order of their keys, a page at a time."""
        query = query_of(request, noun, ("limit", "after"))
        found = await features.page(tx, noun, query, limit=limit, after=valid_key(noun, after))
        following = None
        if found.next_key:
            following = f"{request.url.path}?{_next_query(request, found.next_key)}"
        return Response(
            msgspec.json.encode(
                {"items": [msgspec.Raw(row.encode()) for row in found.rows], "next": following}
            ),
            media_type=MediaType.JSON,
        )

    @get(
        "/{key:str}",
        guards=reading,
        operation_id=f"get{name}",
        summary=f"Read one of the {noun.name}",
        responses={200: ResponseSpec(Record, generate_examples=False)},
    )
    async def one(
        request: Request[Any, Any, Any], tx: Tx, key: FromPath[str], as_of: AsOf = None
    ) -> Response[bytes]:
        """Read one record, or (`as_of`) what had been written of it at a moment of the past."""
        key = valid_key(noun, key) or ""
        found = await features.get(tx, noun, key)
        if as_of is not None:
            if found is None and reaches(tx.scope).is_limited and PUBLIC not in noun.readers:
                raise service.missing(noun, key)
            then = await history.at(tx, noun, key, as_of, public=actor_of(request).role == PUBLIC)
            return Response(msgspec.json.encode(then["record"]), media_type=MediaType.JSON)
        if found is None:
            raise service.missing(noun, key)
        tag = etag(found[0])
        if is_fresh(request, tag):
            return Response(b"", status_code=304, headers={"ETag": tag})
        return Response(found[0].encode(), media_type=MediaType.JSON, headers={"ETag": tag})

    @post(
        "/",
        guards=writing,
        operation_id=f"create{name}",
        summary=f"Create one of the {noun.name}",
        responses=written,
    )
    async def create(tx: Tx, data: JSONBody[Input]) -> Response[bytes]:  # type: ignore[valid-type]
        """Create a record under the id that the client gives it; sent twice, it is there once."""
        return answer(noun, await service.create(tx, noun, _own(noun, data)))

    @put(
        "/{key:str}",
        guards=writing,
        operation_id=f"replace{name}",
        summary=f"Replace one of the {noun.name}",
        responses=written,
    )
    async def replace(
        request: Request[Any, Any, Any],
        tx: Tx,
        key: FromPath[str],
        data: JSONBody[Input],  # type: ignore[valid-type]
    ) -> Response[bytes]:
        """Replace a record whole, or create it under this key."""
        key = valid_key(noun, key) or ""
        return answer(noun, await service.replace(tx, noun, key, _own(noun, data), precondition(request)))

    @patch(
        "/{key:str}",
        guards=writing,
        operation_id=f"patch{name}",
        summary=f"Change fields of one of the {noun.name}",
        responses=written,
    )
    async def change(
        request: Request[Any, Any, Any], tx: Tx, key: FromPath[str], data: JSONBody[dict[str, Any]]
    ) -> Response[bytes]:
        """Change some fields of a record (JSON merge patch)."""
        key = valid_key(noun, key) or ""
        return answer(noun, await service.patch(tx, noun, key, data, precondition(request)))

    @delete(
        "/{key:str}", guards=writing, operation_id=f"delete{name}", summary=f"Delete one of the {noun.name}"
    )
    async def remove(request: Request[Any, Any, Any], tx: Tx, key: FromPath[str]) -> None:
        """Delete a record."""
        await service.remove(tx, noun, valid_key(noun, key) or "", precondition(request))

    return Router(
        f"/api/v1/{noun.name}", route_handlers=[page, one, create, replace, change, remove], tags=[name],
        opt={"noun": noun.name},
    )


def _with(noun: Noun, suffix: str, default: Any) -> type[Struct]:
    """Make the noun's struct with its derived fields: to be read, or to be sent back and passed over."""
    derived = [name for name in (*noun.derived, *BOOKKEEPING) if name not in noun.columns]
    kind = Any | UnsetType if default is UNSET else Any
    return msgspec.defstruct(
        f"{noun.struct.__name__}{suffix}",
        [(name, kind, default) for name in derived],
        bases=(noun.struct,),
        kw_only=True,
        forbid_unknown_fields=True,
    )


def _own(noun: Noun, data: Struct) -> Struct:
    """Take what is the client's to write."""
    return noun.struct(**{name: getattr(data, name) for name in noun.columns})


def answer(noun: Noun, saved: Saved) -> Response[bytes]:
    """Answer what became of a record that was written."""
    location = f"/api/v1/{noun.name}/{saved.key}"
    if saved.outcome == "held":
        body = msgspec.json.encode({"outcome": "held", "held": saved.key, "findings": saved.findings})
        return Response(
            body,
            status_code=202,
            media_type=MediaType.JSON,
            headers={"Location": f"/api/v1/held/{saved.key}"},
        )
    assert saved.json is not None
    return Response(
        saved.json.encode(),
        status_code=STATUS[saved.outcome],
        media_type=MediaType.JSON,
        headers={"Location": location, "ETag": etag(saved.json), "Forest-Outcome": saved.outcome},
    )


def valid_key(noun: Noun, key: str | None) -> str | None:
    """Give the key of an address in its canonical form.

    Raises:
        NotFound: it names nothing that there could be.

    """
    if key is not None and noun.key == "id":
        try:
            return str(UUID(key))
        except ValueError:
            raise NotFound(Text(f"标识 {key!r} 不是 UUID。", f"The key {key!r} is not a UUID.")) from None
    return key


def _next_query(request: Request[Any, Any, Any], after: str) -> str:
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "after"]
    return urlencode([*kept, ("after", after)])


def document_filters(paths: dict[str, PathItem]) -> None:
    """Write the filters of each noun's list into the OpenAPI document, from the noun's declaration."""
    for noun in nouns().values():
        listing = paths[f"/api/v1/{noun.name}"].get
        assert listing is not None and listing.parameters is not None
        listing.parameters += as_parameters(filter_words(noun))
    located = FILTER | {"bbox": "west,south,east,north in degrees"}
    for address, words in (
        ("/api/v1/statistics/{name}", located),
        ("/tiles/{layer}/{z}/{x}/{name}", located | {"datetime": "when the plots were planted"}),
    ):
        operation = paths[address].get
        assert operation is not None
        operation.parameters = [*(operation.parameters or []), *as_parameters(words)]


def filter_words(noun: Noun) -> dict[str, str]:
    """Say in words what a noun's records can be filtered by in an address."""
    words = {name: "this value, or one of several, comma-separated" for name in noun.filters}
    words |= FILTER
    words |= {"bbox": "west,south,east,north in degrees"} if noun.geometry else {}
    return words | ({"datetime": "2018, 2018-05, 2018-01-01/2018-12-31, ../2018"} if noun.happened else {})


def as_parameters(words: dict[str, str]) -> list[OpenApiParameter | Reference]:
    """Write query parameters for the OpenAPI document."""
    return [
        OpenApiParameter(name=name, param_in="query", description=text, schema=Schema(type=OpenAPIType.STRING))
        for name, text in words.items()
    ]


ROUTES = [router(noun) for noun in nouns().values()]
