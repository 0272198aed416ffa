"""Somebody with a browser: what he does to the comments of a page, in his own words."""

from playwright.sync_api import BrowserContext, FrameLocator, Locator, Page, expect


class Person:
    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self._listen(self.page)
        context.on("page", self._listen)

    def _listen(self, page: Page) -> None:
        """Whatever a page complains of (errors, refused policies) is for the test to see."""
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console",
            lambda said: self.complaints.append(said.text) if _is_complaint(said.text) else None,
        )

    def visit(self, address: str) -> None:
        """Open the page and wait until its comments can be read and its buttons answer."""
        self.page.goto(address)
        composer = self.embed.locator("#composer")
        expect(composer).to_be_visible()
        # Whoever clicks before the scripts have run is led to the page that needs none.
        frame = composer.element_handle().owner_frame()
        assert frame is not None
        frame.wait_for_load_state("domcontentloaded")

    @property
    def embed(self) -> FrameLocator:
        return self.page.frame_locator("iframe[src*='/embed/']")

    def comment(self, text: str) -> Locator:
        """The comment on the page that says `text`."""
        return self.embed.locator("article.c").filter(has=self.embed.get_by_text(text, exact=True))

    def write(self, text: str, *, name: str = "") -> None:
        """A new comment at the top of the thread; as a guest under `name` where one is asked."""
        self.embed.locator("#composer [data-act=write], #composer textarea").first.click()
        self._fill(self.embed.locator("#composer form"), text, name)

    def reply(self, to: str, text: str, *, name: str = "") -> None:
        self.comment(to).locator("[data-act=reply]").click()
        form = self.embed.locator("form.v-composer[aria-label^='Reply']")
        self._fill(form, text, name)

    def _fill(self, form: Locator, text: str, name: str) -> None:
        form.locator("textarea").fill(text)
        if name:
            form.locator("input[name=name]").fill(name)
        form.locator("button[type=submit]").click()

    def choose(self, text: str, choice: str) -> None:
        """An entry of the menu of the comment that says `text`."""
        self.comment(text).locator("[data-act=menu]").click()
        self.embed.get_by_role("menuitem", name=choice, exact=True).click()

    def sees(self, text: str, seconds: float = 10) -> None:
        """Wait until the comment is there; what is only offered is asked for."""
        offered = self.embed.locator("#offer button")
        shown = self.comment(text)
        expect(shown.or_(offered).first).to_be_visible(timeout=seconds * 1000)
        if shown.count() == 0:
            offered.click()
        expect(shown).to_be_visible()

    def misses(self, text: str, seconds: float = 10) -> None:
        expect(self.comment(text)).to_have_count(0, timeout=seconds * 1000)


def _is_complaint(text: str) -> bool:
    words = ("TrustedHTML", "Trusted Type", "Content Security Policy", "Uncaught")
    return any(word in text for word in words)
