// Who is writing: tokens in the frame's own (partitioned) storage, sign-in through a popup on our
// own origin, and the overlay: what only this viewer sees, laid over the page that everybody shares.

import { nodes } from "../dom.js";
import { announce, articleOf, changes, floorOf, insertComment, page, settle } from "../page.js";
import { element } from "./menu.js";
import { dressMuted } from "./mutes.js";
import { askPopup } from "./popup.js";
import { ready } from "./ready.js";
import { ACCOUNT, keepSignIn, SITE } from "./renewal.js";
import { call, Refusal, say } from "./refusals.js";
import { forget, keep, newKey, onElsewhere, recall } from "./store.js";

/**
 * @typedef {{id: string, name: string, avatar: string, kind: "guest" | "user" | "sso"}} Viewer
 * @typedef {{id: string, editable_until?: string | null}} Own
 * @typedef {{
 *   viewer: Viewer | null, votes: Record<string, number>, held: any[], own: Own[], flags: string[],
 *   powers: string[], mutes: string[], watching: boolean, unread: number, mails: boolean | null,
 * }} Overlay
 */

const GUEST = `guest:${page.forum}`;
/** Who of the site has signed out here himself: its next page does not sign him in again. */
export const SIGNED_OUT = `site-out:${page.forum}`;

/** @returns {Overlay} */
const nobody = () => ({
  viewer: null, votes: {}, held: [], own: [], flags: [], powers: [], mutes: [], watching: false, unread: 0,
  mails: null,
});

/** What this viewer alone knows of the thread. */
export let overlay = nobody();

/** @type {Set<() => void>} */
const listeners = new Set();

/** @returns {string | null} */
export function token() {
  return recall(SITE)?.token ?? recall(ACCOUNT)?.token ?? recall(GUEST)?.token ?? null;
}

/** @returns {Viewer | null} */
export function viewer() {
  return recall(SITE)?.author ?? recall(ACCOUNT)?.author ?? recall(GUEST)?.author ?? null;
}

/** @param {() => void} listener called when somebody signs in or out, or the overlay comes */
export function onSession(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** @type {Promise<void> | null} */
let begun = null;

/** Dresses the page for whoever is signed in, and whatever comes onto it later; safe to call again. */
export function begin() {
  begun ??= dressPage();
  return begun;
}

/** Somebody else is here now. */
export function arrive() {
  return begun ? refresh() : begin();
}

async function dressPage() {
  await ready;
  changes.addEventListener("comment", (event) => {
    const { article } = /** @type {CustomEvent} */ (event).detail;
    unhold(article);
    dress(article);
    requestAnimationFrame(placeAllHeld); // another sort, another page: what waits comes along
  });
  onElsewhere((key) => {
    if ([SITE, ACCOUNT, GUEST].includes(key)) void refresh();
  });
  await refresh();
}

/** Fetches the overlay again and lays it over the page. */
export async function refresh() {
  const bearer = token();
  const before = overlay;
  overlay = nobody();
  if (bearer) {
    try {
      const { body } = await call("GET", `/me/threads/${page.thread}`, { token: bearer });
      overlay = { ...nobody(), ...body };
      // He has changed the thread elsewhere, at the desk: the answer has raised the floor.
      if (page.seq < (floorOf(page.thread)?.seq ?? 0)) changes.dispatchEvent(new Event("behind"));
      keepName(body.viewer);
    } catch (problem) {
      if (problem instanceof Refusal && problem.code === "bad_token") dropTokens();
      else if (problem instanceof Refusal && problem.isPassing) overlay = before;
    }
  }
  undressHeld();
  placeAllHeld();
  lookOver();
  changed();
}

/** Lays the overlay over every comment of the page. */
export function lookOver() {
  for (const article of document.querySelectorAll(".c")) dress(/** @type {HTMLElement} */ (article));
}

/**
 * A guest of this forum from now on; his token stays in this browser.
 * @param {{name: string, email: string, mails?: boolean}} guest
 */
export async function becomeGuest({ name, email, mails }) {
  const { body } = await call("POST", "/guests", {
    body: { forum: page.forum, name, email },
    key: newKey(),
  });
  keep(GUEST, { token: body.token, author: body.author });
  if (mails) await askForMail();
  changed();
}

/** Mail about replies, please. That it cannot be had now keeps no comment waiting. */
export async function askForMail() {
  let comes = false; // without being asked whether the address is his
  try {
    const { body } = await call("PUT", "/me/mail", { body: { replies: true }, token: token() });
    comes = body.confirmed;
  } catch (problem) {
    if (!(problem instanceof Refusal)) throw problem;
    announce(problem.words);
    return;
  }
  overlay.mails = true;
  announce(say(comes ? "mails_on" : "mails_asked"));
  changed();
}

/** Whether I was told something meanwhile. What cannot be asked now is asked the next time. */
export async function lookAgain() {
  const who = viewer()?.id;
  const answer = await call("GET", `/me/threads/${page.thread}`, { token: token() }).catch(() => null);
  if (!answer || who !== viewer()?.id || answer.body.unread === overlay.unread) return;
  overlay.unread = answer.body.unread;
  changed();
}

/**
 * Signs in through the popup; resolves when that is done or was given up.
 * @param {"login" | "signup"} way
 * @returns {Promise<boolean>} whether somebody is signed in now
 */
export async function signIn(way) {
  const handed = await askPopup(way);
  if (!handed) return false;
  await enter(handed);
  return true;
}

/** @param {{code?: string, verifier: string}} handed */
export async function enter(handed) {
  const { body } = await call("POST", "/tokens", { body: { ...handed, forum: page.forum }, key: newKey() });
  keepSignIn(body);
  await refresh();
  announce(say("signed_in", { name: body.author.name }));
  if (recall(GUEST)) void import("./claim.js").then(({ offerClaim }) => offerClaim());
}

/** Ends the token here and on the server. */
export async function signOut() {
  const bearer = token();
  const ended = bearer ? call("DELETE", "/tokens", { token: bearer }).catch(() => null) : null;
  await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 2_000))]);
  const site = recall(SITE);
  dropTokens();
  if (site) keep(SIGNED_OUT, site.sub);
  await refresh();
  announce(say("signed_out"));
}

