// Shows at once how the embed will look with what is typed.

const form = /** @type {HTMLFormElement | null} */ (document.getElementById("settings"));
const preview = document.getElementById("preview");
const accent = /** @type {HTMLInputElement | null} */ (form?.elements.namedItem("accent") ?? null);

/** @param {string} name @returns {string} */
function typed(name) {
  const field = form?.elements.namedItem(name);
  return field instanceof HTMLInputElement || field instanceof HTMLSelectElement ? field.value : "";
}

function draw() {
  for (const place of preview?.querySelectorAll("[data-shows]") ?? []) {
    if (!(place instanceof HTMLElement)) continue;
    place.textContent = typed(place.dataset.shows ?? "").trim() || (place.dataset.empty ?? "");
  }
  const votes = preview?.querySelector("[data-votes]");
  const signs = { both: "▲ 12 \u00a0 ▼ \u00a0 ", up: "▲ 12 \u00a0 " };
  if (votes) votes.textContent = signs[/** @type {"both" | "up"} */ (typed("vote_mode"))] ?? "";
  colour(typed("accent"));
}

/** @param {string} chosen */
function colour(chosen) {
  if (/^#[0-9a-f]{6}$/i.test(chosen)) preview?.style.setProperty("--chosen", chosen);
  else preview?.style.removeProperty("--chosen");
}

if (accent) {
  const picker = document.createElement("input");
  picker.type = "color";
  picker.ariaLabel = form?.dataset.pick ?? "";
  picker.value = accent.value || "#2456d6";
  picker.addEventListener("input", () => {
    accent.value = picker.value;
    draw();
  });
  accent.addEventListener("input", () => {
    if (/^#[0-9a-f]{6}$/i.test(accent.value)) picker.value = accent.value;
  });
  const row = document.createElement("div");
  row.className = "colour-row";
  accent.replaceWith(row);
  row.append(accent, picker);
}
form?.addEventListener("input", draw);
draw();
