// Signing in as who one is on the site around the frame: what the site says is exchanged, once, for a
// token of this frame; and the site's own sign-in page, in a window, where it has named one.

import { page } from "../page.js";
import { handedBy } from "./popup.js";
import { SITE } from "./renewal.js";
import { call, Refusal } from "./refusals.js";
import { arrive, leaveSite, SIGNED_OUT } from "./viewer.js";
import { forget, keep, newKey, recall } from "./store.js";

const FRESH = 6 * 3600_000; // milliseconds: half of what the server gives

/** What the page handed over and nobody has used. */
let spare = "";

/** Whether the site can be asked who its reader is. */
export const hasSiteDoor = () => page.settings.sso !== "off" && (page.settings.sso_door || spare !== "");

/**
 * Takes the site's word for it; the same word again costs no request.
 * @param {string} token
 */
export async function believe(token) {
  const { sub, says } = said(token);
  spare = token;
  if (recall(SIGNED_OUT) === sub) return; // by himself, here
  const kept = recall(SITE);
  if (kept?.says === says && Date.now() < kept.until) {
    await arrive();
    if (recall(SITE)) return; // else it had ended meanwhile
  } else if (kept && kept.sub !== sub) await leaveSite(); // another person sits here
  await exchange(token);
}

/** To the site's own sign-in, and back; to be called by a click. */
export async function askSite() {
  if (spare) {
    try {
      return await exchange(spare);
    } catch (problem) {
      if (!(problem instanceof Refusal) || !page.settings.sso_door) throw problem;
    }
  }
  const nonce = newKey();
  const { lang } = document.documentElement;
  const out = `/accounts/sso/${encodeURIComponent(page.forum)}/`;
  const query = new URLSearchParams({ nonce, lang });
  const popup = open(`${out}?${query}`, "voxpop-site", "popup,width=480,height=680");
  if (!popup) {
    // The whole page goes, and comes back with the site's word in it; what was typed waits here.
    open(`${out}?${new URLSearchParams({ page: page.host.url })}`, "_top");
    return;
  }
  const token = await handedBy(popup, "voxpop:sso", "token");
  if (token) await exchange(token, nonce);
}

/**
 * @param {string} token
 * @param {string} [nonce] what this frame gave the site to put into it
 */
async function exchange(token, nonce = "") {
  spare = "";
  const path = `/forums/${encodeURIComponent(page.forum)}/sso`;
  const { body } = await call("POST", path, { body: { token, nonce } });
  keep(SITE, { ...said(token), token: body.token, author: body.author, until: Date.now() + FRESH });
  forget(SIGNED_OUT);
  await arrive();
}

/**
 * What a token says, but for the moment: read here only to know whether that is news.
 * @param {string} token
 * @returns {{sub: string, says: string}}
 */
function said(token) {
  try {
    const bytes = atob((token.split(".")[1] ?? "").replace(/-/g, "+").replace(/_/g, "/"));
    const { iat, exp, jti, nonce, ...says } = JSON.parse(bytes);
    return { sub: String(says.sub), says: JSON.stringify(says) };
  } catch {
    return { sub: "", says: token }; // the server will say what is wrong with it
  }
}
