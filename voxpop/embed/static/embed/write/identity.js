// As whom one writes: "Posting as NAME", or a guest's name and the two doors to an account.

import { announce, page } from "../page.js";
import { hangBell } from "./bell.js";
import { leave, mayLeave } from "./leaving.js";
import { element } from "./menu.js";
import { hangWatch } from "./people.js";
import { call, Refusal, say } from "./refusals.js";
import { askSite, hasSiteDoor } from "./site.js";
import { askForMail, becomeGuest, onSession, overlay, signIn, signOut, token, viewer } from "./viewer.js";
import { keep, newKey, recall } from "./store.js";

/**
 * @typedef {{name: string, email: string, mails: boolean}} Guest
 * @typedef {{node: HTMLElement, guest: () => Guest | null, enter: () => Promise<void>, showErrors: (errors: Record<string, string>) => void, end: () => void}} Identity
 */

/**
 * The row under an editor. `guest()` is what was typed into it, null when it is not complete.
 * @returns {Identity}
 */
export function identityRow() {
  const node = element("div", { class: "v-identity" });
  const draw = () => {
    const who = viewer();
    node.replaceChildren(...(who ? knownAs(who) : unknown()));
  };
  const end = onSession(draw);
  draw();
  hangBell(); // for whoever signs in here; the watch too
  hangWatch();
  const enter = async () => {
    const guest = typedGuest(node);
    if (guest) await becomeGuest(guest);
  };
  return { node, guest: () => typedGuest(node), enter, showErrors: (errors) => showErrors(node, errors), end };
}

/** @param {import("./viewer.js").Viewer} who */
function knownAs({ name, kind }) {
  const out = element("button", { type: "button", class: "v-link" }, say("sign_out"));
  out.addEventListener("click", () => void signOut());
  const [before = "", after = ""] = say("posting_as", { name: "\n" }).split("\n");
  const as = element("span", {}, before, element("bdi", { class: "v-me" }, name), after);
  // A frame on another's page cannot ask the browser for pushes; our own page can.
  if (kind === "user") return [as, notifications(), out];
  const mails = element("button", { type: "button", class: "v-link" }, say("mails"));
  mails.addEventListener("click", () => void askForMail());
  // False: he left an address and has not asked for mail to it.
  const others = kind === "guest" ? [myData(), door("login", say("sign_in"))] : [];
  return [as, ...(overlay.mails === false ? [mails] : []), ...others, out];
}

function notifications() {
  return element("a", { class: "v-link", href: "/home/settings/notices/#push", rel: "noopener" }, say("notify"));
}

/** To the page where a guest takes what he wrote with him, or has it erased; it is good for a day. */
function myData() {
  const button = element("button", { type: "button", class: "v-link" }, say("my_data"));
  button.addEventListener("click", async () => {
    // In the click itself: a window that is opened after a wait is blocked.
    const tab = open("about:blank", "_blank");
    try {
      if (!tab) throw new Refusal({ code: "popup", status: 400 });
      const { body } = await call("POST", "/me/privacy", { token: token(), key: newKey() });
      tab.location.replace(`${body.url}?lang=${document.documentElement.lang}`);
    } catch (problem) {
      tab?.close();
      if (!(problem instanceof Refusal)) throw problem;
      showErrors(/** @type {HTMLElement} */ (button.closest(".v-identity")), { door: problem.words });
    }
  });
  return button;
}

function unknown() {
  const site = hasSiteDoor() ? [element("p", { class: "v-doors" }, siteDoor())] : [];
  if (page.settings.sso === "only") return site.length ? site : [element("p", { class: "v-doors" }, say("no_sso_required"))];
  const words = say(page.settings.guests ? "doors_or_guest" : "doors").split(/(\{in\}|\{up\})/);
  const doors = element("p", { class: "v-doors" });
  for (const part of words) {
    if (part === "{in}") doors.append(door("login", say("sign_in")));
    else if (part === "{up}") doors.append(door("signup", say("sign_up")));
    else doors.append(part);
  }
  return page.settings.guests ? [...site, doors, ...guestFields()] : [...site, doors];
}

/** To the sign-in of the site around the frame. */
function siteDoor() {
  const label = say("site_in", { name: page.settings.name });
  const button = element("button", { type: "button", class: "v-button is-door" }, label);
  button.addEventListener("click", async () => {
    try {
      await askSite();
    } catch (problem) {
      if (!(problem instanceof Refusal)) throw problem;
      showErrors(/** @type {HTMLElement} */ (button.closest(".v-identity")), { door: problem.words });
    }
  });
  return button;
}