/** The site says that he is signed out there, or somebody else is here: its own sign-in is over. */
export async function leaveSite() {
  forget(SIGNED_OUT);
  const kept = recall(SITE);
  if (!kept) return;
  forget(SITE);
  void call("DELETE", "/tokens", { token: kept.token }).catch(() => null);
  await arrive();
}

/**
 * My comment from now on: what I may do with it does not wait for the next overlay.
 * @param {any} shape
 */
export function remember(shape) {
  const until = new Date(Date.parse(shape.created) + page.settings.edit_minutes * 60_000);
  const others = overlay.own.filter(({ id }) => id !== shape.id);
  overlay.own = [...others, { id: shape.id, editable_until: until.toISOString() }];
}

/**
 * Shows what of mine waits for a moderator, to me alone: a comment, or a change of one.
 * @param {any} shape
 */
export function placeHeld(shape) {
  overlay.held = [...overlay.held.filter(({ id }) => id !== shape.id), shape];
  const published = articleOf(shape.id);
  const article = published ?? show(shape);
  if (article.querySelector(".v-held")) return;
  article.classList.toggle("is-held", !published);
  const why = shape.awaits === "author" ? "confirm_mail" : "only_you";
  const note = element("p", { class: "v-held" }, say(published ? "edit_held" : why));
  note.dataset["revision"] = article.dataset["revision"];
  article.querySelector("header")?.after(note);
  remember(shape);
}

/**
 * Shows my comment at its place; below the composer, where its place is not loaded.
 * @param {any} shape
 * @returns {HTMLElement}
 */
export function show(shape) {
  const placed = insertComment(shape);
  if (placed) return placed;
  const html = shape.fragment.replace(/[\x01-\x06]/g, (/** @type {string} */ token) => page.labels[token] ?? "");
  const article = /** @type {HTMLElement} */ (nodes(html).firstElementChild);
  document.getElementById("composer")?.after(article);
  settle([article]);
  return article;
}

function placeAllHeld() {
  for (const shape of overlay.held) if (!articleOf(shape.id)?.querySelector(".v-held")) placeHeld(shape);
}

/** What waits no longer, or belongs to somebody who has signed out. */
function undressHeld() {
  for (const note of document.querySelectorAll(".c .v-held")) note.remove();
  for (const article of document.querySelectorAll(".c.is-held")) article.remove();
}

/** The server no longer knows this token: who writes is asked anew. */
export function loseToken() {
  dropTokens();
  overlay = nobody();
  changed();
}

/**
 * The name by which others see me now, should it have changed.
 * @param {Viewer | undefined} now
 */
function keepName(now) {
  const key = [SITE, ACCOUNT].find((each) => recall(each)) ?? GUEST;
  const kept = recall(key);
  if (now && kept && kept.author?.name !== now.name) keep(key, { ...kept, author: now });
}

function changed() {
  for (const listener of listeners) listener();
}

function dropTokens() {
  forget(SITE);
  forget(ACCOUNT);
  forget(GUEST);
}

/** @param {HTMLElement} article */
function dress(article) {
  const id = article.dataset["id"] ?? "";
  const mine = overlay.votes[id] ?? 0;
  for (const [act, value] of /** @type {[string, number][]} */ ([["up", 1], ["down", -1]])) {
    const button = article.querySelector(`[data-act="${act}"]`);
    button?.setAttribute("aria-pressed", String(mine === value));
  }
  article.classList.toggle("is-own", overlay.own.some((own) => own.id === id));
  dressMuted(article, overlay.mutes.includes(article.dataset["author"] ?? ""));
}

/**
 * The log tells of published comments only: one of mine that it brings waits no longer; and a change
 * waits no longer when the revision moved.
 * @param {HTMLElement} article
 */
function unhold(article) {
  const note = /** @type {HTMLElement | null} */ (article.querySelector(".v-held"));
  const isSame = note?.dataset["revision"] === article.dataset["revision"];
  if (!note || (isSame && !article.matches(".is-held"))) return;
  article.classList.remove("is-held");
  note.remove();
  overlay.held = overlay.held.filter(({ id }) => article.id !== `c-${id}`);
}
