"""Payments and the wage ledger: what is due, deducted, paid and owed, who may see it, and what is never erased soon."""

import io
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import openpyxl
import pytest
from litestar.testing import AsyncTestClient

from forestapi.db.transaction import transaction
from forestapi.errors import Conflict
from forestapi.services import people
from forestapi.services.wages import mask
from forestapi.settings import Settings
from tests.http.test_fences import CANARY, crews, fences, headers_of  # noqa: F401  (fixtures)
from tests.samples import PROGRAMME, key, shift, worker

Headers = dict[str, str]
ASK = "crew=crew-1&month=2018-04"
ACCOUNT = "6222020000001111"


def payment(index: int, worker: int = 1, /, wage: float = 100, **others: Any) -> dict[str, Any]:
    """Write a payment in cash of one wage."""
    return {
        "id": key(40_000 + index), "worker": key(20_000 + worker), "programme": PROGRAMME["code"], "crew": f"crew-{worker if worker < 3 else 1}",
        "month": "2018-04", "items": [{"item": "wage", "amount_yuan": wage}], "net_yuan": wage, "paid_on": "2018-05-05",
        "method": "cash", **others,
    }  # fmt: skip


@pytest.fixture
async def crew(client: AsyncTestClient, as_administrator: Headers) -> AsyncTestClient:
    """Put a crew of two with work in two months into the ledger; some of it waits, one payment is made in part."""
    for noun, record in (
        ("programmes", {**PROGRAMME, "sponsor": "公益林场"}),
        ("crews", {"code": "crew-1", "programme": "tengger", "name_zh": "一组"}),
        ("workers", worker(1, crew="crew-1", number="W-1", identity={"name": "王小明", "id_number": "620521198001010011", "account": ACCOUNT})),
        ("workers", worker(2, crew="crew-1", number="W-2", identity={"name": "=cmd|'/c calc'!A1"})),
        ("shifts", shift(1, 1, crew="crew-1", wage_yuan=160.55, rate_yuan=160.55)),
        ("shifts", shift(2, 1, work_date="2018-04-03", crew="crew-1", hours=7.5, pay_basis="hour", quantity=7.5, rate_yuan=20, wage_yuan=150)),
        ("shifts", shift(3, 1, work_date="2018-05-03", crew="crew-1")),
        ("shifts", shift(4, 1, work_date="2018-04-04", crew="crew-1", status="submitted")),
        ("shifts", shift(5, 1, work_date="2018-04-05", crew="crew-1", is_paid=False, wage_yuan=0)),
        ("shifts", shift(6, 2, crew="crew-1", pay_basis="piece", quantity=600, rate_yuan=0.28, wage_yuan=168)),
        ("payments", payment(1, 1, 200, items=[{"item": "wage", "amount_yuan": 200}, {"item": "bonus", "amount_yuan": 20.1}],
                             deductions=[{"item": "social_insurance", "amount_yuan": 10.1}], net_yuan=210, reference="T-1", method="bank")),
        ("payments", payment(2, 2, 170, crew="crew-1")),
    ):  # fmt: skip
        answer = await client.post(f"/api/v1/{noun}", json=record, headers=as_administrator)
        assert answer.status_code == 201, answer.text
    return client


async def test_a_ledger_adds_up_and_owes_to_the_fen(crew: AsyncTestClient, as_administrator: Headers) -> None:
    made = (await crew.get(f"/api/v1/wages?{ASK}", headers=as_administrator)).json()
    first, second = made["lines"]
    assert (first["days"], first["shifts"], first["hours"], first["due_yuan"]) == (2, 2, 15.5, 310.55)
    assert (first["awaiting_shifts"], first["awaiting_yuan"]) == (1, 160)
    assert (first["items_yuan"], first["deducted_yuan"], first["net_yuan"]) == (220.1, 10.1, 210)
    assert (first["settled_yuan"], first["arrears_yuan"], first["overpaid_yuan"]) == (200, 110.55, 0)
    assert (second["arrears_yuan"], second["overpaid_yuan"]) == (0, 2)
    assert [(r["pay_basis"], r["quantity"], r["rate_yuan"]) for r in second["rates"]] == [("piece", 600, 0.28)]
    total = made["total"]
    assert (total["due_yuan"], total["arrears_yuan"], total["overpaid_yuan"], total["net_yuan"]) == (478.55, 110.55, 2, 380)
    assert made["employer"] == "公益林场" and first["name"] is None and first["id_number"] is None