/**
 * @param {"login" | "signup"} way
 * @param {string} label
 */
function door(way, label) {
  const button = element("button", { type: "button", class: "v-link" }, label);
  button.addEventListener("click", async () => {
    try {
      await signIn(way);
    } catch (problem) {
      if (!(problem instanceof Refusal)) throw problem;
      const row = /** @type {HTMLElement} */ (button.closest(".v-identity") ?? button.parentElement);
      showErrors(row, { door: problem.words });
      if (problem.code === "popup" && mayLeave()) offerToLeave(row, way);
    }
  });
  return button;
}

/**
 * The same on a full page: this tab leaves, and comes back with the draft where it was.
 * @param {HTMLElement} row
 * @param {"login" | "signup"} way
 */
function offerToLeave(row, way) {
  row.querySelector(".v-leave")?.remove();
  const button = element("button", { type: "button", class: "v-button v-leave" }, say("full_page"));
  const place = row.closest("form")?.dataset["place"] ?? "";
  button.addEventListener("click", () => leave(way, place));
  row.append(button);
}

function guestFields() {
  /** @type {{name: string, email: string}} */
  const last = recall("guest-fields") ?? { name: "", email: "" };
  const name = field("name", say("name"), { autocomplete: "nickname", maxlength: "60" });
  const isNeeded = page.settings.guest_proof === "required";
  const isProved = (page.settings.guest_proof ?? "off") !== "off";
  const email = field("email", say(isNeeded ? "email_needed" : "email"), { type: "email", autocomplete: "email", maxlength: "254" });
  email.input.required = isNeeded;
  name.input.value = last.name;
  email.input.value = last.email;
  const why = element("small", { class: "v-why", id: unique("why") }, say(isProved ? "email_proof" : "email_why"));
  email.input.setAttribute("aria-describedby", why.id);
  email.label.append(why);
  const mails = element("input", { type: "checkbox", name: "mails" });
  const tick = element("label", { class: "v-tick" }, mails, say("mails"));
  tick.hidden = !last.email;
  for (const { input } of [name, email]) {
    input.addEventListener("input", () => {
      tick.hidden = !email.input.value;
      keep("guest-fields", { name: name.input.value, email: email.input.value });
      clearError(input);
    });
  }
  return [element("div", { class: "v-fields" }, name.label, email.label), tick];
}

/**
 * @param {string} name
 * @param {string} words
 * @param {Record<string, string>} attributes
 */
function field(name, words, attributes) {
  const input = element("input", { type: "text", name, ...attributes });
  return { input, label: element("label", {}, element("span", {}, words), input) };
}

/** @param {HTMLElement} node */
function typedGuest(node) {
  const name = /** @type {HTMLInputElement | null} */ (node.querySelector("input[name=name]"));
  const email = /** @type {HTMLInputElement | null} */ (node.querySelector("input[name=email]"));
  if (!name || !email) return null;
  if (!name.value.trim()) showErrors(node, { name: say("no_name") });
  else if (!email.validity.valid) showErrors(node, { email: say("no_email") });
  else return { name: name.value.trim(), email: email.value.trim(), mails: isTicked(node, email) };
  return null;
}

/**
 * @param {HTMLElement} node
 * @param {HTMLInputElement} email
 */
function isTicked(node, email) {
  const mails = /** @type {HTMLInputElement | null} */ (node.querySelector("input[name=mails]"));
  return Boolean(mails?.checked && email.value.trim());
}

/**
 * @param {HTMLElement} node
 * @param {Record<string, string>} errors by field; the first one gets the focus
 */
function showErrors(node, errors) {
  for (const [name, words] of Object.entries(errors).reverse()) {
    const input = /** @type {HTMLInputElement | null} */ (node.querySelector(`input[name="${name}"]`));
    if (input) clearError(input);
    const note = element("small", { class: "v-bad", id: unique("bad") }, words);
    (input?.parentElement ?? node).append(note);
    input?.setAttribute("aria-invalid", "true");
    input?.setAttribute("aria-errormessage", note.id);
    input?.focus();
    announce(words);
  }
}

/** @param {HTMLInputElement} input */
function clearError(input) {
  input.removeAttribute("aria-invalid");
  input.removeAttribute("aria-errormessage");
  input.parentElement?.querySelector(".v-bad")?.remove();
}

let count = 0;

/** @param {string} stem */
function unique(stem) {
  count += 1;
  return `v-${stem}-${count}`;
}
