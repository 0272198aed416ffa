// The sign-in popup: a window of our own origin, where our first-party session lives. It hands back
// a one-time code, which is worth nothing without the verifier that never leaves this frame.

import { Refusal } from "./refusals.js";

/** The next popup's secret, made before the click: a popup opened after a wait is blocked. */
let pair = makePair();

/**
 * @param {"login" | "signup"} way
 * @returns {Promise<{code: string, verifier: string} | null>} null when the popup was closed
 */
export async function askPopup(way) {
  const { verifier, challenge } = takePair();
  const { lang } = document.documentElement;
  const query = new URLSearchParams({ challenge, lang, ...(way === "signup" ? { way } : {}) });
  const popup = open(`/accounts/connect/?${query}`, "voxpop-connect", "popup,width=480,height=680");
  if (!popup) throw new Refusal({ code: "popup", status: 400 });
  const code = await handedBy(popup, "voxpop:code", "code");
  return code ? { code, verifier } : null;
}

/** @returns {{verifier: string, challenge: string}} a secret of this frame and its hash; each is used once */
export function takePair() {
  if (!pair.ready) throw new Refusal({ code: "secure", status: 400 });
  const taken = pair.ready;
  pair = makePair();
  return taken;
}

/** @returns {{ready: {verifier: string, challenge: string} | null}} */
function makePair() {
  /** @type {{ready: {verifier: string, challenge: string} | null}} */
  const made = { ready: null };
  const verifier = base64url(crypto.getRandomValues(new Uint8Array(32)));
  crypto.subtle?.digest("SHA-256", new TextEncoder().encode(verifier)).then((digest) => {
    made.ready = { verifier, challenge: base64url(new Uint8Array(digest)) };
  });
  return made;
}

/** @param {Uint8Array} bytes */
function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/**
 * What a window of ours, that this frame opened, hands over.
 * @param {Window} popup
 * @param {string} type
 * @param {string} name
 * @returns {Promise<string | null>} null when it was closed without that
 */
export function handedBy(popup, type, name) {
  return new Promise((resolve) => {
    /** @param {MessageEvent} event */
    const onMessage = (event) => {
      if (event.origin !== location.origin || event.source !== popup) return;
      if (event.data?.type !== type || typeof event.data[name] !== "string") return;
      finish(event.data[name]);
    };
    // A window that closes tells nobody; looking twice a second is the only way to know.
    const watch = setInterval(() => {
      if (popup.closed) setTimeout(finish, 500, null); // something may still be on its way
    }, 500);
    /** @param {string | null} handed */
    const finish = (handed) => {
      clearInterval(watch);
      removeEventListener("message", onMessage);
      resolve(handed);
    };
    addEventListener("message", onMessage);
  });
}
