"""Three crews in two programmes, with words planted in their rows by which any leak is told, and who may see which."""

from typing import Any, NamedTuple

import asyncpg
from litestar.testing import AsyncTestClient

from forestapi.access import Scope
from forestapi.records import MANAGERS
from forestapi.services import tokens
from forestapi.settings import Settings
from tests.samples import key, plot, shift, square, worker

Headers = dict[str, str]
CREWS = {1: ("crew-1", "tengger"), 2: ("crew-2", "tengger"), 3: ("crew-3", "other")}
"""Number -> crew and programme. Tokens with a scope are for the first."""


class Sender(NamedTuple):
    """Who sends a request."""

    role: str
    scope: Scope = Scope()

    def __str__(self) -> str:
        limits = (self.scope.crew, *(self.scope.programmes or ()))
        return " ".join((self.role, *(limit for limit in limits if limit)))

    def reaches(self, number: int) -> bool:
        """Whether rows of a crew are within the sender's reach."""
        crew, programme = CREWS[number]
        is_ours = self.scope.programmes is None or programme in self.scope.programmes
        return is_ours and self.scope.crew in (None, crew)


_HOME = ("tengger",)
SENDERS = [
    Sender("public"),
    Sender("crew_leader", Scope(_HOME, "crew-1")),
    Sender("recorder", Scope(_HOME, "crew-1")),
    Sender("recorder", Scope(_HOME)),
    Sender("programme_administrator", Scope(_HOME)),
    Sender("analyst", Scope(_HOME)),
    Sender("auditor", Scope(_HOME)),
    Sender("administrator"),
    Sender("analyst"),
    Sender("auditor"),
]


class Canary(NamedTuple):
    """A planted word: whose, and of which kind (`name`, `person`, `programme`, `staff`)."""

    number: int
    kind: str

    def is_seen_by(self, sender: Sender, path: str) -> bool:
        """Whether an answer under this path may hold it."""
        if sender.role == "public":
            return False
        if self.kind == "staff":
            return True
        if self.kind == "programme":
            return sender.scope.programmes is None or CREWS[self.number][1] in sender.scope.programmes
        if not sender.reaches(self.number):
            return False
        if self.kind == "name":
            is_of_a_crew = path.endswith("/roster") and sender.scope.crew is not None
            is_on_phones = path == "/odk/forms/{form}/media/{name}" and sender.role in MANAGERS | {"crew_leader"}
            return is_of_a_crew or is_on_phones or (path.endswith("/identity") and sender.role in MANAGERS)
        return True


class Planted:
    """What was planted: canaries by their text, and the keys of each crew's records by noun."""

    def __init__(self) -> None:
        self.canaries: dict[str, Canary] = {}
        self.keys: dict[int, dict[str, str]] = {number: {} for number in CREWS}
        self.documents: dict[tuple[int, str], dict[str, Any]] = {}

    def word(self, number: int, name: str, kind: str) -> str:
        """Make a word that is found nowhere else."""
        text = f"canary{name}{number}z"
        self.canaries[text] = Canary(number, kind)
        return text

    def id(self, number: int, noun: str, text: str) -> str:
        """Take a record's key for a canary too."""
        self.keys[number][noun] = text
        self.canaries[text] = Canary(number, "person")
        return text


async def plant(settings: Settings, client: AsyncTestClient) -> Planted:
    """Put the crews in through the API, as an administrator would."""
    planted = Planted()
    headers = await headers_of(settings, Sender("administrator"))
    for code in dict.fromkeys(programme for _, programme in CREWS.values()):
        await _post(client, headers, "programmes", {"code": code, "name_zh": code, "name_en": code})
    for number in CREWS:
        await _plant(planted, client, headers, number)
    async with _connected(settings) as connection:
        for number in CREWS:
            submission = await connection.fetchval("select id::text from forest.submission where file_name like $1", f"%{number}z%")
            planted.id(number, "imports", submission)
    return planted


