// The time zone is the browser's until another is chosen: it is proposed here, and kept with "Save".

const zone = /** @type {HTMLSelectElement | null} */ (document.getElementById("zone"));
if (zone && !zone.value) {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if ([...zone.options].some((option) => option.value === here)) zone.value = here;
}

export {};
