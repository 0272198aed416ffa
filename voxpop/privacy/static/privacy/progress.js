// Asks how far the file is, and shows the page anew when it is packed.

export {};

const POLL_MS = 1000;
const bar = /** @type {HTMLProgressElement} */ (document.getElementById("bar"));

async function look() {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "application/json" } });
    if (answer.ok) {
      const progress = /** @type {{ state: string, done: number, size: number }} */ (
        await answer.json()
      );
      if (progress.state === "packed" || progress.state === "none") return location.reload();
      bar.max = progress.size || 1;
      bar.value = progress.done;
    }
  } catch {
    // The server is away for a moment; the file is packed when it is back.
  }
  setTimeout(look, POLL_MS);
}
setTimeout(look, POLL_MS);
