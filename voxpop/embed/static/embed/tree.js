// The comments on the page: a flat list of articles in the order of the tree. An article's branch is
// what follows it with a greater depth.

import { nodes, wordTimes } from "./dom.js";
import { changes, page, say } from "./facts.js";

/**
 * @typedef {{
 *   id: string, status: string, parent?: string | null, root?: string, depth?: number,
 *   seq?: number, fragment?: string,
 * }} Shape
 * @typedef {{seq: number, kind: string, comments?: Shape[], thread?: any}} LogEvent
 */

export const list = /** @type {HTMLElement} */ (document.getElementById("comments"));

/** What was applied last to a comment, so that nothing older is ever put over it. @type {Map<string, number>} */
const applied = new Map();

/**
 * @param {string | null | undefined} id
 * @returns {HTMLElement | null}
 */
export function articleOf(id) {
  return id ? document.getElementById(`c-${id}`) : null;
}

/** @param {Element} article */
export function depthOf(article) {
  return Number(/** @type {HTMLElement} */ (article).dataset["depth"] ?? 0);
}

/**
 * The articles below one, in order.
 * @param {Element} article
 * @returns {HTMLElement[]}
 */
export function branchOf(article) {
  const branch = [];
  for (let next = article.nextElementSibling; next; next = next.nextElementSibling) {
    if (!next.matches(".c")) continue;
    if (depthOf(next) <= depthOf(article)) break;
    branch.push(/** @type {HTMLElement} */ (next));
  }
  return branch;
}

/**
 * Puts a comment at its place, or over its older self.
 * @param {Shape} shape
 * @returns {HTMLElement | null} its article, if it is on the page now
 */
export function insertComment(shape) {
  const old = articleOf(shape.id);
  if (!shape.fragment || (shape.seq ?? 0) < (applied.get(shape.id) ?? 0)) return old;
  applied.set(shape.id, shape.seq ?? 0);
  const fresh = made(shape.fragment);
  if (old) return renew(old, fresh);
  const before = placeOf(shape);
  if (before === undefined) return null;
  list.insertBefore(fresh, before);
  settle([fresh]);
  return fresh;
}

/**
 * Applies one entry of the log to what is on the page; what is not on it changes elsewhere.
 * @param {LogEvent} event
 */
export function applyEvent(event) {
  if (event.thread) {
    Object.assign(page, { locked: event.thread.locked, pinned: event.thread.pinned });
    document.body.classList.toggle("locked", page.locked);
    markPinned();
    changes.dispatchEvent(new Event("thread"));
  }
  for (const shape of event.comments ?? []) {
    const article = articleOf(shape.id);
    if (shape.status === "gone") article?.remove();
    else if (article) insertComment(shape);
  }
}

/**
 * Where a comment that is not on the page belongs: before a node, at the end (null), or nowhere
 * that is loaded (undefined).
 * @param {Shape} shape
 * @returns {Node | null | undefined}
 */
export function placeOf(shape) {
  if (shape.parent) {
    const parent = articleOf(shape.parent);
    if (!parent) return undefined;
    return (branchOf(parent).at(-1) ?? parent).nextElementSibling;
  }
  if (page.sort === "oldest") return page.next ? undefined : null;
  return list.firstElementChild;
}

/**
 * Puts loaded rows before a node (null: at the end); what was on the page already moves there.
 * @param {string} html
 * @param {Node | null} before
 * @returns {HTMLElement[]} the articles
 */
export function putRows(html, before) {
  const rows = nodes(html);
  const articles = /** @type {HTMLElement[]} */ ([...rows.querySelectorAll(".c")]);
  for (const article of articles) articleOf(article.dataset["id"])?.remove();
  list.insertBefore(rows, before);
  settle(articles);
  return articles;
}

/**
 * Dresses what came onto the page: times, whom it answers, what is folded.
 * @param {HTMLElement[]} articles
 */
export function settle(articles) {
  for (const article of articles) {
    giveButtons(article);
    wordTimes(article, page.language);
    const link = article.querySelector(".re");
    const name = articleOf(article.dataset["parent"])?.querySelector(".who")?.textContent;
    if (link && name) {
      link.textContent = name;
      link.setAttribute("aria-label", say("reply_to", { name }));
    }
    changes.dispatchEvent(new CustomEvent("comment", { detail: { article } }));
  }
  markPinned();
  fold();
}

const buttons = /** @type {HTMLTemplateElement | null} */ (document.getElementById("buttons"));

/**
 * Fragments carry no buttons: they are the same for every comment and would be most of a page.
 * @param {HTMLElement} article
 */
function giveButtons(article) {
  if (!buttons || article.querySelector(":scope > .fold, :scope > header > .fold")) return;
  const bar = /** @type {DocumentFragment} */ (buttons.content.cloneNode(true));
  (article.querySelector("header") ?? article).append(/** @type {Node} */ (bar.lastElementChild));
  const footer = article.querySelector(".acts");
  for (const act of footer ? ["up", "down"] : []) {
    bar.querySelector(`[data-act=${act}]`)?.after(/** @type {Node} */ (footer?.querySelector(`.n.${act}`)));
  }
  footer?.replaceChildren(bar);
}

/** Hides what lies below folded comments; find-in-page still finds it and unfolds it. */
export function fold() {
  let depth = Infinity;
  for (const row of list.children) {
    if (row.matches(".c") && depthOf(row) <= depth) depth = Infinity;
    if (depth === Infinity) row.removeAttribute("hidden");
    else row.setAttribute("hidden", "until-found");
    if (row.matches(".folded") && depth === Infinity) depth = depthOf(row);
  }
}

/**
 * @param {HTMLElement} article
 * @param {boolean} isFolded
 */
export function setFolded(article, isFolded) {
  const button = article.querySelector(".fold");
  article.classList.toggle("folded", isFolded);
  button?.setAttribute("aria-expanded", String(!isFolded));
  const below = branchOf(article).length;
  if (button) button.textContent = isFolded && below ? `+${below}` : "";
  fold();
}

/** @param {string} fragment */
function made(fragment) {
  // The tokens of a stored fragment are control characters: nothing that was typed contains them.
  const html = fragment.replace(/[\x01-\x06]/g, (token) => page.labels[token] ?? "");
  return /** @type {HTMLElement} */ (nodes(html).firstElementChild);
}

/**
 * Takes over what changed and leaves the rest alone: focus, open menus, what is being read.
 * @param {HTMLElement} old
 * @param {HTMLElement} fresh
 */
function renew(old, fresh) {
  if (old.matches(".gone") || fresh.matches(".gone")) {
    old.replaceWith(fresh);
    if (old.matches(".folded")) setFolded(fresh, true);
    settle([fresh]);
    return fresh;
  }
  old.dataset["revision"] = fresh.dataset["revision"];
  for (const part of [".av", ".body", ".who", ".n.up", ".n.down"]) {
    const [was, is] = [old.querySelector(part), fresh.querySelector(part)];
    if (was && is && !was.isEqualNode(is)) was.replaceWith(is);
  }
  const edited = fresh.querySelector(".ed");
  if (edited && !old.querySelector(".ed")) old.querySelector(".when")?.after(edited);
  settle([old]);
  return old;
}

function markPinned() {
  const article = articleOf(page.pinned);
  for (const old of list.querySelectorAll(".pin")) {
    if (old.closest(".c") !== article) old.remove();
  }
  if (!article || article.querySelector(".pin")) return;
  const pin = document.createElement("b");
  pin.className = "badge pin";
  pin.textContent = say("pinned");
  article.querySelector(".when")?.after(pin);
}
