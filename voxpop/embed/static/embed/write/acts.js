// What is done to a comment: act(button) for every `data-act` of its footer but "collapse".

import { announce, applyEvent } from "../page.js";
import { openComposer } from "./composer.js";
import { identityRow } from "./identity.js";
import { ask, element, note, openMenu } from "./menu.js";
import { banAuthor, moderatorChoices } from "./moderate.js";
import { personChoices } from "./people.js";
import { ready } from "./ready.js";
import { call, Refusal, say } from "./refusals.js";
import { start } from "./session.js";
import { copyLink, openShare } from "./share.js";
import { newKey } from "./store.js";
import { loseToken, onSession, overlay, token } from "./viewer.js";

/** @typedef {import("./menu.js").Choice} Choice */

/** @type {Record<string, (comment: HTMLElement, button: HTMLElement) => void | Promise<void>>} */
const ACTS = {
  up: (comment, button) => vote(comment, button, 1),
  down: (comment, button) => vote(comment, button, -1),
  reply,
  share: openShare,
  menu: openCommentMenu,
};

const OF_THE_VIEWER = new Set(["up", "down", "menu"]);

/**
 * Does what a button of a comment's footer says.
 * @param {HTMLElement} button
 */
export async function act(button) {
  const comment = /** @type {HTMLElement | null} */ (button.closest(".c"));
  const doing = ACTS[button.dataset["act"] ?? ""];
  if (!comment || !doing) return;
  await ready;
  // What needs to know the viewer waits for the overlay; the rest does not wait for a slow server.
  const started = start();
  if (OF_THE_VIEWER.has(button.dataset["act"] ?? "")) await started;
  await trying(comment, () => doing(comment, button));
}

/**
 * Says at the comment what went wrong, and to screen readers.
 * @param {HTMLElement} comment
 * @param {() => void | Promise<void>} work
 */
async function trying(comment, work) {
  comment.querySelector(".v-error")?.remove();
  try {
    await work();
  } catch (problem) {
    if (!(problem instanceof Refusal)) throw problem;
    if (problem.code === "bad_token") loseToken();
    comment.append(element("p", { class: "v-error", role: "alert" }, problem.words));
  }
}

/** @param {HTMLElement} comment */
function idOf(comment) {
  return comment.dataset["id"] ?? "";
}

/** @param {HTMLElement} comment */
function reply(comment) {
  const selection = getSelection();
  const body = comment.querySelector(".body");
  const isHere = Boolean(selection?.anchorNode && body?.contains(selection.anchorNode));
  const quote = isHere ? String(selection).trim() : "";
  return openComposer({ parent: idOf(comment), ...(quote ? { quote } : {}) });
}

/**
 * Pressed at once, taken back when the server refuses; the sums follow with the next event.
 * @param {HTMLElement} comment
 * @param {HTMLElement} button
 * @param {1 | -1} value
 */
async function vote(comment, button, value) {
  if (!token() && !(await identified(comment))) return;
  const id = idOf(comment);
  const before = overlay.votes[id] ?? 0;
  const after = before === value ? 0 : value;
  showVote(comment, before, after);
  try {
    await call("PUT", `/comments/${id}/vote`, { body: { value: after }, token: token(), key: newKey() });
  } catch (problem) {
    showVote(comment, after, before);
    throw problem;
  }
  announce(say(after === 0 ? "vote_none" : after === 1 ? "vote_up" : "vote_down"));
  button.focus();
}

/**
 * @param {HTMLElement} comment
 * @param {number} before
 * @param {number} after
 */
function showVote(comment, before, after) {
  overlay.votes[idOf(comment)] = after;
  for (const [name, value] of /** @type {[string, number][]} */ ([["up", 1], ["down", -1]])) {
    comment.querySelector(`[data-act="${name}"]`)?.setAttribute("aria-pressed", String(after === value));
    const sum = comment.querySelector(`.n.${name}`);
    const change = Number(after === value) - Number(before === value);
    if (sum) sum.textContent = String(Math.max(0, Number(sum.textContent) + change) || "");
  }
}

/**
 * Asks, at the comment, who this is; resolves when that is known or was not wanted.
 * @param {HTMLElement} comment
 * @returns {Promise<boolean>}
 */
