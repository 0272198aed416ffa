// Where the sign-in window is blocked: this tab goes to our own origin, signs in, and comes back.
// What it comes back with waits on the server for the verifier, which never leaves this frame.

import { page } from "../page.js";
import { element } from "./menu.js";
import { takePair } from "./popup.js";
import { Refusal } from "./refusals.js";
import { forget, isLasting, keep, recall } from "./store.js";
import { enter } from "./viewer.js";

const KEY = "leaving";
const LONGEST = 15 * 60_000;

/** Whether what is kept here will be here again: the page that is come back to is on this site. */
export function mayLeave() {
  try {
    return isLasting() && new URL(page.host.url).origin === page.host.origin;
  } catch {
    return false;
  }
}

/**
 * Leaves the publisher's page; to be called by a click.
 * @param {"login" | "signup"} way
 * @param {string} place of the composer: "" or the comment that is answered
 */
export function leave(way, place) {
  const { verifier, challenge } = takePair();
  keep(KEY, { verifier, thread: page.thread, place, began: Date.now() });
  const told = { challenge, forum: page.forum, url: page.host.url, at: place || "write", way };
  const fields = Object.entries(told).map(([name, value]) => element("input", { type: "hidden", name, value }));
  const action = `/accounts/page/?lang=${document.documentElement.lang}`;
  const form = element("form", { method: "post", action, target: "_top", hidden: "" }, ...fields);
  document.body.append(form);
  form.submit();
  form.remove();
}

/**
 * Takes up what was left for this frame, when it has come back.
 * @returns {Promise<string | null>} the place of the composer that was left; null when nobody was away
 */
export async function comeBack() {
  const kept = recall(KEY);
  if (!kept) return null;
  try {
    if (Date.now() - kept.began < LONGEST) await enter({ verifier: kept.verifier });
  } catch (problem) {
    if (!(problem instanceof Refusal)) throw problem;
    return null; // not signed in yet, or not to be asked now: the next page asks again
  }
  forget(KEY);
  return kept.thread === page.thread ? kept.place : null;
}
