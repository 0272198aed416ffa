// Asks how far the import is, and shows the new page when there is something new to decide.

export {};

const POLL_MS = 1000;

const card = /** @type {HTMLElement} */ (document.getElementById("progress"));
const bar = /** @type {HTMLProgressElement} */ (document.getElementById("bar"));
const far = /** @type {HTMLElement} */ (document.getElementById("far"));

/** @typedef {{ busy: boolean, doing: string, percent: number, far: string }} Progress */

async function look() {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "application/json" } });
    if (answer.ok) {
      const progress = /** @type {Progress} */ (await answer.json());
      if (!progress.busy || progress.doing !== card.dataset.doing) return location.reload();
      bar.value = progress.percent;
      far.textContent = progress.far;
    }
  } catch {
    // The server is away for a moment; the import goes on when it is back.
  }
  setTimeout(look, POLL_MS);
}
setTimeout(look, POLL_MS);