function identified(comment) {
  comment.parentElement?.querySelector(".v-who")?.remove();
  const row = identityRow();
  const go = element("button", { type: "submit", class: "v-button is-main" }, say("go_on"));
  const no = element("button", { type: "button", class: "v-button" }, say("cancel"));
  const panel = element("form", { class: "v-who", novalidate: "", "aria-label": say("who") });
  panel.append(element("p", {}, say("who")), row.node, element("div", { class: "v-row" }, go, no));
  comment.append(panel);
  const first = /** @type {HTMLElement | null} */ (panel.querySelector("input, button"));
  first?.focus();
  return new Promise((resolve) => {
    /** @param {boolean} isKnown */
    const finish = (isKnown) => {
      end();
      row.end();
      panel.remove();
      resolve(isKnown);
    };
    const end = onSession(() => token() && finish(true));
    no.addEventListener("click", () => finish(false));
    panel.addEventListener("keydown", (event) => event.key === "Escape" && finish(false));
    panel.addEventListener("submit", (event) => {
      event.preventDefault();
      row.enter().catch((problem) => {
        if (!(problem instanceof Refusal)) throw problem;
        row.showErrors(Object.keys(problem.errors).length ? problem.errors : { name: problem.words });
      });
    });
  });
}

/**
 * @param {HTMLElement} comment
 * @param {HTMLElement} button
 */
async function openCommentMenu(comment, button) {
  const id = idOf(comment);
  const mine = overlay.own.find((own) => own.id === id);
  const isEditable = mine?.editable_until && Date.parse(mine.editable_until) > Date.now();
  /** @type {Choice[]} */
  const choices = [];
  if (isEditable) choices.push({ label: say("edit"), run: () => void trying(comment, () => openComposer({ edit: id })) });
  if (mine) choices.push({ label: say("delete"), danger: true, run: () => void trying(comment, () => remove(comment)) });
  const isHeld = comment.matches(".is-held");
  if (!isHeld) choices.push({ label: say("copy_link"), run: () => void copyLink(comment) });
  if (!mine && !overlay.flags.includes(id)) choices.push({ label: say("flag"), run: () => void trying(comment, () => flag(comment, button)) });
  if (!mine) choices.push(...(await personChoices(comment, (work) => trying(comment, work))));
  if (overlay.powers.includes("moderate") && !isHeld) {
    choices.push(...moderatorChoices(comment, (work) => trying(comment, work)));
    if (!mine) choices.push({ label: say("mod_ban"), danger: true, run: () => void trying(comment, () => banAuthor(comment)) });
  }
  openMenu(button, say("menu"), choices);
}

/** @param {HTMLElement} comment */
async function remove(comment) {
  const sure = await ask(comment, { question: say("delete_sure"), yes: say("delete"), no: say("keep") });
  if (!sure) return;
  const { body } = await call("DELETE", `/comments/${idOf(comment)}`, { token: token(), key: newKey() });
  const next = neighbour(comment);
  const status = body.replies ? body.status : "gone"; // with replies its place stays
  applyEvent({ kind: "removed", seq: body.seq, comments: [{ ...body, status }] });
  announce(say("deleted"));
  next?.focus();
}

/**
 * @param {HTMLElement} comment
 * @param {HTMLElement} button
 */
async function flag(comment, button) {
  if (!token() && !(await identified(comment))) return;
  const reasons = /** @type {const} */ (["spam", "abuse", "off-topic", "other"]);
  openMenu(
    button,
    say("flag_why"),
    reasons.map((reason) => ({
      label: say(`flag_${reason.replace("-", "_")}`),
      run: () =>
        void trying(comment, async () => {
          await call("PUT", `/comments/${idOf(comment)}/flag`, { body: { reason }, token: token(), key: newKey() });
          overlay.flags.push(idOf(comment));
          note(comment, say("flagged"));
        }),
    })),
  );
}

/**
 * Where the focus goes when this comment is gone.
 * @param {HTMLElement} comment
 */
function neighbour(comment) {
  const other = comment.nextElementSibling ?? comment.previousElementSibling;
  return /** @type {HTMLElement | null} */ (other?.querySelector("a, button"));
}
