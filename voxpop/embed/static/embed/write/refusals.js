// A request of the writing half, and what its refusals mean to the person who typed.

import { say as sayOfPage } from "../page.js";
import { raiseFloor } from "./floor.js";
import { current, isRenewable, renew, Unrenewed } from "./renewal.js";

const PATIENCE = 20_000; // milliseconds after which a server counts as gone

/** Codes whose words tell more than the server's own sentence. */
const KNOWN = new Set([
  "address_needed",
  "banned",
  "edit_window_over",
  "guests_not_allowed",
  "idempotency_key_reused",
  "not_allowed",
  "not_found",
  "offline",
  "popup",
  "secure",
  "origin_not_allowed",
  "rate_limited",
  "revision_conflict",
  "sign_in_required",
  "bad_token",
  "sso_required",
  "source_empty",
  "source_not_renderable",
  "source_too_long",
  "thread_closed",
  "thread_locked",
  "writes_paused",
]);

/** The server said no, or could not be asked. */
export class Refusal extends Error {
  /** @param {{code: string, status?: number, detail?: string, wait?: number, errors?: Record<string, string>}} problem */
  constructor({ code, status = 0, detail = "", wait = 0, errors = {} }) {
    super(detail || code);
    this.code = code;
    this.status = status;
    this.wait = wait; // seconds that the server asks for
    this.errors = errors;
  }

  /** Nobody judged the request; the same one may be sent again later. */
  get isPassing() {
    return this.status === 0 || this.status >= 500 || this.code === "in_progress";
  }

  /** What to tell, in the page's language where we have words for it. */
  get words() {
    if (this.isPassing && this.code !== "writes_paused") return say("no_offline");
    if (this.code.startsWith("sso_") && this.code !== "sso_required") return say("no_site");
    if (KNOWN.has(this.code)) return say(`no_${this.code}`, { n: this.wait || 30 });
    return Object.values(this.errors)[0] ?? (this.message || say("no_other"));
  }
}

/**
 * A word of the writing half.
 * @param {string} key without its `write_`
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function say(key, values = {}) {
  return sayOfPage(`write_${key}`, values);
}

/**
 * Asks the API. A cookie never goes along: only the token authorises (SAFETY T08). Beside the reader's
 * `request` because writing needs the status (held or published), the fields at fault, and an end
 * to its patience.
 * @param {string} method
 * @param {string} path below /api/v1
 * @param {{body?: unknown, token?: string | null, key?: string}} [with_]
 * @returns {Promise<{status: number, body: any}>}
 */
export async function call(method, path, with_ = {}) {
  const { token } = with_;
  const mayRenew = isRenewable(); // asked before: nobody acts as somebody else because his own has ended
  try {
    return await send(method, path, { ...with_, token: await current(token) });
  } catch (problem) {
    if (problem instanceof Unrenewed) throw new Refusal({ code: "offline" });
    const isOver = problem instanceof Refusal && problem.code === "bad_token";
    if (!isOver || !mayRenew) throw problem;
    // Another tab has renewed it, or our clock is wrong: once more with the newest.
    const next = await renew(token).catch(() => null);
    if (!next) throw problem;
    return send(method, path, { ...with_, token: next });
  }
}

/**
 * @param {string} method
 * @param {string} path
 * @param {{body?: unknown, token?: string | null, key?: string}} with_
 */
async function send(method, path, { body, token, key }) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (token) headers["Authorization"] = `Bearer ${token}`;
  if (key) headers["Idempotency-Key"] = key;
  let response;
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      headers,
      credentials: "omit",
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    throw new Refusal({ code: "offline" });
  }
  raiseFloor(response.headers.get("Voxpop-Floor"));
  const answer = await response.json().catch(() => null);
  if (response.ok) return { status: response.status, body: answer };
  throw new Refusal({
    code: answer?.code ?? "server_error",
    status: response.status,
    detail: answer?.detail,
    errors: answer?.errors,
    wait: Number(response.headers.get("Retry-After")) || 0,
  });
}
