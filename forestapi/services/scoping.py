"""The application's own guard over single records: another programme's or crew's is as if it were not there."""

from collections.abc import Sequence

from forestapi.access import out_of_scope
from forestapi.db.transaction import Transaction
from forestapi.errors import NotFound
from forestapi.records import Document, Noun
from forestapi.store import scopes
from geo.text import Text


async def check(tx: Transaction, noun: Noun, documents: Sequence[Document]) -> None:
    """See that a token only writes what it is for.

    Raises:
        NotFound: one of the records is there already, out of the token's reach.
        Forbidden: one would belong to a programme or crew that the token is not for.

    """
    await reach(tx, noun, [str(document[noun.key]) for document in documents])
    strange = await scopes.foreign(tx, noun, documents)
    if strange:
        raise out_of_scope(strange)


async def reach(tx: Transaction, noun: Noun, keys: Sequence[str]) -> None:
    """See that records with these keys, if there are any, are within the token's reach.

    Raises:
        NotFound: one is not.

    """
    hidden = await scopes.out_of_reach(tx, noun, keys)
    if hidden:
        raise NotFound(Text(f"没有{noun.title.zh} {hidden}。", f"There is no record {hidden} among {noun.name}."))
