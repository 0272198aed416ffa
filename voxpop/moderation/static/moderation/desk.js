// @ts-check
/**
 * The desk made fast. Without this file every button submits its form and everything works; with it
 * a decision is one request: the comment goes at once, the next one has the focus, and a toast can
 * take it back. No HTML is made here, only nodes.
 */

/** @typedef {{ decision: { id: string, verb: string } }} Decided */

const API = "/api/v1/moderation";
const KEYS_KEPT = "voxpop:desk-keys";
const TOAST_SECONDS = 8;
const WORDS = /** @type {Record<string, any>} */ (JSON.parse(document.getElementById("words")?.textContent ?? "{}"));
const plurals = new Intl.PluralRules(document.documentElement.lang);

// What its author may be told the ground of.
const EXPLAINED = ["reject", "delete"];

const form = /** @type {HTMLFormElement | null} */ (document.getElementById("queue"));
const toasts = /** @type {HTMLElement} */ (document.getElementById("toasts"));
const again = /** @type {HTMLElement} */ (document.getElementById("again"));
const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("keys"));
const reason = /** @type {HTMLInputElement | null} */ (document.querySelector(".why"));
const told = /** @type {HTMLSelectElement | null} */ (document.querySelector(".told"));
const all = /** @type {HTMLInputElement | null} */ (document.getElementById("all"));

/** @typedef {{ id: string, item: HTMLElement }} Done a decision's id, and the comment it was about */
/** @typedef {{ done: Done[], toast: HTMLElement }} Undoable */

/** What can be taken back, the newest last. @type {Undoable[]} */
const undoable = [];

// -- where we are ----------------------------------------------------------------------------

/** @returns {HTMLElement[]} the comments that still wait on this page */
function items() {
  return [...document.querySelectorAll(".item:not(.gone)")].map((node) => /** @type {HTMLElement} */ (node));
}

/** @returns {HTMLElement | null} the comment that has the focus */
function current() {
  return document.activeElement?.closest(".item") ?? null;
}

/** @param {HTMLElement | undefined | null} item */
function go(item) {
  if (!item) return;
  item.focus({ preventScroll: true });
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  item.scrollIntoView({ block: "nearest", behavior: still ? "auto" : "smooth" });
}

/** @param {number} step */
function move(step) {
  const here = current();
  const list = items();
  go(list[here ? Math.min(Math.max(list.indexOf(here) + step, 0), list.length - 1) : 0]);
}

/** The comment that comes next once these are gone. @param {HTMLElement[]} going */
function after(going) {
  const list = items();
  const last = going.at(-1);
  return list.slice(last ? list.indexOf(last) + 1 : 0).find((item) => !going.includes(item)) ?? list.filter((item) => !going.includes(item)).pop();
}

// -- acting ----------------------------------------------------------------------------------

/**
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<Decided>}
 */
async function post(path, body) {
  const response = await fetch(API + path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body ?? {}),
  }).catch(() => null);
  if (!response) throw new Error(WORDS.toast_silent);
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(refused(answer));
  return answer;
}

/** A detail of its own is in our language already. @param {Record<string, string>} problem */
function refused({ code, title, detail }) {
  return (detail === title && WORDS[`no_${code}`]) || detail || WORDS.toast_failed;
}

/**
 * One decision about one item.
 * @param {HTMLElement} item
 * @param {string} verb
 */
function decide(item, verb) {
  const { id, status, revision } = item.dataset;
  const isAboutEdit = revision && (verb === "approve" || verb === "reject");
  return post(`/comments/${id}/decisions`, {
    decision: verb,
    reason: reason?.value ?? "",
    ...(told?.value && !isAboutEdit && EXPLAINED.includes(verb) ? { told: told.value } : {}),
    ...(isAboutEdit ? { revision: Number(revision) } : { seen: status }),
  });
}

/**
 * Decide about these, show it at once, and put back what was refused.
 * @param {HTMLElement[]} chosen
 * @param {string} verb
 */
async function act(chosen, verb) {
  if (!chosen.length) return;
  const next = after(chosen);
  for (const item of chosen) item.classList.add("going");
  go(next);
  const done = /** @type {Done[]} */ ([]);
  for (const item of chosen) {
    try {
      const { decision } = await decide(item, verb);
      done.push({ id: decision.id, item });
      item.classList.add("gone");
      tick(item, false);
    } catch (problem) {
      item.classList.remove("going");
      say(/** @type {Error} */ (problem).message, "bad");
    }
  }
  if (reason) reason.value = "";
  if (told) told.value = "";
  counted(done.map(({ item }) => item), -1);
  if (done.length) {
    const did = WORDS[`toast_${verb}`];
    offerUndo(done.length > 1 ? counting("toast_many", done.length).replace("{did}", did) : did, done);
  }
  wholePage();
}

/** @param {Undoable | undefined} last */
async function undo(last) {
  if (!last) return;
  undoable.splice(undoable.indexOf(last), 1);
  last.toast.remove();
  const back = /** @type {HTMLElement[]} */ ([]);
  for (const { id, item } of [...last.done].reverse()) {
    try {
      await post(`/decisions/${id}/undo`);
      back.unshift(item);
    } catch (problem) {
      say(/** @type {Error} */ (problem).message, "bad");
    }
  }
  for (const item of back) item.classList.remove("going", "gone");
  counted(back, 1);
  wholePage();
  go(back[0]);
}

/** @param {string} key @param {number} n */
function counting(key, n) {
  return (WORDS[key][plurals.select(n)] ?? WORDS[key].other).replace("{n}", n.toLocaleString(document.documentElement.lang));
}

