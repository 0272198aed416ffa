// What the frame keeps between visits: tokens, drafts, comments that wait to be sent.
//
// The map of the writing half (loaded at first need, never before):
//   store.js     this file: storage that never throws, and the keys that make a retry safe
//   floor.js     after a write: the place in the log that must not be fallen behind
//   refusals.js  a request, and what its refusals mean to the person who typed
//   renewal.js   the account's token, renewed in one tab at a time
//   popup.js     the sign-in window and its one-time code
//   leaving.js   the same on a full page, where the window is blocked
//   site.js      signing in as who one is on the site around the frame
//   viewer.js    who is writing: his tokens, and the overlay laid over the page
//   format.js    what the toolbar does to a text (pure)
//   mentions.js  names offered after "@"
//   menu.js      the ARIA menu button, and questions
//   bell.js      whether I was told something: the way to the inbox
//   identity.js  "posting as NAME", or a guest's name and the doors to an account
//   outbox.js    every comment goes out through it, at once or when it can
//   editor.js    the textarea with its toolbar and preview
//   moderate.js  the moderator's part of a comment's menu
// and the four ways in, for the reader:
//   composer.js  openComposer({parent?, edit?}): at first focus of the prompt, and to reply
//   acts.js      act(button): for every data-act of a comment's footer but "collapse"
//   sso.js       take(token): the page says who its reader is on the site
//   session.js   start(): as soon as localStorage has any key that begins with "voxpop:"
// Imports never go in a circle.

const PREFIX = "voxpop:";

/** Where storage is refused, this lives as long as the page. @type {Map<string, string>} */
const memory = new Map();

/**
 * @param {string} key
 * @returns {any} what was kept, or null
 */
export function recall(key) {
  const text = memory.get(key) ?? attempt((storage) => storage.getItem(PREFIX + key));
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null; // written by somebody else, or cut short
  }
}

/** Whether what is kept outlives this page. */
export function isLasting() {
  return attempt((storage) => {
    storage.setItem(`${PREFIX}lasting`, "1");
    storage.removeItem(`${PREFIX}lasting`);
    return true;
  }) === true;
}

/**
 * @param {string} key
 * @param {unknown} value
 */
export function keep(key, value) {
  const text = JSON.stringify(value);
  const isKept = attempt((storage) => {
    storage.setItem(PREFIX + key, text);
    return true;
  });
  if (isKept) memory.delete(key);
  else memory.set(key, text);
}

/** @param {string} key */
export function forget(key) {
  memory.delete(key);
  attempt((storage) => storage.removeItem(PREFIX + key));
}

/**
 * @param {string} thread
 * @param {string} place "" for the thread itself, else the parent's id or "edit:ID"
 */
export const draftKey = (thread, place) => `draft:${thread}:${place}`;

/**
 * @param {string} prefix
 * @returns {string[]} the keys that begin with it
 */
export function recallKeys(prefix) {
  const kept = attempt((storage) => Object.keys(storage)) ?? [];
  const keys = kept.filter((key) => key.startsWith(PREFIX)).map((key) => key.slice(PREFIX.length));
  return [...new Set([...memory.keys(), ...keys])].filter((key) => key.startsWith(prefix)).sort();
}

/**
 * Hears when another tab of this site changes what is kept.
 * @param {(key: string) => void} listener
 */
export function onElsewhere(listener) {
  addEventListener("storage", (event) => {
    if (event.key?.startsWith(PREFIX)) listener(event.key.slice(PREFIX.length));
  });
}

/**
 * A UUIDv7 (RFC 9562): the idempotency key of one act, made before it is first tried.
 * @returns {string}
 */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let milliseconds = Date.now();
  for (let place = 5; place >= 0; place--) {
    bytes[place] = milliseconds % 256;
    milliseconds = Math.floor(milliseconds / 256);
  }
  bytes[6] = 0x70 | (/** @type {number} */ (bytes[6]) & 0x0f);
  bytes[8] = 0x80 | (/** @type {number} */ (bytes[8]) & 0x3f);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/**
 * Touching `localStorage` itself throws where a browser refuses it to frames.
 * @template T
 * @param {(storage: Storage) => T} work
 * @returns {T | undefined}
 */
function attempt(work) {
  try {
    return work(localStorage);
  } catch {
    return undefined;
  }
}
