"""A crew with an office that speaks HTTP, and a phone of it: real Chromium with a profile that survives being killed."""

import json
import time
import urllib.request
from pathlib import Path
from typing import Any
from uuid import uuid4

from playwright.sync_api import BrowserContext, BrowserType, Page, ViewportSize, expect

from tests.browser.visiting import PHONE, until

FIX_MS = 1300
"""Chromium loses fixes that follow each other faster than about a second."""
START = (104.9, 37.45)
LOCALES = {"zh": "zh-CN", "en": "en-GB"}


class Office:
    """The office of one crew: what it puts in, and what it reads back."""

    def __init__(self, origin: str, administrator: str, workers: int) -> None:
        self.origin, self.token = origin, administrator
        self.programme = self.crew = f"f{uuid4().hex[:8]}"
        names = {"code": self.programme, "name_zh": "腾格里锁边林", "name_en": "Tengger shelter belt"}
        self.ask("POST", "/programmes", names)
        crew = {"code": self.crew, "programme": self.programme, "name_zh": "造林三队", "name_en": "Crew three"}
        self.ask("POST", "/crews", crew)
        for number in range(1, workers + 1):
            who = {"name": f"工人{number:02d}"}
            self.ask("POST", "/workers", {"number": f"{self.crew}-{number:02d}", "crew": self.crew, "identity": who})
        lon, lat = START[0] + 0.01, START[1]
        ring = [[lon, lat], [lon + 0.004, lat], [lon + 0.004, lat + 0.003], [lon, lat + 0.003], [lon, lat]]
        plot = {"programme": self.programme, "number": "TG-001", "lifecycle": "planted"}
        self.ask("POST", "/plots", plot | {"boundary": {"type": "Polygon", "coordinates": [ring]}})

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Ask the API as the administrator."""
        request = urllib.request.Request(
            f"{self.origin}/api/v1{path}", None if body is None else json.dumps(body).encode(), method=method,
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"} | headers,
        )  # fmt: skip
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def device(self, label: str = "phone") -> dict[str, Any]:
        """Make a phone of the crew; give its enrolment."""
        return self.ask("POST", "/devices", {"crew": self.crew, "label": label})["enrolment"]

    def of(self, noun: str) -> list[dict[str, Any]]:
        """List what there is of a noun in the programme."""
        return self.ask("GET", f"/{noun}?programme={self.programme}&limit=1000")["items"]

    def patch(self, noun: str, record: dict[str, Any], **changes: Any) -> None:
        """Change a record in the office."""
        self.ask("PATCH", f"/{noun}/{record['id']}", changes, **{"If-Match": f'"{record["revision"]}"'})


class FieldPhone:
    """One phone. `kill` ends its browser at once, `start` opens it again with what its storage holds."""

    def __init__(self, kind: BrowserType, chromium: str, profile: Path, origin: str, language: str = "zh") -> None:
        self.kind, self.chromium, self.profile = kind, chromium, profile
        self.origin, self.language = origin, language
        self.outside: list[str] = []
        self.errors: list[str] = []
        self.place = START
        self.context: BrowserContext
        self.page: Page

    def start(self, *, is_offline: bool = False, screen: str = "day", viewport: ViewportSize = PHONE) -> None:
        """Start the browser and open the app."""
        self.context = self.kind.launch_persistent_context(
            str(self.profile), executable_path=self.chromium, viewport=viewport, locale=LOCALES[self.language],
            args=["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"], has_touch=True,
            permissions=["geolocation"], geolocation={"longitude": self.place[0], "latitude": self.place[1], "accuracy": 4},
        )  # fmt: skip
        self.context.set_offline(is_offline)
        self.page = self.context.pages[0]
        self.page.on("request", lambda request: self._heard(request.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(f"{self.origin}/field#{screen}")
        self.ready()

    def _heard(self, url: str) -> None:
        if not url.startswith((self.origin, "data:", "blob:")):
            self.outside.append(url)

    def ready(self) -> None:
        """Wait until the app has started."""
        until(self.page, "document.documentElement.dataset.ready === 'yes'")

    def kill(self) -> None:
        """End the browser, whatever the app was doing."""
        self.context.close()

    def enrol(self, enrolment: dict[str, Any]) -> None:
        """Enrol by the link of the QR code, and wait until the app can start without a network."""
        self.page.goto(enrolment["url"].replace(enrolment["url"].split("/field")[0], self.origin))
        self.page.reload()
        self.ready()
        self.page.locator(".enrol .primary").click()
        expect(self.page.locator(".person").first).to_be_visible(timeout=30_000)
        until(self.page, "navigator.serviceWorker.controller !== null")

    def go(self, screen: str) -> None:
        """Open a screen by its address."""
        self.page.evaluate("screen => { location.hash = screen; }", f"#{screen}")
        until(self.page, f"document.body.dataset.screen === '{screen.partition('/')[0]}'")

    def walk(self, *places: tuple[float, float]) -> None:
        """Move, place by place."""
        for self.place in places:
            lon, lat = self.place
            self.context.set_geolocation({"longitude": lon, "latitude": lat, "accuracy": 4})
            self.page.wait_for_timeout(FIX_MS)

    def kept(self, store: str) -> list[dict[str, Any]]:
        """Read a store of the phone."""
        return self.page.evaluate(
            """async (name) => (await import("/field/files/store.js")).read([name], (tx) => tx[name].all())""", store
        )

    def sync(self) -> None:
        """Sync now, and wait for the end of it."""
        self.page.evaluate("""async () => { const s = await import("/field/files/sync.js"); await s.sync(); await s.askAll(); }""")

    def states(self) -> dict[str, int]:
        """Count the operations on the phone by their state."""
        found: dict[str, int] = {}
        for item in self.kept("outbox"):
            found[item["state"]] = found.get(item["state"], 0) + 1
        return found

    def settle(self, seconds: float = 40) -> None:
        """Wait until everything has been answered and every photo is sent."""
        end = time.monotonic() + seconds
        while "waiting" in self.states() or any(file["state"] != "sent" for file in self.kept("files")):
            assert time.monotonic() < end, self.states()
            self.page.wait_for_timeout(200)

    def take_photo(self, picture: Path, seconds: float = 30) -> None:
        """Take a photo, and wait until it is kept with its place, or without one after some seconds."""
        before = len(self.kept("files"))
        self.page.set_input_files("input[name=photo]", picture)
        end = time.monotonic() + seconds
        while len(files := self.kept("files")) == before or any(file["state"] == "draft" for file in files):
            assert time.monotonic() < end
            self.page.wait_for_timeout(200)

    def set_default(self, rate_yuan: int) -> None:
        """Say what everybody is paid today."""
        self.page.locator(".base").click()
        self.page.get_by_label({"zh": "单价", "en": "Rate"}[self.language], exact=True).fill(str(rate_yuan))
        self.page.locator("dialog .primary").click()

    def set_hours(self, row: int, hours: float) -> None:
        """Make an exception for one person."""
        self.page.locator(".person .more").nth(row).click()
        self.page.locator("dialog .stepper input").first.fill(str(hours))
        self.page.locator("dialog .primary").click()

    def assert_clean(self) -> None:
        """Assert that no other host was asked, nothing failed, and nothing sticks out sideways."""
        assert self.outside == [] and self.errors == []
        widths = self.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert widths[0] <= widths[1], f"the page is {widths[0]} px wide in a window of {widths[1]} px"
