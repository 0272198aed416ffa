// The composer: an editor with a place (the thread, a parent, a comment to be edited), a draft
// that is never lost, and one way out: outbox.deliver for comments, PATCH for edits.

import { announce, articleOf, insertComment, page } from "../page.js";
import { charactersLeft, makeEditor, replaceText } from "./editor.js";
import { joined, quoteInto } from "./format.js";
import { identityRow } from "./identity.js";
import { element } from "./menu.js";
import { deliver, onGiveBack, resume } from "./outbox.js";
import { ready } from "./ready.js";
import { call, Refusal, say } from "./refusals.js";
import { begin, loseToken, placeHeld, token, viewer } from "./viewer.js";
import { draftKey, forget, keep, newKey, recall } from "./store.js";

/**
 * @typedef {{text: string, key: string}} Draft
 * @typedef {{parent?: string, edit?: string, quote?: string, problem?: string, returned?: Draft}} Wish
 * @typedef {{source: string, revision: number}} Edited
 */

/** The composers that are open, by their place. @type {Map<string, Composer>} */
const opened = new Map();

/**
 * Opens the editor at its place with the caret in it; the one that is open already, if any.
 * @param {Wish} [wish]
 */
export async function openComposer(wish = {}) {
  void begin().then(resume);
  const place = wish.edit ? `edit:${wish.edit}` : (wish.parent ?? "");
  await ready;
  let composer = opened.get(place);
  if (!composer) {
    const edited = wish.edit ? await readSource(wish.edit) : null;
    composer = opened.get(place) ?? new Composer(wish, place, edited);
    opened.set(place, composer);
  }
  if (!composer.form.isConnected) composer.enter(); // another sort took its place away
  if (wish.returned) composer.takeBack(wish.returned);
  if (wish.quote) composer.quote(wish.quote);
  if (wish.problem) composer.complain(wish.problem);
  composer.area.focus();
}

onGiveBack(openComposer);

