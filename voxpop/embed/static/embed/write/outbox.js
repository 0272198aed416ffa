// Every comment goes out through here. It is kept before it is tried, so that neither a dead
// server nor a closed tab loses it, and always carries the same key, so that it goes out once.

import { announce, articleOf, changes, page } from "../page.js";
import { joined } from "./format.js";
import { element } from "./menu.js";
import { call, Refusal, say } from "./refusals.js";
import { askForMail, becomeGuest, placeHeld, remember, show as showMine, token, viewer } from "./viewer.js";
import { draftKey, forget, keep, onElsewhere, recall, recallKeys } from "./store.js";

/**
 * `waits`: it was tried and could not be sent; before that it is only on its way.
 * @typedef {{
 *   key: string, waits?: boolean, forum: string, threadId: string,
 *   thread: {identifier?: string, url: string, title: string}, parent: string | null,
 *   source: string, website: string, as: string, name: string,
 *   guest: {name: string, email: string, mails?: boolean} | null,
 * }} Waiting
 */

const FIRST_PAUSE = 2_000;
const LONGEST_PAUSE = 60_000;

let isResumed = false;
let failures = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/**
 * Sends a comment, or lets it wait at its place. A Refusal means: not kept, the text is yours.
 * @param {Waiting} waiting
 * @returns {Promise<"published" | "held" | "waiting">}
 */
export async function deliver(waiting) {
  keep(keyOf(waiting), waiting);
  try {
    return await attempt(waiting);
  } catch (problem) {
    if (!(problem instanceof Refusal)) throw problem;
    if (!problem.isPassing) {
      forget(keyOf(waiting));
      throw problem;
    }
    keep(keyOf(waiting), { ...waiting, waits: true });
    show(waiting, problem);
    announce(`${say("waiting")}. ${reason(waiting, problem)}`);
    again(problem.wait);
    return "waiting";
  }
}

/** @type {(wish: {parent?: string, problem?: string, returned: {text: string, key: string}}) => unknown} */
let reopen = () => {};

/** @param {typeof reopen} listener opens the editor at the place of a comment that comes back */
export function onGiveBack(listener) {
  reopen = listener;
}

/** Shows what still waits on this page and tries to send it; safe to call again. */
export function resume() {
  if (isResumed) return;
  isResumed = true;
  addEventListener("online", () => void sendAll());
  onElsewhere((key) => {
    if (key.startsWith("outbox:")) redraw();
  });
  changes.addEventListener("comment", () => requestAnimationFrame(redraw));
  for (const key of recallKeys("outbox:")) keep(key, { ...recall(key), waits: true }); // cut off on its way
  redraw();
  if (recallKeys("outbox:").length) void sendAll();
}

/** Tries everything that waits, of every thread of this forum; in one tab at a time. */
export async function sendAll() {
  clearTimeout(timer);
  await alone(async () => {
    for (const key of recallKeys("outbox:")) {
      const waiting = /** @type {Waiting | null} */ (recall(key));
      if (!waiting || waiting.forum !== page.forum || !isFor(waiting)) continue;
      if (!(await sendWaiting(waiting))) break;
    }
  });
}

/**
 * @param {Waiting} waiting
 * @returns {Promise<boolean>} whether it makes sense to go on with the next
 */
async function sendWaiting(waiting) {
  try {
    await attempt(waiting);
    return true;
  } catch (problem) {
    if (!(problem instanceof Refusal)) throw problem;
    if (problem.isPassing || problem.code === "rate_limited") {
      show(waiting, problem);
      again(problem.wait);
      return false;
    }
    giveBack(waiting, problem);
    return true;
  }
}

/**
 * @param {Waiting} waiting
 * @returns {Promise<"published" | "held">}
 */
async function attempt(waiting) {
  const { thread, parent, source, website } = waiting;
  const guest = token() ? null : waiting.guest;
  if (guest) await becomeGuest({ ...guest, mails: false });
  const { status, body } = await call("POST", `/forums/${waiting.forum}/comments`, {
    body: { thread, parent, source, website },
    token: token(),
    key: waiting.key,
  });
  failures = 0;
  forget(keyOf(waiting));
  elementOf(waiting)?.remove();
  // Now, so that one mail asks for both where his comment waits for his address. A second try knows
  // him by his token, and he still wants it.
  if (waiting.guest?.mails) await askForMail();
  if (waiting.threadId !== page.thread) return status === 202 ? "held" : "published";
  remember(body);
  if (status === 202) placeHeld(body);
  else showMine(body);
  const why = body.awaits === "author" ? "confirm_mail" : "held";
  announce(say(status === 202 ? why : "published"));
  return status === 202 ? "held" : "published";
}

