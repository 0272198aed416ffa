// The answer to a write says how far the thread's log has come: see ../floor.js.

import { floorOf, isGood, LIFETIME, told } from "../page.js";
import { forget, keep, recall, recallKeys } from "./store.js";

/** @param {string | null} header one token or more */
export function raiseFloor(header) {
  for (const key of recallKeys("floor:")) if (!isGood(recall(key))) forget(key);
  for (const token of header?.split(", ") ?? []) {
    const [thread = "", place] = token.split(".");
    const floor = { token, seq: Number(place), until: Date.now() + LIFETIME };
    if (!(floor.seq >= (floorOf(thread)?.seq ?? 1))) continue; // told late, by a slower answer
    told.set(thread, floor);
    keep(`floor:${thread}`, floor);
  }
}
