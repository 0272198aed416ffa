// What is new is offered and never moves what is being read: a comment goes in at once only where
// nothing that can be seen stands below its place.

import { announce, changes, say, tell } from "./facts.js";
import { articleOf, insertComment, list, placeOf } from "./tree.js";

/** @typedef {import("./tree.js").Shape} Shape */

const QUIET = 10_000; // between two announcements

/** New comments that wait to be asked for. @type {Map<string, Shape>} */
const waiting = new Map();
/** New comments on the page that the reader has not had before his eyes. @type {Set<Element>} */
const unseen = new Set();
/** The part of the frame that is on the screen. */
let view = { top: 0, bottom: Infinity };
let lastTold = 0;

const offer = /** @type {HTMLElement} */ (document.getElementById("offer"));
const button = document.createElement("button");
button.className = "pill";
const hinted = document.createElement("p");
hinted.className = "pill hint";
button.addEventListener("click", show);

const seeing = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) continue;
    seeing.unobserve(target);
    unseen.delete(target);
    draw();
  }
}, { threshold: 0.5 });

changes.addEventListener("comment", (event) => {
  // The author's own comment comes by his POST; it is not news to him.
  const { article } = /** @type {CustomEvent} */ (event).detail;
  if (waiting.delete(article.dataset["id"] ?? "")) draw();
});

/** @param {{top: number, bottom: number}} part */
export function setView({ top, bottom }) {
  if (!Number.isFinite(top) || !Number.isFinite(bottom)) return;
  view = { top, bottom };
  offer.style.setProperty("--top", `${Math.max(0, top)}px`);
}

/**
 * A comment that was published while the page is open.
 * @param {Shape} shape
 */
export function receive(shape) {
  if (shape.parent && !articleOf(shape.parent) && !waiting.has(shape.parent)) return;
  const place = placeOf(shape);
  if (place === undefined && !waiting.has(shape.parent ?? "")) return;
  if (place !== undefined && isOutOfSight(place)) note(insertComment(shape));
  else waiting.set(shape.id, shape);
  draw();
  if (count() && Date.now() - lastTold > QUIET) {
    lastTold = Date.now();
    announce(say("new", { n: count() }));
  }
}

/**
 * Says over the page what is the matter with the whole, and moves nothing by it.
 * @param {string} key a word; none takes it away
 * @param {HTMLElement} [remedy] what can be done about it
 */
export function hint(key, remedy) {
  const text = key && say(key);
  hinted.replaceChildren(text, ...(remedy ? [" ", remedy] : []));
  if (!key) return hinted.remove();
  place();
  offer.append(hinted);
  announce(text);
}

/** @param {string} id a comment that was taken away before it was shown */
export function withdraw(id) {
  if (waiting.delete(id)) draw();
}

/** Puts in what waited and goes to the first of it. */
function show() {
  const fresh = [...unseen];
  for (const shape of waiting.values()) {
    const article = insertComment(shape);
    if (article) fresh.push(article);
  }
  waiting.clear();
  unseen.clear();
  seeing.disconnect();
  draw();
  fresh.forEach((article) => article.classList.add("fresh"));
  const first = /** @type {HTMLElement | undefined} */ (fresh.sort(inPageOrder)[0]);
  if (first) goTo(first);
}

/**
 * Brings a comment before the reader's eyes and the keyboard to it.
 * @param {HTMLElement} article
 */
export function goTo(article) {
  article.tabIndex = -1;
  article.focus({ preventScroll: true });
  article.classList.add("lit");
  setTimeout(() => article.classList.remove("lit"), 3000);
  const { top, height } = article.getBoundingClientRect();
  if (parent === window) article.scrollIntoView({ block: "center" });
  else tell("scroll", { top: top + scrollY, height });
}

/** @param {Node | null} place */
function isOutOfSight(place) {
  let below = /** @type {Element | null} */ (place);
  while (below?.hasAttribute("hidden")) below = below.nextElementSibling;
  const { top } = below?.getBoundingClientRect() ?? { top: Infinity };
  return top + scrollY >= view.bottom || view.bottom <= view.top;
}

/** @param {HTMLElement | null} article */
function note(article) {
  if (!article) return;
  article.classList.add("fresh");
  unseen.add(article);
  seeing.observe(article);
}

function count() {
  return waiting.size + unseen.size;
}

/** Below the head of the page, or at the top of what can be seen of it. */
function place() {
  offer.style.setProperty("--least", `${list.offsetTop}px`);
}

function draw() {
  const n = count();
  button.textContent = n ? say("new", { n }) : "";
  place();
  if (n) offer.prepend(button);
  else button.remove();
}

/** @type {(a: Element, b: Element) => number} */
const inPageOrder = (a, b) => (a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1);
