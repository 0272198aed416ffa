// Sharing a comment: plain links, this device's own sheet, the code of its frame. Nobody is asked for
// anything before it is clicked, and a link says by which way it was shared and nothing else.

import { announce, page } from "../page.js";
import { ask, element, note, openMenu } from "./menu.js";
import { say } from "./refusals.js";
import { keep, recall } from "./store.js";

/** @typedef {import("./menu.js").Choice} Choice */

const QUOTED = 140; // characters of a comment in what is posted about it
const SERVER = "mastodon"; // under which the reader's own server is kept

/** The same as voxpop/pages/networks.py. @type {[string, string, string][]} */
const NETWORKS = [
  ["bluesky", "Bluesky", "https://bsky.app/intent/compose?text={text}%0A{link}"],
  ["x", "X", "https://x.com/intent/post?text={text}&url={link}"],
  ["facebook", "Facebook", "https://www.facebook.com/sharer/sharer.php?u={link}"],
  ["reddit", "Reddit", "https://www.reddit.com/submit?url={link}&title={text}"],
  ["whatsapp", "WhatsApp", "https://wa.me/?text={text}%0A{link}"],
  ["telegram", "Telegram", "https://t.me/share/url?url={link}&text={text}"],
];
const MASTODON = "/share?text={text}%0A{link}";
const MAIL = "mailto:?subject={text}&body={link}";

/**
 * The ways to share a comment, under its button.
 * @param {HTMLElement} comment
 * @param {HTMLElement} button
 */
export function openShare(comment, button) {
  /** @param {string} way @param {string} address */
  const filled = (way, address) => fill(comment, way, address);
  /** @type {Choice[]} */
  const choices = [{ label: say("copy_link"), run: () => void copyLink(comment) }];
  if (hasSheet()) choices.push({ label: say("share_sheet"), run: () => void openSheet(comment) });
  choices.push(
    { label: say("share_mail"), href: filled("mail", MAIL) },
    { label: "Mastodon", run: () => void toMastodon(comment) },
    ...NETWORKS.map(([way, label, address]) => ({ label, href: filled(way, address) })),
    { label: say("share_embed"), run: () => void copy(comment, code(comment), say("share_code"), say("share_embed")) },
  );
  openMenu(button, say("share"), choices);
}

/**
 * The link to the comment on the publisher's own page: it says nothing of having been shared.
 * @param {HTMLElement} comment
 */
export function copyLink(comment) {
  const link = `${page.host.url.split("#")[0]}#voxpop-${idOf(comment)}`;
  return copy(comment, link, say("copied"), say("copy_link"));
}

/**
 * Into the clipboard; a frame may be refused it, and a selected field never is.
 * @param {HTMLElement} comment
 * @param {string} text
 * @param {string} done
 * @param {string} name
 */
async function copy(comment, text, done, name) {
  try {
    await navigator.clipboard.writeText(text);
    note(comment, done);
  } catch {
    const field = element("input", { class: "v-shared", readonly: "", value: text, "aria-label": name });
    field.addEventListener("blur", () => field.remove());
    comment.append(field);
    field.select();
    announce(say("copy_this"));
  }
}

/** Whether this device has a sheet of its own, and the page around us lets us open it. */
function hasSheet() {
  const policy = /** @type {any} */ (document).featurePolicy;
  const isKnown = Boolean(policy?.features().includes("web-share"));
  return Boolean(navigator.share) && (!isKnown || policy.allowsFeature("web-share"));
}

/** @param {HTMLElement} comment */
async function openSheet(comment) {
  try {
    await navigator.share({ text: text(comment), url: link(comment, "sheet") });
  } catch (problem) {
    // Closed again is no trouble; refused is: then the link can be copied.
    if (/** @type {Error} */ (problem).name !== "AbortError") await copyLink(comment);
  }
}

/**
 * Mastodon is many servers: asks for the reader's own, and keeps it in this frame.
 * @param {HTMLElement} comment
 */
async function toMastodon(comment) {
  const field = element("input", { name: "server", "aria-label": say("share_server"), placeholder: "mastodon.social", value: recall(SERVER) ?? "", inputmode: "url", autocapitalize: "none" });
  const words = { question: say("share_server"), yes: say("share"), no: say("cancel"), isCalm: true };
  const answer = await ask(comment, words, field);
  const server = serverOf(String(answer?.get("server") ?? ""));
  if (!server) return;
  keep(SERVER, server);
  open(`https://${server}${fill(comment, "mastodon", MASTODON)}`, "_blank", "noopener");
}

/**
 * The host in what somebody typed: a name, an address, or a whole handle.
 * @param {string} typed
 */
function serverOf(typed) {
  const host = typed.trim().replace(/^https?:\/\//i, "").replace(/^.*@/, "").split("/")[0] ?? "";
  return /^[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)+$/u.test(host) ? host.toLowerCase() : "";
}

/**
 * @param {HTMLElement} comment
 * @param {string} way
 * @param {string} address
 */
function fill(comment, way, address) {
  const values = { link: encodeURIComponent(link(comment, way)), text: encodeURIComponent(text(comment)) };
  return address.replace(/\{(link|text)\}/g, (_, name) => values[/** @type {"link" | "text"} */ (name)]);
}

/** @param {HTMLElement} comment @param {string} way */
function link(comment, way) {
  return `${location.origin}/c/${idOf(comment)}/?from=${way}`;
}

/** @param {HTMLElement} comment */
function text(comment) {
  const said = (comment.querySelector(".body")?.textContent ?? "").trim().replace(/\s+/g, " ");
  const quoted = said.length > QUOTED ? `${said.slice(0, QUOTED).trimEnd()} …` : said;
  const name = comment.querySelector(".who bdi")?.textContent ?? "";
  return [`“${quoted}” ${name}`, page.host.title].filter(Boolean).join(": ");
}

/** @param {HTMLElement} comment */
function code(comment) {
  const frame = element("iframe", {
    title: text(comment),
    width: "600",
    height: String(Math.min(640, Math.max(170, comment.querySelector(".body")?.clientHeight ?? 0) + 150)),
    loading: "lazy",
    style: "border:0;max-width:100%",
    sandbox: "allow-popups allow-popups-to-escape-sandbox",
  });
  const html = frame.outerHTML; // never in the page, so nothing is loaded by it
  return html.replace("<iframe", `<iframe src="${location.origin}/c/${idOf(comment)}/frame"`);
}

/** @param {HTMLElement} comment */
function idOf(comment) {
  return comment.dataset["id"] ?? "";
}
