// Other people: following and muting them from a comment's menu, watching the thread they write in.

import { announce, changes, page } from "../page.js";
import { element } from "./menu.js";
import { ready } from "./ready.js";
import { call, Refusal, say } from "./refusals.js";
import { lookOver, onSession, overlay, token, viewer } from "./viewer.js";

/** @typedef {import("./menu.js").Choice} Choice */
/** @typedef {(work: () => Promise<void>) => Promise<void>} Trying tells at the comment what was refused */
/** @typedef {{follows: boolean, mutes: boolean, can_follow: boolean}} Standing */

const SOON = 1500; // milliseconds that a menu waits for what it would say of following

/**
 * What can be wanted of whoever wrote a comment.
 * @param {HTMLElement} comment
 * @param {Trying} trying
 * @returns {Promise<Choice[]>}
 */
export async function personChoices(comment, trying) {
  const id = comment.dataset["author"];
  if (!id || !token() || id === viewer()?.id) return [];
  const name = comment.querySelector(".who bdi")?.textContent ?? "";
  const mutes = overlay.mutes.includes(id);
  /** @param {"follow" | "unfollow" | "mute" | "unmute"} wish */
  const choice = (wish) => ({ label: say(wish, { name }), run: () => void trying(() => want(wish, id, name)) });
  const choices = [choice(mutes ? "unmute" : "mute")];
  const standing = viewer()?.kind === "user" && !mutes ? await standingOf(id) : null;
  const profile = /** @type {HTMLAnchorElement | null} */ (comment.querySelector(".who a"));
  if (profile) choices.unshift({ label: say("profile"), run: () => void profile.click() });
  if (standing?.can_follow) choices.unshift(choice(standing.follows ? "unfollow" : "follow"));
  return choices;
}

/**
 * What I want of somebody; null where that is not known soon.
 * @param {string} id
 * @returns {Promise<Standing | null>}
 */
function standingOf(id) {
  const asked = call("GET", `/me/people/${id}`, { token: token() }).then(({ body }) => body, () => null);
  return Promise.race([asked, new Promise((resolve) => setTimeout(resolve, SOON, null))]);
}

/**
 * @param {"follow" | "unfollow" | "mute" | "unmute"} wish
 * @param {string} id
 * @param {string} name
 */
async function want(wish, id, name) {
  const path = `/me/${wish.endsWith("mute") ? "mutes" : "follows"}/${id}`;
  await call(wish.startsWith("un") ? "DELETE" : "PUT", path, { token: token() });
  if (wish.endsWith("mute")) {
    overlay.mutes = overlay.mutes.filter((each) => each !== id);
    if (wish === "mute") overlay.mutes.push(id);
    lookOver();
  }
  announce(say({ follow: "followed", unfollow: "unfollowed", mute: "muted", unmute: "unmuted" }[wish], { name }));
}

/** @type {HTMLButtonElement | null} */
let button = null;

/** The button that watches the thread, for whoever has an inbox; safe to call again. */
export function hangWatch() {
  if (button) return;
  button = element("button", { type: "button", class: "v-watch" });
  button.addEventListener("click", toggle);
  onSession(draw);
  changes.addEventListener("comment", draw); // the first comment: now there is a thread to watch
  void draw();
}

async function draw() {
  await ready;
  if (!button) return;
  if (viewer()?.kind !== "user" || !page.seq) return button.remove();
  button.setAttribute("aria-pressed", String(overlay.watching));
  button.setAttribute("aria-label", say("watch"));
  button.title = say("watch");
  if (!button.isConnected) document.querySelector(".top h1")?.after(button);
}

/** Pressed at once, taken back when the server refuses. */
async function toggle() {
  overlay.watching = !overlay.watching;
  void draw();
  try {
    await call(overlay.watching ? "PUT" : "DELETE", `/me/watches/${page.thread}`, { token: token() });
  } catch (problem) {
    if (!(problem instanceof Refusal)) throw problem;
    overlay.watching = !overlay.watching;
    void draw();
    announce(problem.words);
    return;
  }
  announce(say(overlay.watching ? "watching" : "unwatched"));
}
