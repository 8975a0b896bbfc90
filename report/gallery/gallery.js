// The gallery with a script: filters, keys, decisions. Without it index.html is a contact sheet. Decisions stay in this
// browser until they are exported; the file is what "pagerisk review" takes in.
(() => {
  "use strict";
  const data = window.pagerisk;
  if (!data || data.schema !== 1) return;
  const t = data.texts;
  const perPage = 60; // cards in the document at a time: what any computer lays out at once
  const store = "pagerisk:" + data.accounts.join("|");
  const app = document.getElementById("app");

  // element makes one; children are elements or texts, so that nothing from outside is read as markup.
  const element = (tag, attributes, ...children) => {
    const e = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name.startsWith("on")) e.addEventListener(name.slice(2), value);
      else if (value === true) e.setAttribute(name, "");
      else if (value !== false && value !== null && value !== undefined) e.setAttribute(name, value);
    }
    e.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== ""));
    return e;
  };
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

  // Decisions: key → field → {value, at, reviewer, base}. The log holds what undo needs.
  let decisions = {};
  let reviewer = "";
  let saved = true;
  const undoLog = [];
  const load = () => {
    try {
      const kept = JSON.parse(localStorage.getItem(store) || "{}");
      decisions = kept.decisions || {};
      reviewer = kept.reviewer || "";
    } catch { saved = false; }
  };
  const save = () => {
    try {
      localStorage.setItem(store, JSON.stringify({ decisions, reviewer }));
      saved = true;
    } catch { saved = false; }
  };
  const valueOf = (item, field) => decisions[item.key]?.[field]?.value ?? item.decided[field] ?? (field === "status" ? "open" : "");
  const put = (item, field, value, undoable = true) => {
    const before = decisions[item.key]?.[field];
    if (undoable) undoLog.push({ key: item.key, field, before });
    const base = item.decided[field] ?? (field === "status" ? "open" : "");
    decisions[item.key] = decisions[item.key] || {};
    if (value === base) delete decisions[item.key][field];
    else decisions[item.key][field] = { value, at: new Date().toISOString(), base, reviewer };
    if (Object.keys(decisions[item.key]).length === 0) delete decisions[item.key];
    save();
  };
  const undo = () => {
    const last = undoLog.pop();
    if (!last) return say(t.nothing_to_undo);
    decisions[last.key] = decisions[last.key] || {};
    if (last.before) decisions[last.key][last.field] = last.before;
    else delete decisions[last.key][last.field];
    if (Object.keys(decisions[last.key]).length === 0) delete decisions[last.key];
    save();
    const at = shown.findIndex((i) => i.key === last.key);
    if (at >= 0 && current >= 0) current = at;
    draw();
    say(t.undone);
  };
  const changed = () => Object.values(decisions).reduce((n, fields) => n + Object.keys(fields).length, 0);

  // Filters
  const filter = { level: "", label: "", period: "", album: "", year: "", status: "" };
  let shown = data.items;
  let page = 0;
  let current = -1; // item in view, -1 = the cards
  let picture = 0;
  let boxes = false;
  const apply = () => {
    shown = data.items.filter((i) =>
      (!filter.level || (filter.level === "sample" ? i.sample : i.level === filter.level)) &&
      (!filter.label || i.labels.some((l) => l.label === filter.label)) &&
      (!filter.period || i.period === filter.period) &&
      (!filter.album || i.album === filter.album) &&
      (!filter.year || String(i.year) === filter.year) &&
      (!filter.status || valueOf(i, "status") === filter.status));
    page = Math.min(page, Math.max(0, Math.ceil(shown.length / perPage) - 1));
  };

  const toast = element("p", { class: "toast", role: "status", "aria-live": "polite" });
  let toastTimer = 0;
  const say = (text) => {
    toast.textContent = text;
    clearTimeout(toastTimer);
    toastTimer = setTimeout(() => { toast.textContent = ""; }, 4000);
  };

  const choice = (name, first, options) => {
    const select = element("select", { id: "filter-" + name, onchange: (e) => { filter[name] = e.target.value; page = 0; current = -1; apply(); draw(); } },
      element("option", { value: "" }, t.all), options.map(([value, text]) => element("option", { value, selected: filter[name] === value }, text)));
    return element("label", { for: "filter-" + name }, first, select);
  };
  const distinct = (of) => [...new Set(data.items.map(of).filter(Boolean))].sort((a, b) => String(a).localeCompare(String(b), data.lang));

  const bar = () => element("div", { class: "bar" },
    choice("level", t.any_level, [...data.lists.level, ["sample", t.sample]]),
    choice("label", t.any_label, data.lists.label),
    choice("status", t.any_status, data.lists.status),
    choice("period", t.any_period, data.lists.period),
    choice("year", t.any_year, distinct((i) => i.year).reverse().map((y) => [String(y), String(y)])),
    choice("album", t.any_album, distinct((i) => i.album).map((a) => [a, a])),
    element("p", { class: "count", role: "status" }, fill(t.matches, { Shown: shown.length, Total: data.items.length }), changed() ? " · " + fill(t.changed_count, { Count: changed() }) : "", saved ? "" : " · " + t.not_saved),
    element("label", { for: "reviewer" }, t.reviewer, element("input", { id: "reviewer", value: reviewer, size: 12, autocomplete: "off", onchange: (e) => { reviewer = e.target.value.trim(); save(); } })),
    element("button", { type: "button", class: "main", id: "export", onclick: exportFile }, t.export),
    element("button", { type: "button", id: "import", onclick: () => document.getElementById("import-file").click() }, t.import),
    element("input", { type: "file", id: "import-file", hidden: true, accept: ".jsonl", onchange: importFile }),
    element("button", { type: "button", id: "legend", onclick: legend }, element("kbd", {}, "?"), t.legend));

  const statusWords = Object.fromEntries(data.lists.status);
  const level = (i) => i.levelText ? element("span", { class: "level " + i.level }, i.levelText) : element("span", { class: "level none" }, t.sample);
  const labels = (i) => element("span", { class: "labels" }, i.labels.map((l) => element("span", { class: "label" }, l.text, " ", element("em", {}, l.band))));
  const caption = (i) => i.caption.map((s) => s.w ? element("mark", { title: s.w, class: s.a ? "anti" : null }, s.t) : s.t);
  const marks = () => element("p", { class: "marks" }, element("mark", {}, t.speaks_for), " ", element("mark", { class: "anti" }, t.speaks_against));
  const nothingToSee = (p) => element("span", { class: "none" }, p.status || (p.video ? t.video : t.no_preview));

  const card = (i, at) => element("li", {}, element("button", { type: "button", class: "card" + (valueOf(i, "status") !== "open" ? " decided" : ""), "data-key": i.key, onclick: () => view(at) },
    element("span", { class: "thumbs" }, i.pictures.slice(0, 3).map((p) => p.src ? element("img", { src: p.src, loading: "lazy", alt: p.alt || t.picture }) : nothingToSee(p))),
    element("p", { class: "line" }, element("strong", {}, i.no), " ", level(i), " ", element("span", { class: "quiet" }, [i.platform, i.kind, i.date].filter(Boolean).join(" · "))),
    element("p", {}, labels(i)),
    element("p", { class: "caption" }, caption(i)),
    valueOf(i, "status") !== "open" ? element("p", { class: "state" }, statusWords[valueOf(i, "status")] || valueOf(i, "status")) : null));

  const pager = () => {
    const pages = Math.ceil(shown.length / perPage);
    if (pages < 2) return null;
    const go = (n) => () => { page = n; draw(); window.scrollTo(0, 0); };
    return element("nav", { class: "pages" },
      element("button", { type: "button", disabled: page === 0, onclick: go(page - 1) }, t.prev),
      element("span", {}, `${page + 1} ${t.of} ${pages}`),
      element("button", { type: "button", disabled: page === pages - 1, onclick: go(page + 1) }, t.next));
  };

  // Keys: digits for the status, the home row for measures, letters of the row above for what is seen. These rows are the
  // same on German and English keyboards.
  const answerKeys = { status: ["0", "1", "2", "3", "4"], measure: ["a", "s", "d", "f", "g", "h", "x"], shown: ["q", "w", "e", "r", "t", "i", "o"] };
  const answers = (i, field) => element("div", { class: "answers", role: "group", "aria-label": t[field] }, element("h3", {}, t[field]),
    data.lists[field].map(([code, text], n) => element("button", { type: "button", "data-field": field, "data-code": code, "aria-pressed": String(valueOf(i, field) === code), onclick: () => answer(field, code) },
      answerKeys[field][n] ? element("kbd", {}, answerKeys[field][n]) : null, text)));
  const answer = (field, code) => {
    const i = shown[current];
    if (!i) return;
    put(i, field, valueOf(i, field) === code && field !== "status" ? "" : code);
    if (reviewer) put(i, "reviewer", reviewer, false);
    draw();
  };

  const stage = (i) => {
    const p = i.pictures[picture];
    if (!p) return element("div", { class: "stage" }, element("span", { class: "none" }, t.no_preview));
    const people = p.people === null || p.people === undefined ? t.people_unknown : fill(t.people, { Count: p.people });
    return element("div", { class: "stage" },
      p.src ? element("div", { class: p.h > p.w ? "frame tall" : "frame" }, element("img", { src: p.src, alt: p.alt || t.picture }),
        boxes ? p.boxes.map((b) => element("span", { class: "box" + (b.Sure ? "" : " possible"), "data-at": [b.X, b.Y, b.W, b.H].join(" ") })) : []) : nothingToSee(p),
      element("p", { class: "quiet" }, [`${t.picture} ${picture + 1} ${t.of} ${i.pictures.length + i.hidden}`, people, p.alt, p.status].filter(Boolean).join(" · "), " ",
        p.boxes.length ? element("button", { type: "button", id: "boxes", "aria-pressed": String(boxes), onclick: () => { boxes = !boxes; draw(); } }, element("kbd", {}, "b"), t.boxes) : null),
      i.pictures.length > 1 ? element("div", { class: "strip" }, i.pictures.map((q, n) => element("button", { type: "button", "aria-pressed": String(n === picture), "aria-label": `${t.picture} ${n + 1}`, onclick: () => { picture = n; draw(); } },
        q.src ? element("img", { src: q.src, loading: "lazy", alt: "" }) : element("span", { class: "quiet" }, "–")))) : null);
  };

  const samePicture = (i) => {
    if (!i.group) return "";
    const others = data.items.filter((o) => o.group === i.group && o.key !== i.key).map((o) => o.no);
    return others.slice(0, 12).join(", ") + (others.length > 12 ? " …" : "");
  };
  const periods = Object.fromEntries(data.lists.period);
  const fact = (name, value) => value ? [element("dt", {}, name), element("dd", {}, value)] : [];
  const single = (i) => element("article", { class: "view", "data-key": i.key }, stage(i), element("div", {},
    element("p", { class: "line" }, element("strong", {}, i.no), " ", level(i), " ", element("span", { class: "quiet" }, [i.platform, i.kind, i.account, i.date].filter(Boolean).join(" · "))),
    element("p", {}, labels(i)),
    element("p", { class: "caption" }, caption(i)),
    i.caption.some((s) => s.w) ? marks() : null,
    i.reasons.length ? element("ul", { class: "reasons", "aria-label": t.reasons }, i.reasons.map((r) => element("li", {}, r))) : null,
    element("dl", { class: "facts" }, fact(t.rating, i.score), fact(t.ground, i.ground), fact(t.period, periods[i.period]), fact(t.album, i.album),
      fact(t.same_picture, samePicture(i))),
    i.link ? element("p", {}, element("a", { href: i.link, target: "_blank", rel: "noopener noreferrer" }, t.open_link)) : null,
    answers(i, "status"), answers(i, "measure"), answers(i, "shown"),
    element("label", { for: "note" }, t.note, element("textarea", { id: "note", onchange: (e) => { put(i, "note", e.target.value.trim()); } }, valueOf(i, "note"))),
    element("p", { class: "answers" },
      element("button", { type: "button", id: "prev", disabled: current === 0, onclick: () => view(current - 1) }, element("kbd", {}, "←"), t.prev),
      element("button", { type: "button", id: "next", disabled: current === shown.length - 1, onclick: () => view(current + 1) }, element("kbd", {}, "→"), t.next),
      element("button", { type: "button", id: "next-open", onclick: nextOpen }, element("kbd", {}, "n"), t.next_open),
      element("button", { type: "button", id: "undo", onclick: undo }, element("kbd", {}, "u"), t.undo),
      element("button", { type: "button", id: "back", onclick: () => { page = Math.floor(current / perPage); current = -1; apply(); draw(); } }, element("kbd", {}, "Esc"), t.back))));

  const view = (at) => {
    if (at < 0 || at >= shown.length) return;
    if (at !== current) picture = 0;
    current = at;
    draw();
    window.scrollTo(0, 0);
  };
  const nextOpen = () => {
    for (let n = 1; n <= shown.length; n++) {
      const at = (Math.max(current, -1) + n) % shown.length;
      if (valueOf(shown[at], "status") === "open") return view(at);
    }
    say(t.nothing);
  };

  const draw = () => {
    const focus = document.activeElement?.id;
    const body = current >= 0 && shown[current] ? single(shown[current])
      : shown.length ? element("div", {}, marks(), element("ol", { class: "cards" }, shown.slice(page * perPage, (page + 1) * perPage).map((i, n) => card(i, page * perPage + n))), pager())
      : element("p", {}, t.nothing);
    app.replaceChildren(bar(), body, toast);
    for (const box of app.querySelectorAll(".box")) {
      const [x, y, w, h] = box.dataset.at.split(" ").map((v) => v / 10 + "%");
      Object.assign(box.style, { left: x, top: y, width: w, height: h });
    }
    if (focus) document.getElementById(focus)?.focus({ preventScroll: true });
  };

  const lines = () => {
    const byKey = new Map(data.items.map((i) => [i.key, i]));
    const out = [JSON.stringify({ type: "pagerisk-decisions", schema: 1 })];
    for (const key of [...byKey.keys()].filter((k) => decisions[k])) {
      for (const [field, d] of Object.entries(decisions[key]).sort(([a], [b]) => a < b ? -1 : 1)) {
        out.push(JSON.stringify({ item: key, field, value: d.value, reviewer: d.reviewer || reviewer, at: d.at, base: d.base }));
      }
    }
    return out;
  };
  const exportFile = () => {
    if (!changed()) return say(t.export_none);
    const file = new Blob([lines().join("\n") + "\n"], { type: "application/jsonl" });
    const link = element("a", { href: URL.createObjectURL(file), download: "pagerisk-decisions.jsonl" });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    say(t.saved);
  };
  const importText = (text) => {
    const byKey = new Map(data.items.map((i) => [i.key, i]));
    const lists = { status: 1, measure: 1, shown: 1 };
    let n = 0;
    for (const line of text.split(/\r?\n/)) {
      if (!line.trim()) continue;
      const d = JSON.parse(line);
      const item = byKey.get(d.item);
      if (!item || typeof d.field !== "string" || typeof d.value !== "string") continue;
      if (lists[d.field] && d.value && !data.lists[d.field].some(([code]) => code === d.value)) continue;
      const have = decisions[d.item]?.[d.field];
      if (have && have.at >= d.at) continue;
      decisions[d.item] = decisions[d.item] || {};
      decisions[d.item][d.field] = { value: d.value, at: String(d.at), base: String(d.base ?? ""), reviewer: String(d.reviewer ?? "") };
      n++;
    }
    save();
    apply();
    draw();
    say(fill(t.imported, { Count: n }));
  };
  const importFile = async (e) => {
    const file = e.target.files[0];
    if (!file) return;
    try { importText(await file.text()); } catch { say(t.import_failed); }
  };

  const legend = () => {
    const old = document.querySelector("dialog");
    if (old) { old.close(); old.remove(); return; }
    const row = (key, text) => [element("dt", {}, element("kbd", {}, key)), element("dd", {}, text)];
    const rows = [row("← →  J K", `${t.prev} / ${t.next}`), row("n", t.next_open), row("u", t.undo), row("b", t.boxes), row("Esc", t.back), row("?", t.legend)];
    for (const field of ["status", "measure", "shown"]) data.lists[field].forEach(([, text], n) => { if (answerKeys[field][n]) rows.push(row(answerKeys[field][n], `${t[field]}: ${text}`)); });
    const dialog = element("dialog", { "aria-label": t.keys }, element("h2", {}, t.keys), element("dl", {}, rows), element("button", { type: "button", onclick: () => { dialog.close(); dialog.remove(); } }, t.close));
    document.body.append(dialog);
    dialog.showModal();
  };

  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName)) {
      if (e.key === "Escape") e.target.blur();
      return;
    }
    const key = e.key.length === 1 ? e.key.toLowerCase() : e.key;
    const steps = { ArrowRight: 1, j: 1, ArrowLeft: -1, k: -1 };
    if (steps[key]) { e.preventDefault(); return current < 0 ? view(page * perPage) : view(current + steps[key]); }
    if (key === "n") return nextOpen();
    if (key === "u") return undo();
    if (key === "?") return legend();
    if (key === "b" && current >= 0) { boxes = !boxes; return draw(); }
    if (key === "Escape" && current >= 0) { page = Math.floor(current / perPage); current = -1; apply(); return draw(); }
    if (current < 0) return;
    for (const field of ["status", "measure", "shown"]) {
      const n = answerKeys[field].indexOf(key);
      if (n >= 0 && data.lists[field][n]) { e.preventDefault(); return answer(field, data.lists[field][n][0]); }
    }
  });
  window.addEventListener("beforeunload", (e) => { if (!saved && changed()) e.preventDefault(); });

  load();
  apply();
  draw();
})();