/**
 * Back into the editor with the reason; on another page's thread it becomes that thread's draft.
 * @param {Waiting} waiting
 * @param {Refusal} [problem]
 */
function giveBack(waiting, problem) {
  forget(keyOf(waiting));
  elementOf(waiting)?.remove();
  const { key, source } = waiting;
  if (waiting.threadId === page.thread) {
    reopen({
      returned: { text: source, key },
      ...(waiting.parent ? { parent: waiting.parent } : {}),
      ...(problem ? { problem: problem.words } : {}),
    });
    return;
  }
  const place = draftKey(waiting.threadId, waiting.parent ?? "");
  keep(place, { text: joined(source, recall(place)?.text ?? ""), key });
}

/** @param {Waiting} waiting */
const keyOf = (waiting) => `outbox:${waiting.key}`;

/** @param {Waiting} waiting */
const elementOf = (waiting) => document.getElementById(`v-waiting-${waiting.key}`);

/**
 * A comment is sent as the one who wrote it, or not at all.
 * @param {Waiting} waiting
 */
function isFor(waiting) {
  const who = viewer();
  return waiting.guest ? !who || who.kind === "guest" : who?.id === waiting.as;
}

/** @param {number} seconds that the server asked for */
function again(seconds) {
  const pause = Math.min(FIRST_PAUSE * 2 ** failures, LONGEST_PAUSE);
  failures += 1;
  clearTimeout(timer);
  // Jitter: when a server comes back, its readers do not all come back in the same second.
  timer = setTimeout(sendAll, Math.max(seconds * 1000, pause) * (0.75 + Math.random() / 2));
}

/**
 * Two tabs share one storage; a lock lets one of them send. Without locks the key still does.
 * @param {() => Promise<void>} work
 */
async function alone(work) {
  if (!navigator.locks) return work();
  let isTaken = false;
  try {
    await navigator.locks.request("voxpop:outbox", { ifAvailable: true }, async (lock) => {
      isTaken = true;
      if (lock) await work();
      else again(0);
    });
  } catch (problem) {
    if (isTaken) throw problem;
    await work(); // a frame without storage may have no locks either
  }
}

function redraw() {
  for (const node of document.querySelectorAll(".v-waiting")) {
    if (!recall(`outbox:${/** @type {HTMLElement} */ (node).dataset["key"]}`)) node.remove();
  }
  for (const key of recallKeys("outbox:")) {
    const waiting = /** @type {Waiting | null} */ (recall(key));
    if (waiting?.waits && waiting.threadId === page.thread && !elementOf(waiting)) show(waiting);
  }
}

/**
 * The comment at its place, as typed: nothing but the server renders.
 * @param {Waiting} waiting
 * @param {Refusal} [problem]
 */
function show(waiting, problem) {
  const shown = elementOf(waiting)?.querySelector(".v-why");
  if (shown) {
    shown.textContent = reason(waiting, problem); // the rest stays, and with it the focus
    return;
  }
  const now = element("button", { type: "button", class: "v-link" }, say("send_now"));
  const back = element("button", { type: "button", class: "v-link" }, say("take_back"));
  const node = element(
    "section",
    { class: "v-waiting", id: `v-waiting-${waiting.key}`, "data-key": waiting.key, "aria-label": say("waiting") },
    element("header", {}, element("bdi", {}, waiting.name), element("span", { class: "v-held" }, say("waiting"))),
    element("p", { class: "v-source", dir: "auto" }, waiting.source),
    element("p", { class: "v-why" }, reason(waiting, problem)),
    element("div", { class: "v-row" }, now, back),
  );
  now.addEventListener("click", () => {
    failures = 0;
    void sendAll();
  });
  back.addEventListener("click", () => giveBack(waiting));
  place(node, waiting.parent);
}

/**
 * @param {Waiting} waiting
 * @param {Refusal} [problem]
 */
function reason(waiting, problem) {
  if (!isFor(waiting)) return say("waiting_for", { name: waiting.name });
  return problem && problem.code !== "offline" ? problem.words : say("waiting_why");
}

/**
 * Below its parent; a root, or an answer to what is not on the page, below the composer.
 * @param {HTMLElement} node
 * @param {string | null} parent
 */
function place(node, parent) {
  const above = articleOf(parent);
  if (above) {
    node.style.setProperty("--d", String(Number(above.dataset["depth"]) + 1));
    above.after(node);
  } else document.getElementById("composer")?.after(node);
}
