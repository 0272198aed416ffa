// The page says who its reader is on the site, or that he is nobody there: the way in for the reader.

import { page, tell } from "../page.js";
import { ready } from "./ready.js";
import { Refusal } from "./refusals.js";
import { start } from "./session.js";
import { believe } from "./site.js";
import { leaveSite } from "./viewer.js";

/** One after the other: a page may say something else before the first is done. */
let last = Promise.resolve();

/** @param {unknown} token the site's word; "" when nobody is signed in there */
export function take(token) {
  last = last.then(() => taken(token));
  return last;
}

/** @param {unknown} token */
async function taken(token) {
  if (page.settings.sso === "off" || typeof token !== "string") return;
  await ready;
  try {
    await (token ? believe(token) : leaveSite());
  } catch (problem) {
    if (!(problem instanceof Refusal)) throw problem;
    tell("error", { code: problem.code }); // it is the site's to mend; who reads is not bothered
  }
  if (token) await start();
}
