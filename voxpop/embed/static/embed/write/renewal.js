// The account's token acts for half an hour; this renews it, in one tab at a time.

import { page } from "../page.js";
import { keep, recall } from "./store.js";

export const ACCOUNT = "account";
/** Who one is on the site around the frame comes first: another forum of it may have other users. */
export const SITE = `site:${page.forum}`;
const EARLY = 60_000; // milliseconds before its end
const PATIENCE = 20_000;

/** The server could not be asked: nothing is known of the sign-in, and it is kept. */
export class Unrenewed extends Error {}

/**
 * Keeps what the server hands to this frame.
 * @param {{token: string, renewal: string, seconds: number, author: any}} handed
 */
export function keepSignIn({ token, renewal, seconds, author }) {
  keep(ACCOUNT, { token, renewal, until: Date.now() + seconds * 1000, author });
}

/** Whether somebody acts here whose token can be renewed: the site's own user comes anew instead. */
export const isRenewable = () => !recall(SITE) && Boolean(recall(ACCOUNT)?.renewal);

/**
 * The token to send: the account's own is renewed before it ends.
 * @param {string | null | undefined} token
 * @returns {Promise<string | null | undefined>}
 */
export async function current(token) {
  const kept = recall(ACCOUNT);
  if (!token || token !== kept?.token || !kept.renewal) return token;
  return Date.now() < kept.until - EARLY ? token : ((await renew(token)) ?? token);
}

/**
 * The next token after `stale`; null when the sign-in is over.
 * @param {string | null | undefined} stale
 * @returns {Promise<string | null>}
 */
export function renew(stale) {
  return alone(async () => {
    const kept = recall(ACCOUNT);
    if (!kept?.renewal) return null;
    if (kept.token !== stale) return kept.token; // renewed meanwhile
    const response = await ask(kept.renewal);
    if (response.status === 401) return null;
    const handed = response.ok && (await response.json().catch(() => null));
    if (!handed) throw new Unrenewed();
    keepSignIn(handed);
    return handed.token;
  });
}

/** @param {string} renewal */
async function ask(renewal) {
  try {
    return await fetch("/api/v1/tokens/renew", {
      method: "POST",
      headers: { Accept: "application/json", "Content-Type": "application/json" },
      credentials: "omit",
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE),
      body: JSON.stringify({ renewal }),
    });
  } catch {
    throw new Unrenewed();
  }
}

/**
 * Without locks two tabs may both ask: the server answers both alike.
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
async function alone(work) {
  let isTaken = false;
  try {
    return await navigator.locks.request("voxpop:renewal", () => {
      isTaken = true;
      return work();
    });
  } catch (problem) {
    if (isTaken) throw problem;
    return work(); // a frame without storage may have no locks either
  }
}
