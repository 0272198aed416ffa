// The sheet of this device, where it has one. Without it the page is whole: its links do the same.

const button = /** @type {HTMLButtonElement | null} */ (document.getElementById("sheet"));

if (button && navigator.share) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.share({ title: button.dataset["title"] ?? "", url: button.dataset["url"] ?? "" });
    } catch {
      // Closed again is no trouble; refused, the links stand beside it.
    }
  });
}