/** Keep the counts of the lists true. @param {HTMLElement[]} moved @param {1 | -1} step */
function counted(moved, step) {
  for (const item of moved) {
    const list = item.dataset.revision ? "edits" : item.dataset.status === "held" ? "held" : "flagged";
    for (const name of ["all", list]) {
      const count = document.querySelector(`[data-count="${name}"]`);
      if (count) count.textContent = String(Math.max(Number(count.textContent) + step, 0));
    }
  }
}

/** When the page is worked off, what waits now is a key away. */
function wholePage() {
  const isDone = items().length === 0;
  again.hidden = !isDone;
  if (isDone) again.focus();
}

// -- telling ---------------------------------------------------------------------------------

/** @param {string} text @param {string} [kind] */
function say(text, kind = "") {
  const toast = document.createElement("div");
  toast.className = `toast ${kind}`;
  toast.append(Object.assign(document.createElement("span"), { textContent: text }));
  toasts.append(toast);
  while (toasts.children.length > 3) toasts.firstElementChild?.remove();
  return toast;
}

/** @param {HTMLElement} toast */
function leaveSoon(toast) {
  const leave = () => {
    // Nobody loses a button from under the finger or the focus.
    if (toast.matches(":hover, :focus-within")) setTimeout(leave, 2000);
    else toast.remove();
  };
  setTimeout(leave, TOAST_SECONDS * 1000);
}

/** @param {string} text @param {Done[]} done */
function offerUndo(text, done) {
  const toast = say(text);
  const entry = { done, toast };
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = WORDS.undo;
  button.addEventListener("click", () => undo(entry));
  toast.append(button);
  undoable.push(entry);
  leaveSoon(toast);
}

// -- ticking ---------------------------------------------------------------------------------

/** @param {HTMLElement} item */
function box(item) {
  return /** @type {HTMLInputElement | null} */ (item.querySelector(".tick"));
}

/** @param {HTMLElement} item @param {boolean} on */
function tick(item, on) {
  const found = box(item);
  if (found) found.checked = on;
  ticked();
}

function chosen() {
  return items().filter((item) => box(item)?.checked);
}

function ticked() {
  const count = chosen().length;
  const label = document.querySelector(".ticked");
  const acts = /** @type {HTMLElement | null} */ (document.querySelector(".bulk-acts"));
  if (label) label.textContent = count ? counting("ticked", count) : "";
  if (acts) acts.toggleAttribute("data-idle", count === 0);
  if (all) {
    all.checked = count > 0 && count === items().length;
    all.indeterminate = count > 0 && !all.checked;
  }
}

// -- keys ------------------------------------------------------------------------------------

const keysOn = /** @type {HTMLInputElement} */ (document.getElementById("keys-on"));

function keysWanted() {
  try {
    return localStorage.getItem(KEYS_KEPT) !== "off";
  } catch {
    return true;
  }
}

/** @type {Record<string, (item: HTMLElement | null) => void>} */
const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  a: (item) => press(item, "approve") || press(item, "restore"),
  r: (item) => press(item, "reject"),
  s: (item) => press(item, "spam"),
  d: (item) => press(item, "delete"),
  b: (item) => press(item, "ban"),
  x: (item) => item && tick(item, !box(item)?.checked),
  u: () => undo(undoable[undoable.length - 1]),
  o: (item) => /** @type {HTMLElement | null} */ (item?.querySelector(".when a"))?.click(),
  "/": () => /** @type {HTMLElement | null} */ (document.querySelector('[data-key="/"]'))?.focus(),
};

for (const key of ["0", "1", "2", "3", "4"]) {
  KEYS[key] = () => {
    if (told) told.selectedIndex = Number(key);
  };
}

/** With comments ticked a key acts on them, else on the one in focus. @param {HTMLElement | null} item @param {string} verb */
function press(item, verb) {
  const many = verb === "ban" || verb === "restore" ? [] : chosen();
  if (many.length) {
    act(many, verb);
    return true;
  }
  const button = /** @type {HTMLElement | null} */ (item?.querySelector(`[data-act="${verb}"]`));
  button?.click();
  return Boolean(button);
}

document.addEventListener("keydown", (event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || dialog.open) return;
  if (target.matches('input:not([type="checkbox"]), textarea, select')) {
    if (event.key === "Escape") move(0);
    return;
  }
  const key = keysWanted() ? KEYS[event.key] : undefined;
  if (event.key === "?") dialog.showModal();
  else if (key) key(current());
  else return;
  event.preventDefault();
});

// -- setting out -----------------------------------------------------------------------------

document.documentElement.classList.add("has-script");
keysOn.checked = keysWanted();
keysOn.addEventListener("change", () => {
  try {
    localStorage.setItem(KEYS_KEPT, keysOn.checked ? "on" : "off");
  } catch {
    // Without storage the choice lasts as long as the page.
  }
});
const help = document.getElementById("help");
help?.removeAttribute("hidden");
help?.addEventListener("click", () => dialog.showModal());
all?.closest("label")?.removeAttribute("hidden");
all?.addEventListener("change", () => {
  const on = all.checked;
  for (const item of items()) tick(item, on);
});
form?.addEventListener("change", ticked);
form?.addEventListener("submit", (event) => {
  const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
  if (!button) return;
  event.preventDefault();
  if (button.name === "bulk") act(chosen(), button.value);
  else act([/** @type {HTMLElement} */ (button.closest(".item"))], button.dataset.act ?? "");
});
for (const link of document.querySelectorAll(".said a")) {
  link.classList.toggle("plain", link.textContent === link.getAttribute("href"));
}
ticked();