class Composer {
  /**
   * @param {Wish} wish
   * @param {string} place
   * @param {Edited | null} edited
   */
  constructor(wish, place, edited) {
    this.parent = wish.parent ?? null;
    this.editId = wish.edit ?? null;
    this.edited = edited;
    this.place = place;
    this.draftKey = draftKey(page.thread, place);
    const kept = recall(this.draftKey);
    /** @type {Draft} */
    this.draft = { ...freshDraft(), ...kept };

    const label = this.#label();
    this.editor = makeEditor({
      label,
      placeholder: page.settings.placeholder,
      text: this.draft.text || edited?.source || "",
      onInput: (text) => this.#keepDraft(text),
    });
    this.area = this.editor.area;
    this.identity = this.editId ? null : identityRow();
    // Hidden from people; what fills it in is a machine (SAFETY T26).
    this.trap = element("input", { class: "v-trap", name: "website", tabindex: "-1", "aria-hidden": "true" });
    this.trap.autocomplete = "off";
    this.error = element("p", { class: "v-error", role: "alert" });
    this.button = element("button", { type: "submit", class: "v-button is-main" }, this.#sendLabel());
    this.form = element("form", { class: "v-composer", "aria-label": label, "data-place": place, novalidate: "" }, this.editor.node);
    if (this.identity) this.form.append(this.identity.node);
    this.form.append(this.trap, this.error);
    this.editor.node.append(this.#bar());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.send();
    });
    this.form.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.place) this.close();
      else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.form.requestSubmit();
    });
    this.enter();
    this.editor.fit();
    if (kept?.text) announce(say("draft_restored"));
  }

  /** @param {string} words */
  complain(words) {
    this.error.textContent = words;
  }

  /** @param {string} quoted */
  quote(quoted) {
    const text = quoteInto(this.area.value, quoted);
    replaceText(this.area, { text, start: text.length, end: text.length });
  }

  /**
   * What could not be sent, with its key: should the server have it after all, it says so.
   * @param {Draft} returned
   */
  takeBack({ text, key }) {
    this.draft.key = key;
    this.area.value = joined(text, this.area.value);
    this.area.dispatchEvent(new Event("input"));
  }

  /** The text leaves the editor only when it has been taken: whatever fails, it stays. */
  async send() {
    if (this.button.disabled) return;
    this.complain("");
    const text = this.area.value;
    const fault = faultOf(text);
    if (fault) {
      this.complain(fault);
      this.area.focus();
      return;
    }
    const guest = this.identity && !token() ? this.identity.guest() : null;
    if (this.identity && !token() && !guest) {
      if (!page.settings.guests) this.complain(say("no_guests_not_allowed"));
      return;
    }
    this.#busy(true);
    try {
      if (this.editId) await this.#saveEdit(this.editId, text);
      else await this.#sendComment(text, guest);
      this.#done();
    } catch (problem) {
      if (!(problem instanceof Refusal)) throw problem;
      await this.#refused(problem);
    } finally {
      this.#busy(false);
    }
  }

  /** Puts the editor away; what was typed stays as the draft of its place. */
  close() {
    this.identity?.end();
    opened.delete(this.place);
    this.form.remove();
    const article = articleOf(this.editId ?? this.parent);
    article?.classList.remove("is-editing");
    /** @type {HTMLElement | null | undefined} */ (
      article?.querySelector(`[data-act="${this.editId ? "menu" : "reply"}"]`)
    )?.focus();
  }

  /**
   * @param {string} text
   * @param {import("./identity.js").Guest | null} guest
   */
  async #sendComment(text, guest) {
    const who = viewer();
    forget(this.draftKey); // from here on the outbox keeps it
    try {
      await deliver({
        key: this.draft.key,
        forum: page.forum,
        threadId: page.thread,
        thread: address(),
        parent: this.parent,
        source: text,
        as: who?.id ?? "",
        name: guest?.name ?? who?.name ?? "",
        guest,
        website: this.trap.value,
      });
    } catch (problem) {
      this.#keepDraft(text);
      throw problem;
    }
  }

  /**
   * @param {string} id
   * @param {string} text
   */
  async #saveEdit(id, text) {
    const { status, body } = await call("PATCH", `/comments/${id}`, {
      body: { source: text, revision: this.edited?.revision },
      token: token(),
      key: this.draft.key,
    });
    if (status === 202) {
      placeHeld(body);
      announce(say("edit_held"));
    } else {
      insertComment(body);
      announce(say("edited"));
    }
  }

  #done() {
    forget(this.draftKey);
    this.draft = freshDraft();
    this.area.value = "";
    this.editor.fit();
    if (this.place) this.close();
  }

  /** @param {Refusal} problem */
  async #refused(problem) {
    if (problem.code === "idempotency_key_reused") this.draft.key = newKey();
    if (problem.code === "revision_conflict" && this.editId && this.edited) {
      // The next try replaces what is there now, knowingly.
      const now = await readSource(this.editId).catch(() => null);
      if (now) this.edited.revision = now.revision;
    }
    // A guest of before, who left no address, is asked for one.
    if (problem.code === "bad_token" || problem.code === "address_needed") loseToken();
    this.complain(problem.words);
    this.area.focus();
    this.identity?.showErrors(problem.errors);
  }

  /** @param {string} text */
  #keepDraft(text) {
    this.draft.text = text;
    if (text.trim()) keep(this.draftKey, this.draft);
    else forget(this.draftKey);
  }

  /** @param {boolean} isBusy */
  #busy(isBusy) {
    this.button.disabled = isBusy;
    this.area.readOnly = isBusy;
    this.form.setAttribute("aria-busy", String(isBusy));
  }

  #bar() {
    const { toolbar, left } = this.editor;
    const end = element("div", { class: "v-end" }, left);
    if (this.place) {
      const cancel = element("button", { type: "button", class: "v-button" }, say("cancel"));
      cancel.addEventListener("click", () => this.close());
      end.append(cancel);
    }
    end.append(this.button);
    return element("div", { class: "v-bar" }, toolbar, end);
  }

  #label() {
    if (this.editId) return say("edit_comment");
    return this.parent ? say("reply_to", { name: nameOf(this.parent) }) : say("comment");
  }

  #sendLabel() {
    if (this.editId) return say("save");
    return this.parent ? page.labels["\x01"] || say("reply") : page.settings.post_label || say("post");
  }

  /** A form stands beside its comment, never in it: the comment's article may be replaced meanwhile. */
  enter() {
    const article = articleOf(this.editId ?? this.parent);
    if (!article) {
      document.getElementById("composer")?.replaceChildren(this.form);
      return;
    }
    const depth = Number(article.dataset["depth"]) + (this.editId ? 0 : 1);
    this.form.style.setProperty("--d", String(depth));
    this.form.classList.add(this.editId ? "is-edit" : "is-reply");
    article.classList.toggle("is-editing", Boolean(this.editId));
    article.after(this.form);
  }
}

/** @returns {Draft} */
function freshDraft() {
  return { text: "", key: newKey() };
}

/** How the server finds the thread, and what it calls it if this is its first comment. */
function address() {
  const { i: identifier, u } = page.query;
  const url = page.host.url || u || "";
  return { ...(identifier ? { identifier } : {}), url, title: page.host.title };
}

/** @param {string} text */
function faultOf(text) {
  if (!text.trim()) return say("no_source_empty");
  return charactersLeft(text) < 0 ? say("no_source_too_long") : "";
}

/**
 * What I typed, to change it: never part of a shared answer, so it is asked for.
 * @param {string} id
 * @returns {Promise<Edited>}
 */
async function readSource(id) {
  const { body } = await call("GET", `/me/comments/${id}`, { token: token() });
  return { source: body.source, revision: body.revision };
}

/** @param {string} id */
function nameOf(id) {
  return articleOf(id)?.querySelector(".who bdi")?.textContent ?? "";
}
