// The moderator's part of a comment's menu: the same decisions as on the desk, where one reads.

import { announce, applyEvent, insertComment, page } from "../page.js";
import { ask, element } from "./menu.js";
import { call, Refusal, say } from "./refusals.js";
import { newKey } from "./store.js";
import { token } from "./viewer.js";

/** @typedef {import("./menu.js").Choice} Choice */
/** @typedef {(work: () => Promise<void>) => Promise<void>} Trying tells at the comment what was refused */

const DAY = 86_400_000;
const UNDO_FOR = 20_000; // milliseconds; afterwards the desk still undoes it

/**
 * @param {HTMLElement} comment
 * @param {Trying} trying
 * @returns {Choice[]}
 */
export function moderatorChoices(comment, trying) {
  const id = comment.dataset["id"] ?? "";
  /** @type {Choice[]} */
  const choices = ["approve", "reject", "spam", "delete"].map((decision) => ({
    label: say(`mod_${decision}`),
    danger: decision !== "approve",
    run: () => void trying(() => decide(comment, decision)),
  }));
  if (!comment.dataset["parent"]) choices.push(ofThread(page.pinned === id ? "unpin" : "pin", id, trying));
  choices.push(ofThread(page.locked ? "unlock" : "lock", id, trying));
  return choices;
}

/** @param {HTMLElement} comment */
export async function banAuthor(comment) {
  const name = comment.querySelector(".who bdi")?.textContent ?? "";
  const answer = await ask(
    comment,
    { question: say("mod_ban_sure", { name }), yes: say("mod_ban"), no: say("cancel") },
    element("input", { name: "reason", maxlength: "300", placeholder: say("mod_reason"), "aria-label": say("mod_reason") }),
    endings(),
    element("label", {}, element("input", { type: "checkbox", name: "clean" }), " ", say("mod_ban_clean")),
  );
  if (!answer) return;
  const days = Number(answer.get("days"));
  const { place, body } = await decideAt(comment, `/forums/${page.forum}/bans`, {
    author: comment.dataset["author"],
    reason: answer.get("reason"),
    ends: days ? new Date(Date.now() + days * DAY).toISOString() : null,
    remove_hours: answer.has("clean") ? 24 : 0,
  });
  offerUndo(place, say("mod_banned", { name }), body.decision.id);
}

function endings() {
  const select = element("select", { name: "days", "aria-label": say("mod_ban_ends") });
  for (const days of [0, 1, 7, 30]) {
    const words = days ? say("mod_ban_days", { n: days }) : say("mod_ban_for_good");
    select.append(element("option", { value: String(days) }, words));
  }
  return select;
}

/**
 * @param {HTMLElement} comment
 * @param {string} decision
 */
async function decide(comment, decision) {
  const path = `/comments/${comment.dataset["id"]}/decisions`;
  const { place, body } = await decideAt(comment, path, { decision });
  const words = decision === "approve" ? say("mod_approved") : say("mod_removed");
  offerUndo(place, words, body.decision.id);
  show(body.comment);
}

/**
 * @param {"pin" | "unpin" | "lock" | "unlock"} decision
 * @param {string} id
 * @param {Trying} trying
 * @returns {Choice}
 */
function ofThread(decision, id, trying) {
  return {
    label: say(`mod_${decision}`),
    run: () =>
      void trying(async () => {
        const about = decision === "pin" ? { comment: id } : {};
        const { body } = await moderate(`/threads/${page.thread}/decisions`, { decision, ...about });
        applyEvent({ kind: "thread", seq: body.thread.seq, thread: body.thread });
        announce(say("mod_done"));
      }),
  };
}

/**
 * Keeps the comment's place, where the log may take it away before the answer comes.
 * @param {HTMLElement} comment
 * @param {string} path
 * @param {unknown} asked
 */
async function decideAt(comment, path, asked) {
  const place = element("p", { class: "v-done", hidden: "" });
  place.style.setProperty("--d", comment.dataset["depth"] ?? "0");
  comment.before(place);
  try {
    const { body } = await moderate(path, asked);
    return { place, body };
  } catch (problem) {
    place.remove();
    throw problem;
  }
}

/**
 * In the place of what was decided about, for a moment: what was done, and the way back.
 * @param {HTMLElement} note
 * @param {string} words
 * @param {string} decision
 */
function offerUndo(note, words, decision) {
  const undo = element("button", { type: "button", class: "v-link" }, say("mod_undo"));
  note.replaceChildren(words, " ", undo);
  note.hidden = false;
  undo.focus();
  announce(words);
  const timer = setTimeout(() => note.remove(), UNDO_FOR);
  undo.addEventListener("click", async () => {
    clearTimeout(timer);
    try {
      const { body } = await moderate(`/decisions/${decision}/undo`, {});
      if (body.comment) show(body.comment);
      note.remove();
      announce(say("mod_undone"));
    } catch (problem) {
      if (!(problem instanceof Refusal)) throw problem;
      note.replaceChildren(problem.words);
      announce(problem.words);
    }
  });
}

/**
 * The comment as readers have it from now on; the log says the same in a moment.
 * @param {any} shape
 */
function show(shape) {
  const isGone = shape.status !== "published" && !shape.replies;
  if (isGone) applyEvent({ kind: "removed", seq: shape.seq, comments: [{ ...shape, status: "gone" }] });
  else insertComment(shape);
}

/**
 * @param {string} path
 * @param {unknown} body
 */
function moderate(path, body) {
  return call("POST", `/moderation${path}`, { body, token: token(), key: newKey() });
}
