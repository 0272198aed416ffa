"""An owner drops his export on the page, sees what it would bring, starts it, and it is there."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from bench.disqus_export import write_export
from tests.browser.harness.product import HOST, Product

pytestmark = pytest.mark.browser
IMPORT = f"{HOST}/home/forums/moving/import/"
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
DAMAGED = '<post dsq:id="7"><message>x</message><createdAt>never</createdAt></post></disqus>'


@pytest.fixture
def export(tmp_path: Path) -> Path:
    file = tmp_path / "moving-2024.xml"
    with file.open("w", encoding="utf-8") as out:
        write_export(out, comments=1500, pages=12, site="https://magazine.test", forum="moving")
    file.write_text(file.read_text(encoding="utf-8").replace("</disqus>", DAMAGED), "utf-8")
    return file


@pytest.fixture
def page(context: BrowserContext, product: Product) -> Page:
    """The page of an owner who has signed in by the link that the command printed."""
    made = product.create_forum("moving", "https://magazine.test", owner="moving@magazine.test")
    page = context.new_page()
    page.goto(made["sign_in"])
    page.locator("main button").click()
    page.wait_for_url("**/home/**")
    return page


def drop(page: Page, file: Path) -> None:
    """As a person drops a file: with its bytes, on the zone."""
    data = page.evaluate_handle(
        """([name, text]) => {
          const data = new DataTransfer();
          data.items.add(new File([text], name, { type: "text/xml" }));
          return data;
        }""",
        [file.name, file.read_text(encoding="utf-8")],
    )
    page.dispatch_event("#drop", "drop", {"dataTransfer": data})


def faults(page: Page) -> list[str]:
    page.evaluate(AXE.read_text())
    found = page.evaluate("async () => (await axe.run()).violations")
    return [json.dumps({each["id"]: each["nodes"][0]["html"]}) for each in found]


def test_from_the_drop_to_the_thread(page: Page, export: Path) -> None:
    page.goto(IMPORT)
    assert not faults(page)
    drop(page, export)

    expect(page.get_by_text("This is what would come")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("its date cannot be read")).to_be_visible()
    assert not faults(page)
    page.get_by_role("button", name="Import 1,500 comments").click()

    expect(page.get_by_text("It is all in")).to_be_visible(timeout=120_000)
    page.get_by_role("link", name="The last tram home").first.click()
    expect(page.get_by_role("heading", name="The last tram home").first).to_be_visible()
    expect(page.locator("article").first).to_be_visible()

    page.goto(IMPORT)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the export").click()
    lines = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
    assert json.loads(lines[-1])["counts"]["comment"] == 1500
