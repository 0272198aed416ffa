// "You wrote 12 comments as a guest": one act makes them the account's. Loaded when somebody who was a
// guest in this browser signs in.

import { announce, page } from "../page.js";
import { element } from "./menu.js";
import { call, Refusal, say } from "./refusals.js";
import { forget, recall } from "./store.js";
import { refresh, token } from "./viewer.js";

const GUEST = `guest:${page.forum}`;

/** Looks whether there is anything to claim, and offers it. What cannot be asked now is not offered. */
export async function offerClaim() {
  const guest = recall(GUEST)?.token;
  if (!guest) return;
  const answer = await call("POST", "/me/claims/look", { body: { guest }, token: token() }).catch(() => null);
  if (!answer) return;
  if (answer.body.comments) show(answer.body.comments, guest);
  else forget(GUEST); // he wrote nothing that is still there
}

/**
 * @param {number} number
 * @param {string} guest
 */
function show(number, guest) {
  document.querySelector(".v-claim")?.remove();
  const button = element("button", { type: "button", class: "v-button" }, say("claim_do"));
  const node = element("p", { class: "v-claim", role: "status" }, element("span", {}, say("claim", { n: number })), button);
  button.addEventListener("click", () => void claim(node, button, guest));
  document.getElementById("composer")?.before(node);
}

/**
 * @param {HTMLElement} node
 * @param {HTMLButtonElement} button
 * @param {string} guest
 */
async function claim(node, button, guest) {
  button.disabled = true;
  try {
    await call("PUT", "/me/claims", { body: { guest }, token: token() });
  } catch (problem) {
    if (!(problem instanceof Refusal)) throw problem;
    button.disabled = false;
    announce(problem.words);
    return;
  }
  forget(GUEST);
  node.replaceChildren(say("claimed"));
  announce(say("claimed"));
  await refresh();
}
