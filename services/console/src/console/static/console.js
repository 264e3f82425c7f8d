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
      if (each.dataset.form === "second") each.textContent = exact.format(moment);
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

  // After a change the focus is on what was done.
  const done = $("#said .done");
  if (done) {
    done.tabIndex = -1;
    done.focus();
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

  // Live: a change somewhere fetches the page's live regions again; not more than once in a quarter of a second, nor so often
  // that a busy console is asked for more than a third of the time. While it is paused, or somebody is in the middle of a
  // region, or where rows would move, it is said and waits for a click.
  const SILENCE = 40000;
  let paused = false, due = null, opened = false, asked = 0, took = 0, heard = Date.now() - SILENCE + 10000;
  const held = new Map();  // By region: so many changes are not shown.
  const regions = () => $$(".live");
  const state = (text) => { const each = $("[data-live-state]"); if (each) each.textContent = text; };
  const isRead = (region) =>
    (region !== document.activeElement && region.contains(document.activeElement)) || $("details[open]", region) ||
    (!getSelection().isCollapsed && region.contains(getSelection().anchorNode));
  function hold(region) {
    held.set(region.id, (held.get(region.id) ?? 0) + 1);
    show();
  }
  function refresh() {
    due = null;
    asked = Date.now();
    for (const region of regions()) {
      if (paused || document.hidden || isRead(region)) hold(region);
      else htmx.trigger(region, "leadstream:refresh");
    }
  }
  function show() {
    const button = $("[data-live-show]");
    if (!button) return;
    const waiting = Math.max(0, ...held.values());
    button.hidden = waiting === 0;
    button.textContent = waiting === 1 ? "1 change, show" : `${waiting} changes, show`;
  }
  function changed() { due ??= setTimeout(refresh, Math.max(250, 3 * took - (Date.now() - asked))); }
  function rows(region) {
    return $$(".table:not(.still) tbody tr", region).map((row) => $("a", row)?.getAttribute("href") ?? $("time", row)?.dateTime ?? "").join("\n");
  }
  document.addEventListener("htmx:beforeSwap", (event) => {
    const region = event.detail.target;
    if (!region.classList.contains("live") || !event.detail.shouldSwap) return;
    const fresh = new DOMParser().parseFromString(event.detail.serverResponse, "text/html").getElementById(region.id);
    // Another page answered, such as the one to log in.
    if (!fresh) { event.detail.shouldSwap = false; location.reload(); return; }
    if (!("shown" in region.dataset) && (isRead(region) || rows(fresh) !== rows(region))) {
      event.detail.shouldSwap = false;
      hold(region);
      return;
    }
    held.delete(region.id);
    show();
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!event.detail.elt.classList.contains("live")) return;
    took = Math.min(20000, Date.now() - asked);
    if (!paused && !event.detail.successful) state("no answer, trying again");
  });
  document.addEventListener("htmx:sseBeforeMessage", (event) => {
    event.preventDefault();
    heard = Date.now();
    if (!paused) state("live");
    if (event.detail.type === "changed") changed();
  });
  // A browser has six connections to a host over HTTP/1.1: a tab that nobody looks at gives its own back, or the seventh waits.
  let source = null;
  htmx.createEventSource = (url) => (source = new EventSource(url, { withCredentials: true }));
  document.addEventListener("visibilitychange", () => {
    const element = $("[data-live]");
    if (!element || !source) return;
    if (document.hidden) { source.close(); return; }
    if (source.readyState !== EventSource.CLOSED) return;
    // Whether or not it had been answered before it was left: what came meanwhile it has missed.
    opened = true;
    const again = element.cloneNode(true);
    element.replaceWith(again);
    htmx.process(again);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-live-pause]")) {
      paused = !paused;
      event.target.setAttribute("aria-pressed", String(paused));
      state(paused ? "paused" : "live");
      if (!paused && held.size) changed();
    } else if (event.target.closest("[data-live-show]")) {
      regions()[0]?.focus();
      for (const region of regions()) { region.dataset.shown = ""; htmx.trigger(region, "leadstream:refresh"); }
    }
  });
  // Where the stream is cut, or held back by a proxy, the page asks by itself.
  document.addEventListener("htmx:sseError", () => { heard = 0; });
  document.addEventListener("htmx:sseOpen", () => {
    heard = Date.now();
    if (!paused) state("live");
    if (opened) changed();
    opened = true;
  });
  if ($("[data-live]")) setInterval(() => {
    if (document.hidden || Date.now() - heard < SILENCE) return;
    if (!paused) state("asking every 5 s");
    changed();
  }, 5000);

  document.addEventListener("htmx:load", (event) => localize(event.detail.elt));
  localize(document);
})();