async def test_the_statistic_agrees_now_and_as_known_then(crew: AsyncTestClient, as_administrator: Headers, as_analyst: Headers) -> None:
    address = "/api/v1/statistics/wages?by=month"
    before = (await crew.get(address, headers=as_analyst)).json()
    rows = {row["month"]: row for row in before["rows"]}
    april = rows["2018-04"]
    assert (april["due_yuan"], april["settled_yuan"], april["arrears_yuan"], april["overpaid_yuan"]) == (478.55, 370, 110.55, 2)
    assert (april["workers"], april["unpaid_workers"], rows["2018-05"]["arrears_yuan"]) == (2, 1, 160)
    assert before["total"]["arrears_yuan"] == 270.55 and before["total"]["net_yuan"] == 380
    await crew.post("/api/v1/payments", json=payment(3, 1, 110.55, crew="crew-1"), headers=as_administrator)
    now = (await crew.get(address, headers=as_analyst)).json()
    assert now["total"]["arrears_yuan"] == 160
    snapshot = before["snapshot"].replace("+", "%2B")
    then = (await crew.get(f"{address}&as_of={snapshot}", headers=as_analyst)).json()
    assert (then["rows"], then["total"]) == (before["rows"], before["total"])
    moved = await crew.get(f"/api/v1/statistics/wages/movement?from={snapshot}", headers=as_analyst)
    assert moved.status_code == 200, moved.text
    assert moved.json()["records_moved"] == 1 and moved.json()["records"][0]["history"][0]["action"] == "create"
    assert (await crew.get(address)).status_code == 401


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"net_yuan": 99.99}, 422, "net_yuan"), ({"net_yuan": -1}, 422, "net_yuan"), ({"month": "2018-13"}, 422, "month"),
        ({"items": []}, 422, "items"), ({"items": [{"item": "wage", "amount_yuan": -5}], "net_yuan": 0}, 422, "net_yuan"),
        ({"items": [{"item": "gift", "amount_yuan": 100}]}, 422, "items[0].item"), ({"method": "barter"}, 422, "method"),
        ({"items": [{"item": "wage", "amount_yuan": "NaN"}], "net_yuan": "NaN"}, 422, "net_yuan"),
        ({"items": [{"item": "wage", "amount_yuan": 1e300}], "net_yuan": 1e300}, 400, None),
        ({"deductions": [{"item": "tax", "amount_yuan": 200}], "net_yuan": -100}, 422, "net_yuan"),
        ({"photo": "../../etc/passwd"}, 422, "photo"), ({"account": ACCOUNT}, 422, "account"), ({"worker": key(29_999)}, 422, "worker"),
    ],
)  # fmt: skip
async def test_a_payment_that_cannot_be_is_refused_by_its_field(
    crew: AsyncTestClient, as_administrator: Headers, changes: dict[str, Any], status: int, field: str | None
) -> None:
    answer = await crew.post("/api/v1/payments", json=payment(9, 1, **changes) if "net_yuan" in changes or "items" in changes
                             else payment(9, 1) | changes, headers=as_administrator)  # fmt: skip
    assert answer.status_code == status, answer.text
    if field:
        assert answer.json()["problems"][0]["field"] == field, answer.text


async def test_one_transfer_is_one_payment_and_a_payment_leaves_with_a_reason(
    crew: AsyncTestClient, as_administrator: Headers, as_recorder: Headers
) -> None:
    again = await crew.post("/api/v1/payments", json=payment(5, 1, reference="T-1"), headers=as_administrator)
    assert again.status_code in (409, 422) and again.json()["problems"][0]["field"] == "reference"
    same = await crew.post("/api/v1/payments", json=payment(2, 2, 170, crew="crew-1"), headers=as_administrator)
    assert same.status_code == 200
    address = f"/api/v1/payments/{key(40_002)}"
    assert (await crew.delete(address, headers=as_recorder)).status_code == 403
    assert (await crew.delete(address, headers=as_administrator)).status_code == 422
    why = {**as_administrator, "Forest-Reason": "entered%20twice"}
    assert (await crew.delete(address, headers=why)).status_code == 204
    history = (await crew.get(f"{address}/history", headers=as_administrator)).json()
    assert [(e["action"], e["reason"]) for e in history["items"]][-1] == ("delete", "entered twice")
    changed = await crew.patch(f"/api/v1/payments/{key(40_001)}", json={"remarks": "checked"}, headers=as_administrator)
    assert changed.status_code == 200 and changed.json()["items"][0]["amount_yuan"] == 200


