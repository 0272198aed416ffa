// What the page knows of itself, how it asks the server, and how it talks to the page around it.

import { floorOf } from "./floor.js";

/**
 * @typedef {{
 *   votes: "both" | "up" | "none", guests: boolean, guest_proof: "off" | "ask" | "required",
 *   edit_minutes: number, depth: number, placeholder: string, post_label: string,
 *   name: string, sso: "off" | "beside" | "only", sso_door: boolean,
 * }} Settings
 * @typedef {{origin: string, url: string, title: string, comment: string, accent: string}} Host
 * @typedef {{
 *   forum: string, thread: string, seq: number, count: number, locked: boolean,
 *   pinned: string | null, next: string | null, sort: string, language: string,
 *   defaults: {sort: string, language: string},
 *   query: Record<string, string>, origins: string[], settings: Settings,
 *   words: Record<string, any>, labels: Record<string, string>, host: Host,
 * }} Page
 */

const asked = new URLSearchParams(location.hash.slice(1));

/** @type {Page} */
export const page = {
  ...read("shell"),
  ...read("facts"),
  host: { origin: "", url: web(asked.get("url")), title: (asked.get("title") ?? "").slice(0, 500) },
};
page.host.comment = asked.get("comment") ?? "";
page.host.accent = asked.get("accent") ?? "";
// The host names its origin; it counts only if the server knows it as a site of this forum (T11).
const named = asked.get("origin") ?? "";
if (parent !== window && (page.origins.includes(named) || named === location.origin)) {
  page.host.origin = named;
}

/** Hears of "comment" ({article}), "thread", and "behind" (rows came that are older than the page). */
export const changes = new EventTarget();

export class Unreachable extends Error {}

/** The server said no: `code` is from the documented list. */
export class Refused extends Error {
  /**
   * @param {number} status
   * @param {any} problem
   * @param {number} wait seconds that the server asks for
   */
  constructor(status, problem, wait) {
    super(problem?.detail ?? String(status));
    this.status = status;
    this.code = String(problem?.code ?? "server_error");
    this.wait = wait;
  }
}

/**
 * Asks the server; no cookie goes along. HTML answers come as text, all others as JSON.
 * @param {string} path
 * @param {RequestInit & {json?: unknown, bearer?: string | null, key?: string}} [init]
 * @returns {Promise<any>}
 */
export async function request(path, { json, bearer, key, ...init } = {}) {
  const headers = new Headers(init.headers);
  if (json !== undefined) headers.set("Content-Type", "application/json");
  if (bearer) headers.set("Authorization", `Bearer ${bearer}`);
  if (key) headers.set("Idempotency-Key", key);
  const floor = floorOf(page.thread);
  if (floor) headers.set("Voxpop-Floor", floor.token);
  const body = json === undefined ? {} : { body: JSON.stringify(json) };
  let response;
  try {
    response = await fetch(path, { credentials: "omit", ...init, ...body, headers });
    const isStale = response.headers.has("Voxpop-Stale") || response.status >= 500;
    document.documentElement.classList.toggle("stale", isStale);
    if (response.ok) {
      const isHtml = response.headers.get("Content-Type")?.startsWith("text/html");
      if (isHtml) stepBack(Number(response.headers.get("Voxpop-Seq") ?? NaN));
      return await (isHtml ? response.text() : response.json());
    }
  } catch (problem) {
    if (init.signal?.aborted) throw problem;
    throw new Unreachable(path);
  }
  const wait = Number(response.headers.get("Retry-After")) || 0;
  throw new Refused(response.status, await response.json().catch(() => null), wait);
}

/**
 * Rows from an earlier place in the log than the page's own: what came since is followed once more.
 * @param {number} seq
 */
function stepBack(seq) {
  if (!(seq < page.seq)) return;
  page.seq = seq;
  changes.dispatchEvent(new Event("behind"));
}

/** @type {Record<string, Intl.PluralRules>} */
const rules = {};

/**
 * A word of the page; `{n}` chooses the plural and is written as the language writes numbers.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function say(key, values = {}) {
  const { language, words } = page;
  let word = words[key] ?? key;
  if (typeof word === "object") {
    rules[language] ??= new Intl.PluralRules(language);
    word = word[rules[language].select(Number(values["n"]))] ?? word.other;
  }
  return word.replace(/\{(\w+)\}/g, (/** @type {string} */ hole, /** @type {string} */ name) => {
    const value = values[name];
    return typeof value === "number" ? value.toLocaleString(language) : (value ?? hole);
  });
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let pause;

/**
 * Reads something aloud. What follows within a moment replaces it: a live region that chatters is
 * switched off.
 * @param {string} text
 */
export function announce(text) {
  const live = document.getElementById("live");
  clearTimeout(pause);
  pause = setTimeout(() => {
    if (live) live.textContent = text;
  }, 150);
}

/**
 * Tells the host page, and nobody else.
 * @param {string} type
 * @param {Record<string, unknown>} [data]
 */
export function tell(type, data = {}) {
  if (page.host.origin) parent.postMessage({ ...data, type: `voxpop:${type}` }, page.host.origin);
}

/**
 * Hears what the host page says; anything else that sends us messages is not listened to.
 * @param {(type: string, data: any) => void} listener
 */
export function hear(listener) {
  addEventListener("message", ({ data, origin, source }) => {
    if (source !== parent || !page.host.origin || origin !== page.host.origin) return;
    if (typeof data?.type !== "string" || !data.type.startsWith("voxpop:")) return;
    listener(data.type.slice(7), data);
  });
}

/** Keeps the frame as high as its content, and dresses it as the host page asks. */
export function fitIntoHost() {
  dress(asked.get("theme"), page.host.accent);
  document.body.classList.toggle("framed", page.host.origin !== "");
  hear((type, data) => {
    if (type === "theme") dress(data.theme, data.accent);
  });
  const measure = () => {
    tell("height", { height: Math.ceil(document.body.getBoundingClientRect().height) });
  };
  measure(); // a frame that is not on the screen yet has its observers put to sleep
  new ResizeObserver(measure).observe(document.body);
}

/**
 * @param {unknown} theme
 * @param {unknown} accent
 */
function dress(theme, accent) {
  const root = document.documentElement;
  if (theme === "light" || theme === "dark") root.dataset["theme"] = theme;
  if (typeof accent === "string" && CSS.supports("color", accent)) {
    root.style.setProperty("--chosen", accent);
  }
}

/** @param {string} id */
function read(id) {
  return JSON.parse(document.getElementById(id)?.textContent ?? "{}");
}

/** @param {string | null} address */
function web(address) {
  return /^https?:\/\//.test(address ?? "") ? String(address).slice(0, 2000) : "";
}