async def _plant(planted: Planted, client: AsyncTestClient, headers: Headers, number: int) -> None:
    crew, programme = CREWS[number]

    def word(name: str, kind: str = "person") -> str:
        return planted.word(number, name, kind)

    wage = 7000.13 + number
    planted.canaries[f"{wage:.2f}"] = Canary(number, "person")
    ids = {
        "households": planted.id(number, "households", key(50_000 + number)),
        "workers": planted.id(number, "workers", key(20_000 + number)),
        "shifts": planted.id(number, "shifts", key(30_000 + number)),
        "payments": planted.id(number, "payments", key(60_000 + number)),
    }
    planted.keys[number] |= {"crews": crew, "programmes": programme, "plots": key(number), "surveys": key(40_000 + number),
                             "plantings": key(10_000 + number)}  # fmt: skip
    identity = {name: word(name, "name") for name in ("name", "phone", "account")} | {"id_number": word("idnumber", "name")}
    work = {"programme": programme, "crew": crew, "starts_at": "08:00:00", "ends_at": "16:00:00", "plot": key(number)}
    records = [
        ("crews", {"code": crew, "programme": programme, "name_zh": word("crew")}),
        ("households", {"id": ids["households"], "number": word("household")}),
        ("workers", worker(number, crew=crew, household=ids["households"], number=word("worker"), identity=identity)),
        ("plots", plot(number, programme=programme, attributes={"owner": word("owner", "staff")})),
        ("plantings", {"id": key(10_000 + number), "plot": key(number), "kind": "new", "started_on": "2018-04-01"}),
        ("surveys", {"id": key(40_000 + number), "plot": key(number), "surveyed_on": "2018-09-01", "stage": "first_season",
                     "sample_holes": 100, "live_holes": 90, "checker": word("checker", "staff"), "remarks": word("remark", "staff")}),
        ("shifts", shift(number, number, **work, recorder=word("recorder"), rate_yuan=wage, wage_yuan=wage)),
        ("payments", {"id": ids["payments"], "worker": ids["workers"], "programme": programme, "crew": crew, "month": "2018-04",
                      "items": [{"item": "wage", "amount_yuan": wage}], "net_yuan": wage, "paid_on": "2018-05-05",
                      "method": "bank", "reference": word("reference"), "recorder": word("payer")}),
    ]  # fmt: skip
    for noun, record in records:
        planted.documents[number, noun] = record
        await _post(client, headers, noun, record)
    held = shift(1000 + number, number, **{**work, "number": 2}, recorder=word("held"), wage_yuan=wage, rate_yuan=wage)
    bow_tie = square(100 + number)
    bow_tie["coordinates"][0][1:3] = reversed(bow_tie["coordinates"][0][1:3])
    crossed = plot(1000 + number, bow_tie, programme=programme, attributes={"owner": word("heldplot", "programme")})
    planted.keys[number]["held"] = (await _post(client, headers, "shifts", held, 202))["held"]
    planted.canaries[planted.keys[number]["held"]] = Canary(number, "person")
    planted.keys[number]["held plot"] = (await _post(client, headers, "plots", crossed, 202))["held"]
    sheet = f"工号,日期,工种\n{word('sheetworker')},not-a-date,planting\n".encode()
    answer = await client.post(
        f"/api/v1/imports/shifts?programme={programme}",
        files={"file": (f"{word('sheet')}.csv", sheet, "text/csv")}, headers=headers,
    )  # fmt: skip
    assert answer.json()["correction_file"], answer.text
    phone = await _post(client, headers, "devices", {"crew": crew, "label": word("phone")})
    planted.id(number, "devices", phone["id"])
    reading = {**headers, "Forest-Reason": word("reading")}
    seen = await client.get(f"/api/v1/workers/{ids['workers']}/identity", headers=reading)
    assert seen.status_code == 200, seen.text


async def _post(client: AsyncTestClient, headers: Headers, noun: str, record: Any, status: int = 201) -> Any:
    answer = await client.post(f"/api/v1/{noun}", json=record, headers=headers)
    assert answer.status_code == status, (noun, answer.text)
    return answer.json()


async def headers_of(settings: Settings, sender: Sender) -> Headers:
    """Make a token for a sender; the public has none."""
    if sender.role == "public":
        return {}
    async with _connected(settings) as connection:
        secret = await tokens.create(
            connection, sender.role, f"test {sender}",
            programmes=[] if sender.scope.crew else sender.scope.programmes or [], crew=sender.scope.crew,
        )  # fmt: skip
    return {"Authorization": f"Bearer {secret}"}


class _connected:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    async def __aenter__(self) -> asyncpg.Connection:
        self.connection = await asyncpg.connect(self.settings.database_url)
        return self.connection

    async def __aexit__(self, *_: Any) -> None:
        await self.connection.close()