async def test_a_bookkeepers_sheet_is_payments_row_by_row_once_and_overwrites_none(
    crew: AsyncTestClient, settings: Settings, as_administrator: Headers
) -> None:
    sheet = (
        "工号,班组,月份,应发工资,奖金,代扣社保,实发,发放日期,支付方式,流水号\n"
        "W-1,一组,2018年4月,110.55,,,110.55,2018-06-01,银行转账,T-2\n"
        "W-2,crew-1,2018-05,,,,12.5,2018/6/1,现金,\n"
        "W-1,一组,2018-04,200,20.1,10.1,999,2018-05-05,bank,T-3\n"
        "W-9,一组,2018-04,1,,,1,2018-05-05,bank,T-4\n"
        "W-1,一组,2018-04,1,,,1,2018-05-05,bank,T-1\n"
        "W-1,一组,2018-04,110.55,,,110.55,2018-06-01,银行转账,T-2\n"
        "W-2,一组,2018-04,一百,,,1,2018-05-05,bank,T-5\n"
    )

    async def send(text: str, headers: Headers = as_administrator, **query: Any) -> Any:
        files = {"file": ("payments.csv", text.encode())}
        return await crew.post("/api/v1/imports/payments", files=files, params={"programme": "tengger", **query}, headers=headers)

    would, first, again = [(await send(sheet, dry_run=dry)).json() for dry in (True, False, False)]
    said = [(row["outcome"], row["rule"]) for row in first["rows"]]
    assert said == [
        ("created", None), ("created", None), ("refused", "payment-constraint"), ("refused", "payment-worker-unknown"),
        ("refused", "payment-constraint"), ("refused", "payment-repeated"), ("refused", "payment-amount"),
    ], first["rows"]  # fmt: skip
    assert would["counts"] == first["counts"] and [row["outcome"] for row in again["rows"]][:2] == ["unchanged"] * 2
    made = (await crew.get("/api/v1/payments?month=2018-05", headers=as_administrator)).json()["items"]
    assert [(p["net_yuan"], p["items"][0]["amount_yuan"], p["method"], p["crew"]) for p in made] == [(12.5, 12.5, "cash", "crew-1")]
    await crew.patch(f"/api/v1/payments/{made[0]['id']}", json={"paid_on": "2018-06-02"}, headers=as_administrator)
    assert [row["rule"] for row in (await send(sheet)).json()["rows"]][1] == "payment-differs"
    assert (await send(sheet, await headers_of(settings, "crew_leader", crew="crew-1"))).status_code == 403


async def test_names_and_accounts_are_read_by_role_and_logged(crew: AsyncTestClient, settings: Settings, as_administrator: Headers) -> None:
    leader = await headers_of(settings, "crew_leader", crew="crew-1")
    for role in ("analyst", "auditor", "recorder"):
        headers = await headers_of(settings, role)
        assert (await crew.get(f"/api/v1/wages?{ASK}", headers=headers)).status_code == 200
        assert (await crew.get(f"/api/v1/wages?{ASK}&names=true", headers=headers)).status_code == 403
        assert (await crew.get(f"/api/v1/wages/notice?{ASK}", headers=headers)).status_code == 403
    named = (await crew.get(f"/api/v1/wages?{ASK}&names=true", headers=leader)).json()["lines"]
    assert named[0]["name"] == "王小明" and named[0]["account"] is None
    why = {"Forest-Reason": "pay%20day"}
    assert (await crew.get(f"/api/v1/wages?{ASK}&identities=true", headers=leader | why)).status_code == 403
    assert (await crew.get(f"/api/v1/wages?{ASK}&identities=true", headers=as_administrator)).status_code == 400
    full = (await crew.get(f"/api/v1/wages?{ASK}&identities=true", headers=as_administrator | why)).json()["lines"]
    assert full[0]["account"] == ACCOUNT and full[0]["id_number"] == "620521198001010011"
    entries = (await crew.get("/api/v1/access-log", headers=as_administrator)).json()["items"]
    assert {(e["role"], e["action"], e["reason"]) for e in entries} == {
        ("crew_leader", "read name", "wage ledger crew-1 2018-04"), ("administrator", "read", "pay day")
    }  # fmt: skip
    assert len(entries) == 4


async def test_pages_and_workbook_say_the_same_and_escape(crew: AsyncTestClient, as_administrator: Headers, settings: Settings) -> None:
    sheet = await crew.get(f"/api/v1/wages/sheet?{ASK}", headers=as_administrator)
    assert sheet.status_code == 200 and "script-src" not in sheet.headers["content-security-policy"]
    for text in ("农民工工资支付表", "王小明", "310.55", "110.55", "公益林场", "T-1", "社会保险", "本人签字"):
        assert text in sheet.text, text
    assert "=cmd|&#39;/c calc&#39;!A1" in sheet.text and "620521" not in sheet.text and "http" not in sheet.text
    english = await crew.get(f"/api/v1/wages/sheet?{ASK}&lang=en", headers=as_administrator)
    assert "Wage sheet" in english.text and "Signature" in english.text
    book = await crew.get(f"/api/v1/wages/workbook?{ASK}", headers=as_administrator)
    rows = list(openpyxl.load_workbook(io.BytesIO(book.content))["2018-04"].iter_rows())
    heads = [cell.value for cell in rows[0]]
    values = dict(zip(heads, (cell.value for cell in rows[1]), strict=True))
    assert (values["姓名"], values["应发工资"], values["欠付"]) == ("王小明", 310.55, 110.55) and "身份证号" not in heads
    name = rows[2][heads.index("姓名")]
    assert name.value == "=cmd|'/c calc'!A1" and name.data_type == "s"
    leader = await headers_of(settings, "crew_leader", crew="crew-1")
    assert (await crew.get(f"/api/v1/wages/workbook?{ASK}", headers=leader)).status_code == 403


