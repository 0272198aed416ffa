"""The doors to an account: passkeys with a device's lock, codes by e-mail, a second factor, and the
full page where the window is blocked; third-party cookies refused, storage partitioned."""

import base64
import hashlib
import hmac
import re
import struct
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.browser.harness.person import Person
from tests.browser.harness.product import HOST, Product
from tests.browser.test_accounts import posting_as, sign_up
from tests.browser.test_being_told import fits_and_is_accessible

pytestmark = pytest.mark.browser
People = Callable[..., Person]
HostPage = Callable[..., str]
PHONE = {"viewport": {"width": 360, "height": 740}, "bypass_csp": True}
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def with_device(page: Page, credentials: list[dict] | None = None) -> tuple[CDPSession, str]:
    """A device whose lock the tests can open; with the passkeys it has already."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    made = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    device: str = made["authenticatorId"]
    for credential in credentials or []:
        devtools.send(
            "WebAuthn.addCredential", {"authenticatorId": device, "credential": credential}
        )
    return devtools, device


def passkeys_of(devtools: CDPSession, device: str) -> list[dict]:
    kept = devtools.send("WebAuthn.getCredentials", {"authenticatorId": device})
    found: list[dict] = kept["credentials"]
    return found


def code_in(letter: str) -> str:
    code = re.search(r"^\s*([A-Z0-9]{4}-[A-Z0-9]{4})\s*$", letter, re.MULTILINE)
    assert code, letter
    return code.group(1)


def open_door(person: Person, name: str) -> Page:
    with person.page.expect_popup() as opened:
        person.embed.get_by_role("button", name=name, exact=True).click()
    return opened.value


def test_a_passkey_and_nothing_else_on_two_sites(
    people: People, host_page: HostPage, product: Product
) -> None:
    pia = people(bypass_csp=True)
    pia.visit(host_page("magazine.test"))
    pia.embed.locator("#composer [data-act=write]").click()
    popup = open_door(pia, "create an account")
    devtools, _ = with_device(popup)
    kept: list[dict] = []
    devtools.on("WebAuthn.credentialAdded", lambda told: kept.append(told["credential"]))
    popup.get_by_role("link", name="Use a passkey, no password").click()
    popup.locator("input[name=name]").fill("Pia Passkey")
    popup.locator("input[name=email]").fill("pia@reader.test")
    fits_and_is_accessible(popup)
    popup.get_by_role("button", name="Continue").click()
    popup.locator("input[name=code]").fill(code_in(product.letter_to("pia@reader.test")))
    popup.get_by_role("button", name="Confirm").click()
    fits_and_is_accessible(popup)
    with popup.expect_event("close"):
        popup.get_by_role("button", name="Make the passkey").click()
    expect(posting_as(pia)).to_have_text("Pia Passkey")

    # On her account's page she proves herself by it, and adds the passkey of another device.
    page = pia.context.new_page()
    devtools, phone = with_device(page, kept)
    page.goto(f"{HOST}/accounts/2fa/")
    expect(page.get_by_text("Your passkey signs you in; so does a code by e-mail.")).to_be_visible()
    page.get_by_role("link", name="Add a passkey").click()
    fits_and_is_accessible(page)
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_label("Name").fill("Work laptop")
    devtools.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": phone})
    _, laptop = with_device(page)
    fits_and_is_accessible(page)
    page.get_by_role("button", name="Make the passkey").click()
    page.wait_for_url("**/recovery-codes/")
    expect(page.locator(".codes li")).to_have_count(10)
    fits_and_is_accessible(page)
    work = passkeys_of(devtools, laptop)

    # In another browser, on another site: one click and the device's lock.
    away = people()
    away.visit(host_page("blog.test"))
    away.embed.locator("#composer [data-act=write]").click()
    popup = open_door(away, "Sign in")
    with_device(popup, work)
    with popup.expect_event("close"):
        popup.get_by_role("button", name="Use a passkey").click()
    expect(posting_as(away)).to_have_text("Pia Passkey")

    page.goto(f"{HOST}/accounts/2fa/")
    fits_and_is_accessible(page)
    page.locator("li", has_text="Work laptop").get_by_role("link", name="Remove").click()
    page.get_by_role("button", name="Remove the passkey").click()
    expect(page.get_by_text("Work laptop")).to_have_count(0)
    assert pia.complaints == []


@pytest.mark.long
def test_without_a_password_a_code_by_mail_opens(
    people: People, host_page: HostPage, product: Product
) -> None:
    cody = people(**PHONE)
    cody.visit(host_page())
    cody.embed.locator("#composer [data-act=write]").click()
    popup = open_door(cody, "create an account")
    fits_and_is_accessible(popup)
    popup.locator("input[name=name]").fill("Cody Mailcode")
    popup.locator("input[name=email]").fill("cody@reader.test")
    popup.get_by_role("button", name="Create the account").click()
    popup.wait_for_url("**/confirm-email/")
    popup.locator("input[name=code]").fill(code_in(product.letter_to("cody@reader.test")))
    with popup.expect_event("close"):
        popup.get_by_role("button", name="Confirm").click()
    expect(posting_as(cody)).to_have_text("Cody Mailcode")

    later = people(**PHONE)
    later.visit(host_page())
    later.embed.locator("#composer [data-act=write]").click()
    popup = open_door(later, "Sign in")
    fits_and_is_accessible(popup)
    popup.get_by_role("link", name="Get a code by e-mail").click()
    popup.locator("input[name=email]").fill("cody@reader.test")
    popup.get_by_role("button", name="Send the code").click()
    fits_and_is_accessible(popup)
    popup.locator("input[name=code]").fill(code_in(product.letter_to("cody@reader.test")))
    with popup.expect_event("close"):
        popup.get_by_role("button", name="Confirm").click()
    expect(posting_as(later)).to_have_text("Cody Mailcode")


@pytest.mark.long
def test_an_authenticator_app_and_a_recovery_code(
    people: People, host_page: HostPage, product: Product
) -> None:
    tom = people(**PHONE)
    tom.visit(host_page())
    sign_up(tom, product, "tom@reader.test", "Tom Totp")
    expect(posting_as(tom)).to_have_text("Tom Totp")
    page = tom.context.new_page()
    page.goto(f"{HOST}/accounts/2fa/")
    page.get_by_role("link", name="Set it up").click()
    page.locator("input[name=password]").fill("correct horse battery")
    fits_and_is_accessible(page)
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator(".qr svg path")).to_be_visible()
    fits_and_is_accessible(page)
    secret = page.locator(".secret").inner_text()
    page.locator("input[name=code]").fill(totp(secret))
    page.get_by_role("button", name="Turn it on").click()
    page.wait_for_url("**/recovery-codes/")
    recovery = page.locator(".codes code").first.inner_text()

    other = people(**PHONE)
    other.page.goto(f"{HOST}/accounts/login/")
    other.page.locator("input[name=login]").fill("tom@reader.test")
    other.page.locator("input[name=password]").fill("correct horse battery")
    other.page.get_by_role("button", name="Sign in", exact=True).click()
    other.page.wait_for_url("**/2fa/authenticate/")
    fits_and_is_accessible(other.page)
    other.page.locator("input[name=code]").fill("000000")
    other.page.get_by_role("button", name="Sign in", exact=True).click()
    expect(other.page.get_by_text("Incorrect code.")).to_be_visible()
    other.page.locator("input[name=code]").fill(recovery)
    other.page.get_by_role("button", name="Sign in", exact=True).click()
    other.page.wait_for_url("**/home/")


BLOCKED = "window.open = () => null"


def test_a_blocked_window_is_a_full_page_and_back_to_the_draft(
    people: People, host_page: HostPage, product: Product
) -> None:
    address = host_page()
    first = product.post(address, "Say something.", token=product.guest("Asker"))
    bea = people(viewport=PHONE["viewport"])
    bea.visit(address)
    bea.page.frames[1].evaluate(BLOCKED)
    bea.comment("Say something.").locator("[data-act=reply]").click()
    form = bea.embed.locator("form.v-composer[aria-label^='Reply']")
    form.locator("textarea").fill("A long answer that must not be lost.")
    form.get_by_role("button", name="create an account").click()
    form.get_by_role("button", name="Sign in on a full page").click()

    bea.page.wait_for_url(f"{HOST}/accounts/signup/**")
    kept = {each["name"]: each["value"] for each in bea.context.cookies(HOST)}
    assert kept["__Host-lang"] == "en"
    bea.page.locator("input[name=name]").fill("Bea Blocked")
    bea.page.locator("input[name=email]").fill("bea@reader.test")
    bea.page.locator("input[name=password1]").fill("correct horse battery")
    bea.page.get_by_role("button", name="Create the account").click()
    bea.page.wait_for_url("**/confirm-email/**")
    bea.page.locator("input[name=code]").fill(code_in(product.letter_to("bea@reader.test")))
    bea.page.get_by_role("button", name="Confirm").click()

    bea.page.wait_for_url(f"{address}#voxpop-{first}")
    expect(form.locator(".v-me")).to_have_text("Bea Blocked")
    expect(form.locator("textarea")).to_have_value("A long answer that must not be lost.")
    expect(form).to_be_in_viewport()
    form.locator("button[type=submit]").click()
    answer = bea.comment("A long answer that must not be lost.")
    expect(answer.locator(".who")).to_have_text("Bea Blocked")

    # Signed in on our origin already: on the second site it is out and back by itself.
    second = host_page("blog.test")
    bea.visit(second)
    bea.page.frames[1].evaluate(BLOCKED)
    bea.embed.locator("#composer [data-act=write]").click()
    bea.embed.locator("#composer textarea").fill("And here.")
    bea.embed.get_by_role("button", name="Sign in", exact=True).click()
    bea.embed.get_by_role("button", name="Sign in on a full page").click()
    bea.page.wait_for_url(f"{second}#voxpop-write")
    expect(posting_as(bea)).to_have_text("Bea Blocked")
    expect(bea.embed.locator("#composer textarea")).to_have_value("And here.")
    assert bea.complaints == []


def test_a_page_cannot_send_its_reader_to_be_signed_in_for_itself(
    people: People, host_page: HostPage, product: Product
) -> None:
    """A forum of its own and a challenge of its own: the browser says who asks, and that is all."""
    eve = people()
    eve.visit(host_page())
    sign_up(eve, product, "eve@reader.test", "Eve Victim")
    expect(posting_as(eve)).to_have_text("Eve Victim")
    product.create_forum("trap", "https://evil.test", owner="evil@evil.test")
    form = (
        f"<form method=post action='{HOST}/accounts/page/'>"
        f"<input name=challenge value='{'A' * 43}'><input name=forum value=trap>"
        "<input name=url value='https://evil.test/loot'><input name=at value=write>"
        "<input name=way value=login><button>Win</button></form>"
    )
    eve.page.goto(host_page("evil.test", form, {"Content-Security-Policy": ""}))
    eve.page.get_by_role("button", name="Win").click()
    expect(eve.page.get_by_text("This has to be done on our own pages").first).to_be_visible()
    eve.page.goto(f"{HOST}/accounts/page/")
    expect(eve.page.get_by_text("This window was opened wrongly").first).to_be_visible()


def test_a_token_that_ended_is_renewed_unseen_and_everywhere_means_everywhere(
    people: People, host_page: HostPage, product: Product
) -> None:
    ron = people()
    address = host_page()
    ron.visit(address)
    sign_up(ron, product, "ron@reader.test", "Ron Renewed")
    expect(posting_as(ron)).to_have_text("Ron Renewed")
    frame = ron.page.frames[1]
    kept = "JSON.parse(localStorage.getItem('voxpop:account'))"
    before = frame.evaluate(f"{kept}.token")
    # As if half an hour had gone by: the frame renews before it sends anything.
    frame.evaluate(
        f"localStorage.setItem('voxpop:account', JSON.stringify({{...{kept}, until: Date.now()}}))"
    )
    ron.write("Half an hour later.")
    expect(ron.comment("Half an hour later.").locator(".who")).to_have_text("Ron Renewed")
    assert frame.evaluate(f"{kept}.token") != before

    page = ron.context.new_page()
    page.goto(f"{HOST}/home/signed-in/")
    page.get_by_role("button", name="Sign out everywhere else").click()
    expect(page.get_by_text("You are signed out on every site")).to_be_visible()
    ron.embed.locator("#composer textarea").fill("Am I still here?")
    ron.embed.locator("#composer button[type=submit]").click()
    expect(ron.embed.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    expect(ron.embed.locator("#composer textarea")).to_have_value("Am I still here?")


def totp(secret: str) -> str:
    """The six digits that an app shows now (RFC 6238)."""
    key = base64.b32decode(secret)
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    place = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[place : place + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"
