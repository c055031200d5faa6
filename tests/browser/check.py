"""Uses a report as a reader would: opens it, searches, filters, follows the graph; and looks for anything amiss.

Usage: check.py REPORT CHROMIUM [SCREENSHOTS]
"""

import pathlib
import sys
import time

from playwright.sync_api import sync_playwright

report, chromium = pathlib.Path(sys.argv[1]), sys.argv[2]
pictures = pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else None


def expect(holds, what):
    if not holds:
        sys.exit(f"check failed: {what}")


def visible(page):
    return page.locator("details.change[id]:not(.hidden)").count()


def check(page):
    noise = []
    page.on("console", lambda message: noise.append(message.text))
    page.on("pageerror", lambda error: noise.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith(("file:", "data:")) else noise.append(request.url))

    began = time.monotonic()
    page.goto(report.as_uri(), wait_until="load")
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    opened = time.monotonic() - began
    expect(opened < 1.0, f"it took {opened:.2f} s to open")

    whole = visible(page)
    expect(whole > 0, "there are changes")
    expect(page.locator("#count").inner_text() == f"{whole} of {whole} shown", "all are counted")

    # Search by keyboard.
    name = page.locator("details.change[id] summary .name").first.inner_text()
    page.keyboard.press("/")
    page.keyboard.type(name)
    expect(0 < visible(page) < whole or whole == 1, f"the search for {name} narrows the list: {visible(page)}")
    expect(name in page.locator("details.change[id]:not(.hidden)").first.inner_text(), "what was searched is shown")
    page.keyboard.type(" no such word")
    expect(visible(page) == 0, "nothing has a word that is not there")
    page.keyboard.press("Escape")
    expect(visible(page) == whole, "Escape shows all again")

    # Filters.
    for box in page.locator("input[data-kind]").all():
        kind = box.get_attribute("data-kind")
        has = page.locator(f"details.change[id][data-kind={kind}]").count()
        expect(has > 0, f"there is something of kind {kind}")
        box.uncheck()
        expect(visible(page) == whole - has, f"without {kind} the others are shown")
        box.check()
    page.locator("#open").click()
    expect(page.locator("details.change[id][open]").count() == whole, "all are open")
    page.locator("#close").click()
    expect(page.locator("details.change[id][open]").count() == 0, "all are closed")

    # The graph: each node leads to its change.
    nodes = page.locator("svg a")
    expect(nodes.count() == whole, f"every change is drawn: {nodes.count()}")
    last = nodes.nth(whole - 1)
    last.scroll_into_view_if_needed()
    last.locator("[data-node]").hover()
    expect(page.locator("svg .node.chosen").count() == 1, "a node under the pointer is chosen")
    last.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(f"#change-{whole - 1}[open]", timeout=5000)
    expect(page.evaluate("document.activeElement.parentElement.id") == f"change-{whole - 1}", "and goes to it")

    # Every control can be reached by the keyboard, and nothing is wider than the window.
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.tagName"))
    expect({"search", "open", "close", "SUMMARY"} <= reached or whole > 40, f"the keyboard reaches {reached}")
    expect(page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page is no wider than the window")
    expect(not noise, f"the console stays silent: {noise}")
    return whole, opened


def contrast(page):
    """The least contrast of text against the page, by the formula of WCAG."""
    return page.evaluate(
        """() => {
        const luminance = (c) => {
            const [r, g, b] = c.match(/[\\d.]+/g).map(Number).map((v) => v / 255)
                .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const page = luminance(getComputedStyle(document.body).backgroundColor);
        let least = 21;
        for (const element of document.querySelectorAll("h1, h2, p, .tag, .soft, summary .name")) {
            const ink = luminance(getComputedStyle(element).color);
            least = Math.min(least, (Math.max(ink, page) + 0.05) / (Math.min(ink, page) + 0.05));
        }
        return least;
    }"""
    )


with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
    for scheme in ["light", "dark"]:
        context = browser.new_context(color_scheme=scheme, viewport={"width": 1100, "height": 800}, offline=True)
        page = context.new_page()
        whole, opened = check(page)
        least = contrast(page)
        expect(least >= 4.5, f"{scheme}: text can be read: contrast {least:.1f}")
        if pictures:
            pictures.mkdir(parents=True, exist_ok=True)
            page.evaluate("scrollTo(0, 0)")
            page.screenshot(path=pictures / f"{scheme}.png")
            page.screenshot(path=pictures / f"{scheme}-whole.png", full_page=True)
        print(f"{scheme}: {whole} changes, open after {opened * 1000:.0f} ms, contrast at least {least:.1f}")
        context.close()
    context = browser.new_context(viewport={"width": 1100, "height": 800})
    page = context.new_page()
    page.goto(report.as_uri())
    paper = page.pdf(format="A4")
    expect(len(paper) > 10_000, "it can be printed")
    if pictures:
        (pictures / "paper.pdf").write_bytes(paper)
        page.set_viewport_size({"width": 390, "height": 800})
        page.screenshot(path=pictures / "narrow.png")
    browser.close()