async def test_the_notice_is_minimised(crew: AsyncTestClient, as_administrator: Headers) -> None:
    made = (await crew.get(f"/api/v1/wages/notice?{ASK}", headers=as_administrator)).json()
    assert set(made) == {"programme_name", "crew_name", "month", "made_at", "workers", "net_yuan", "is_synthetic"}
    assert sorted(w["name"] for w in made["workers"]) == ["=*1", "王*明"]
    assert all(set(each) == {"name", "days", "net_yuan"} for each in made["workers"])
    page = (await crew.get(f"/api/v1/wages/notice?{ASK}&format=html", headers=as_administrator)).text
    assert "王*明" in page and "小明" not in page and "W-1" not in page and ACCOUNT not in page
    assert (await crew.get("/api/v1/wages/notice?crew=none&month=2018-04", headers=as_administrator)).status_code == 404
    assert (await crew.get("/api/v1/wages/notice?crew=crew-1&month=April", headers=as_administrator)).status_code == 400


@pytest.mark.parametrize(
    ("name", "masked"),
    [("王小明", "王*明"), ("王明", "王*"), ("欧阳小明", "欧*明"), ("Batu", "B*u"), ("乌", "*"), ("", "*"), (None, "*"), ("  ", "*")],
)
def test_names_are_masked(name: str | None, masked: str) -> None:
    assert mask(name) == masked


async def test_payments_keep_to_their_crew_with_either_fence(
    client: AsyncTestClient, settings: Settings, as_administrator: Headers, crews: None, fences: str  # noqa: F811
) -> None:
    for number, code in ((1, "tengger"), (2, "other")):
        sent = await client.post("/api/v1/payments", json=payment(number, number, programme=code), headers=as_administrator)
        assert sent.status_code == 201, sent.text
    public = await client.get("/api/v1/payments")
    assert public.status_code in (401, 404) or public.json()["items"] == []
    leader = await headers_of(settings, "crew_leader", crew="crew-1")
    manager = await headers_of(settings, "programme_administrator", programmes=["tengger"])
    for headers in (leader, manager):
        listed = (await client.get("/api/v1/payments", headers=headers)).json()["items"]
        assert [each["id"] for each in listed] == [key(40_001)]
        assert (await client.get(f"/api/v1/payments/{key(40_002)}", headers=headers)).status_code == 404
        assert (await client.get("/api/v1/wages?crew=crew-2&month=2018-04", headers=headers)).status_code == 404
    refused = await client.post("/api/v1/payments", json=payment(3, 1), headers=leader)
    assert refused.status_code in (403, 404), refused.text
    foreign = await client.post("/api/v1/payments", json=payment(4, 2, programme="other"), headers=manager)
    assert foreign.status_code in (403, 404), foreign.text
    if fences == "database only":
        named = await client.get("/api/v1/wages?crew=crew-1&month=2018-04&identities=true", headers=leader | {"Forest-Reason": "look"})
        assert CANARY not in named.text  # the ciphertext of identities is out of a crew leader's reach


async def test_nobody_is_erased_while_wage_records_are_kept(
    crew: AsyncTestClient, pool: asyncpg.Pool, settings: Settings, as_administrator: Headers
) -> None:
    recent = payment(7, 1, paid_on=str(date.today()), crew="crew-1")
    assert (await crew.post("/api/v1/payments", json=recent, headers=as_administrator)).status_code == 201
    ledger = people.erasures(settings.data)
    async with transaction(pool, "test") as tx:
        with pytest.raises(Conflict, match="erased after"):
            await people.erase(tx, UUID(key(20_001)), "asked for", ledger)
        with pytest.raises(Conflict):  # the work of 2018 is within a hundred years
            await people.erase(tx, UUID(key(20_002)), "asked for", ledger, 100)
        await people.erase(tx, UUID(key(20_002)), "asked for", ledger)
    for statement in (
        "update people.sealed_identity set wrapped = null, sealed = null, sealed_name = null, digest = null, erased_at = now() where worker = $1",
        "delete from people.sealed_identity where worker = $1",
    ):
        with pytest.raises(asyncpg.CheckViolationError, match="are kept until"):
            async with transaction(pool, "test") as tx:
                await tx.run(statement, UUID(key(20_001)))
    named = (await crew.get(f"/api/v1/wages?{ASK}&names=true", headers=as_administrator)).json()["lines"]
    assert [line["name"] for line in named] == ["王小明", None] and named[1]["due_yuan"] == 168
