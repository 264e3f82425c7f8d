// What a page is better for; each of them works without. No data is kept here.
"use strict";
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

  // Times in the visitor's zone.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const clock = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "short" });
  const exact = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "medium" });
  function localize(root) {
    for (const each of $$("time[datetime]", root)) {
      const moment = new Date(each.dateTime);
      each.title = `${exact.format(moment)} ${zone}`;
      if (each.dataset.form === "clock") each.textContent = clock.format(moment);
    }
    for (const each of $$("[data-zone]", root)) each.textContent = zone;
    for (const each of $$("[data-copy]", root)) each.hidden = !navigator.clipboard;
    for (const each of $$("[data-live]", root)) each.hidden = false;
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) {
      await navigator.clipboard.writeText(button.dataset.copy);
      say("Copied.");
    }
  });

  function say(text) {
    const said = $("#said");
    said.replaceChildren(Object.assign(document.createElement("p"), { className: "done", textContent: text }));
  }

  // Keys: / finds, g and a letter goes, ? lists.
  let going = false;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
    if (going) {
      going = false;
      const link = $(`[data-go="${CSS.escape(event.key)}"]`);
      if (link) { event.preventDefault(); link.click(); }
      return;
    }
    if (event.key === "g") going = true;
    if (event.key === "?") $("#keys")?.showModal();
    if (event.key === "/") { event.preventDefault(); $('[data-key="/"]')?.focus(); }
  });

  // Live: a change somewhere fetches the page's live regions again, not more than once in a quarter of a second. While
  // it is paused, or somebody is in the middle of a form or of reading a list, it is said and waits for a click.
  let paused = false, due = null, waiting = 0;
  const regions = () => $$(".live");
  function refresh() {
    due = null;
    const busy = regions().some((region) => region.contains(document.activeElement) || $("details.change[open]", region));
    if (paused || busy || document.hidden) { waiting += 1; show(); return; }
    waiting = 0; show();
    for (const region of regions()) htmx.trigger(region, "leadstream:refresh");
  }
  function show() {
    const button = $("[data-live-show]");
    if (!button) return;
    button.hidden = waiting === 0;
    button.textContent = waiting === 1 ? "1 change, show" : `${waiting} changes, show`;
  }
  function changed() { due ??= setTimeout(refresh, 250); }
  document.addEventListener("htmx:sseMessage", changed);
  document.addEventListener("htmx:sseBeforeMessage", (event) => { if (event.detail.type === "changed") changed(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden && waiting) refresh(); });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-live-pause]")) {
      paused = !paused;
      event.target.setAttribute("aria-pressed", String(paused));
      event.target.textContent = paused ? "Go on live" : "Pause live";
      $("[data-live-state]").textContent = paused ? "paused" : "live";
      if (!paused && waiting) refresh();
    } else if (event.target.closest("[data-live-show]")) {
      waiting = 0; show();
      for (const region of regions()) htmx.trigger(region, "leadstream:refresh");
    }
  });
  // Where the stream is cut (a proxy that holds it back), the page asks by itself.
  let polling = null;
  document.addEventListener("htmx:sseError", () => {
    const state = $("[data-live-state]");
    if (state) state.textContent = "asking every 5 s";
    polling ??= setInterval(changed, 5000);
  });
  document.addEventListener("htmx:sseOpen", () => {
    clearInterval(polling); polling = null;
    const state = $("[data-live-state]");
    if (state && !paused) state.textContent = "live";
  });

  document.addEventListener("htmx:load", (event) => localize(event.detail.elt));
  localize(document);
})();
