"""A visit of one page, with every other host blocked."""

import base64
import time

from playwright.sync_api import Browser, Page, Route, ViewportSize

from maps import palettes

PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1440, "height": 900}


def until(page: Page, expression: str, seconds: float = 60) -> None:
    """Wait for an expression of the page to hold. (Playwright's own way needs eval, which our policy forbids.)"""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"not within {seconds} s: {expression}"
        page.wait_for_timeout(100)


COUNT = """async ([png, colors]) => {
  const bytes = Uint8Array.from(atob(png), (letter) => letter.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  let count = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (colors.some((c) => Math.hypot(c[0] - data[i], c[1] - data[i + 1], c[2] - data[i + 2]) < 30)) count += 1;
  }
  return count;
}"""


class Visit:
    """One page with every other host blocked; it remembers what was asked and what went wrong."""

    def __init__(self, browser: Browser, origin: str, viewport: ViewportSize, language: str) -> None:
        self.origin = origin
        self.context = browser.new_context(viewport=viewport, locale={"zh": "zh-CN", "en": "en-GB"}[language])
        self.page: Page = self.context.new_page()
        self.outside: list[str] = []
        self.errors: list[str] = []
        self.context.route("**/*", self._gate)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)

    def _gate(self, route: Route) -> None:
        if route.request.url.startswith((self.origin, "data:", "blob:")):
            route.continue_()
        else:
            self.outside.append(route.request.url)
            route.abort()

    def assert_clean(self) -> None:
        """Assert that no other host was asked, nothing failed, and nothing sticks out sideways."""
        self.page.wait_for_load_state()  # a width is a width once the style sheets are there
        assert self.outside == []
        assert self.errors == []
        widths = self.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert widths[0] <= widths[1], f"the page is {widths[0]} px wide in a window of {widths[1]} px"

    def assert_planted(self, selector: str, seconds: float = 20) -> None:
        """Wait until an element shows planted ground: tiles that have come are painted a little later."""
        deadline = time.monotonic() + seconds
        while (pixels := self.planted_pixels(selector)) <= 100:
            assert time.monotonic() < deadline, f"{selector} shows {pixels} pixels of planted ground"
            self.page.wait_for_timeout(250)

    def planted_pixels(self, selector: str) -> int:
        """Count the pixels of an element that have a colour of planted ground."""
        png = base64.b64encode(self.page.locator(selector).first.screenshot()).decode()
        colors = [[int(color[i : i + 2], 16) for i in (1, 3, 5)] for color in palettes.SEQUENCE]
        blank = self.context.new_page()
        try:
            return blank.evaluate(COUNT, [png, colors])
        finally:
            blank.close()
