"""A push is shown by the service worker of our own origin, and leads to what it is about."""

import json
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.harness.person import Person
from tests.browser.harness.product import HOST, Product
from tests.browser.test_accounts import sign_up

pytestmark = pytest.mark.browser
People = Callable[..., Person]
HostPage = Callable[..., str]

# No push service of a maker is reached from here: the address that it would give is given, and what
# it would bring is delivered by the browser's own tools. All else is real.
STANDS_IN = """
PushManager.prototype.subscribe = async function () {
  globalThis.subscribed = this;
  const key = await crypto.subtle.generateKey({name: "ECDH", namedCurve: "P-256"}, true, ["deriveBits"]);
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", key.publicKey));
  const text = (bytes) => btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const keys = {p256dh: text(raw), auth: text(new Uint8Array(16))};
  return {toJSON: () => ({endpoint: "https://updates.push.services.mozilla.com/wpush/v2/x", keys})};
};
"""  # noqa: E501

# A click on what the system shows cannot be made here: the worker is told of one. What it opened,
# and whether the notification went.
CLICKED = """async (path) => {
  const seen = [];
  self.clients.openWindow = async (address) => seen.push(address);
  const notification = {data: path === "none" ? null : {path}, close: () => seen.push("closed")};
  const click = new ExtendableEvent("notificationclick");
  Object.defineProperty(click, "notification", {value: notification});
  const waited = [];
  click.waitUntil = (work) => waited.push(work);
  self.dispatchEvent(click);
  await Promise.all(waited);
  return seen;
}"""
# Where a notification leads: to a page of ours, and nowhere else, whatever was in the push.
LEADS = {
    "/c/1": ["closed", f"{HOST}/c/1"],
    "/home/inbox/?a=b#c": ["closed", f"{HOST}/home/inbox/?a=b#c"],
    "none": ["closed", f"{HOST}/home/inbox/"],
    "https://evil.example/": ["closed"],
    "//evil.example/c/1": ["closed"],
    "/\\evil.example/": ["closed"],
    "\\\\evil.example": ["closed"],
    f"{HOST}@evil.example/": ["closed"],
    f"{HOST}.evil.example/": ["closed"],
    "javascript:alert(1)": ["closed"],
    "data:text/html,x": ["closed"],
}


def test_a_push_is_shown_and_leads_home(
    people: People, host_page: HostPage, product: Product
) -> None:
    ida = people()
    ida.visit(host_page())
    sign_up(ida, product, "petra@reader.test", "Petra Push")
    ida.context.grant_permissions(["notifications"], origin=HOST)
    ida.context.add_init_script(STANDS_IN)
    page = ida.context.new_page()
    tools = ida.context.new_cdp_session(page)
    registrations: list[str] = []
    tools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: registrations.extend(
            each["registrationId"] for each in told["registrations"] if not each["isDeleted"]
        ),
    )
    tools.send("ServiceWorker.enable")
    page.goto(f"{HOST}/home/settings/notices/")
    page.get_by_role("button", name="Turn on in this browser").click()
    expect(page.get_by_text("Pushes are on in this browser.")).to_be_visible()
    expect(page.get_by_text("Firefox")).to_be_visible()

    told = {"title": "Max replied to you", "body": "I have.", "path": "/c/1", "tag": "t1"}
    for title in ("Max replied to you", "Eve and 1 other replied to you"):
        tools.send(
            "ServiceWorker.deliverPushMessage",
            {
                "origin": HOST,
                "registrationId": registrations[-1],
                "data": json.dumps({**told, "title": title}),
            },
        )
    shown = """async () => (await (await navigator.serviceWorker.getRegistration("/home/"))
        .getNotifications()).map((each) => [each.title, each.body, each.data.path])"""
    until = time.monotonic() + 10
    while len(found := page.evaluate(shown)) != 1 or found[0][0] == told["title"]:
        assert time.monotonic() < until, found
        page.wait_for_timeout(100)
    # The newer one took the older one's place.
    assert found == [["Eve and 1 other replied to you", "I have.", "/c/1"]]

    (worker,) = ida.context.service_workers
    for path, opened in LEADS.items():
        assert worker.evaluate(CLICKED, path) == opened, path
    page.get_by_role("button", name="Turn off").click()
    expect(page.get_by_text("Pushes are off in that browser.")).to_be_visible()
    assert ida.complaints == []
