// The moderator's part of a comment's menu: the same decisions as on the desk, where one reads.

import { announce, page } from "../page.js";
import { ask } from "./menu.js";
import { call, say } from "./refusals.js";
import { token } from "./viewer.js";
import { newKey } from "./store.js";

/** @typedef {import("./menu.js").Choice} Choice */

/**
 * @param {HTMLElement} comment
 * @param {(work: () => Promise<void>) => Promise<void>} trying tells at the comment what was refused
 * @returns {Choice[]}
 */
export function moderatorChoices(comment, trying) {
  const id = comment.dataset["id"] ?? "";
  const isGone = comment.matches(".gone");
  const decisions = isGone ? ["restore"] : ["approve", "reject", "spam", "delete"];
  /** @type {Choice[]} */
  const choices = decisions.map((decision) => ({
    label: say(`mod_${decision}`),
    danger: decision !== "approve" && decision !== "restore",
    run: () => void trying(() => decide(comment, decision)),
  }));
  const isPinned = page.pinned === id;
  if (!comment.dataset["parent"] && !isGone) choices.push(ofThread(isPinned ? "unpin" : "pin", id, trying));
  choices.push(ofThread(page.locked ? "unlock" : "lock", id, trying));
  return choices;
}

/** @param {HTMLElement} comment */
export async function banAuthor(comment) {
  const name = comment.querySelector(".who bdi")?.textContent ?? "";
  const answer = await ask(comment, {
    question: say("mod_ban_sure", { name }),
    yes: say("mod_ban"),
    no: say("cancel"),
    field: say("mod_reason"),
  });
  if (!answer) return;
  await call("POST", `/moderation/forums/${page.forum}/bans`, {
    body: { author: comment.dataset["author"], reason: answer.text },
    token: token(),
    key: newKey(),
  });
  announce(say("mod_done"));
}

/**
 * @param {HTMLElement} comment
 * @param {string} decision
 */
async function decide(comment, decision) {
  await call("POST", `/moderation/comments/${comment.dataset["id"]}/decisions`, {
    body: { decision },
    token: token(),
    key: newKey(),
  });
  announce(say("mod_done"));
}

/**
 * @param {"pin" | "unpin" | "lock" | "unlock"} decision
 * @param {string} id
 * @param {(work: () => Promise<void>) => Promise<void>} trying
 * @returns {Choice}
 */
function ofThread(decision, id, trying) {
  const body = { decision, ...(decision === "pin" ? { comment: id } : {}) };
  return {
    label: say(`mod_${decision}`),
    run: () =>
      void trying(async () => {
        await call("POST", `/moderation/threads/${page.thread}/decisions`, { body, token: token(), key: newKey() });
        announce(say("mod_done"));
      }),
  };
}
