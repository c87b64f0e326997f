// What the pages do beside being read: sort, filter, follow the address, show single runs, answer to the pointer on figures.
// The state is in the address after #: a place or a run, then ?q=filter&sort=table.column.direction&off=series,series.
"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const make = (tag, attributes = {}, ...children) => {
    const e = document.createElement(tag);
    for (const [k, v] of Object.entries(attributes)) k === "text" ? (e.textContent = v) : e.setAttribute(k, v);
    e.append(...children);
    return e;
  };
  const svg = (tag, attributes) => {
    const e = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
    return e;
  };

  // --- dark and light
  const theme = document.getElementById("theme");
  const dark = () => {
    const chosen = document.documentElement.dataset.theme;
    return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  };
  try {
    const stored = localStorage.getItem("theme");
    if (stored) document.documentElement.dataset.theme = stored;
  } catch { /* no storage for this page: the choice lasts as long as it */ }
  theme.hidden = false;
  theme.addEventListener("click", () => {
    document.documentElement.dataset.theme = dark() ? "light" : "dark";
    try { localStorage.setItem("theme", document.documentElement.dataset.theme); } catch { /* as above */ }
  });

  // --- the address
  const read = () => {
    const [at, query = ""] = decodeURI(location.hash.slice(1)).split("?");
    return { at, state: new URLSearchParams(query) };
  };
  let writing = false;
  const write = (change) => {
    const { at, state } = read();
    change(state);
    const query = state.toString();
    writing = true;
    history.replaceState(null, "", "#" + at + (query ? "?" + query : ""));
    writing = false;
  };

  // --- sorting
  const units = { ns: 1e-9, "µs": 1e-6, ms: 1e-3, s: 1, B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 };
  const value = (cell) => {
    const text = cell.textContent.replace("−", "-").replace(/[★]/g, "").trim();
    if (text === "∞") return Infinity;
    const m = text.match(/^(-?\d[\d.]*(?:e[+-]?\d+)?)\s*(ns|µs|ms|s|B|KiB|MiB|GiB|TiB)?\b/);
    return m ? Number(m[1]) * (units[m[2]] || 1) : text === "" || text === "–" ? null : text.toLowerCase();
  };
  const compare = (a, b) => {
    if (a === null || b === null) return (a === null) - (b === null) || 0;
    if (typeof a === typeof b) return a < b ? -1 : a > b ? 1 : 0;
    return typeof a === "number" ? -1 : 1;
  };
  const tables = all("table.sortable");
  const sort = (table, column, descending) => {
    for (const body of table.tBodies) { // each by itself, below its heading
      const rows = [...body.rows].filter((row) => row.className !== "group").map((row) => ({ row, v: value(row.cells[column]) }));
      rows.sort((a, b) => (a.v === null || b.v === null ? compare(a.v, b.v) : (descending ? -1 : 1) * compare(a.v, b.v)));
      body.append(...rows.map((r) => r.row));
    }
    all("th", table).forEach((th, k) => th.setAttribute("aria-sort", k === column ? (descending ? "descending" : "ascending") : "none"));
  };
  tables.forEach((table, index) => {
    all("thead th", table).forEach((th, column) => {
      const button = make("button", { type: "button", text: th.textContent });
      th.replaceChildren(button);
      button.addEventListener("click", () => {
        const descending = th.getAttribute("aria-sort") === "ascending";
        sort(table, column, descending);
        write((s) => s.set("sort", [index, column, descending ? "d" : "a"].join(".")));
      });
    });
  });

  // --- single runs
  const blocks = all("script.data").map((script) => ({ script, data: null })); // read when somebody asks
  const runOf = (id) => {
    for (const block of blocks) {
      const d = (block.data ||= JSON.parse(block.script.textContent));
      const r = d.runs[id];
      if (!r) continue;
      const run = { id, ...d.common };
      d.columns.forEach((name, k) => { run[name] = r[k]; });
      for (const name of ["configuration", "instance", "machine", "experiment"]) run[name] = d[name + "s"][run[name]];
      const [least, ...more] = run.times; // in ten-thousandths of the least
      run.times = more.map((m) => least * (1 + m / 1e4));
      run.plugin = d.plugins[run.configuration[1]];
      run.database = d.database;
      return run;
    }
    return null;
  };
  const three = (x) => (Math.abs(x) >= 1000 ? x.toFixed(0) : String(Number(x.toPrecision(3))));
  const seconds = (x) => (x >= 1 || x === 0 ? three(x) + " s" : x >= 1e-3 ? three(x * 1e3) + " ms" : x >= 1e-6 ? three(x * 1e6) + " µs" : three(x * 1e9) + " ns");
  const bytes = (x) => (x >= 1024 ** 3 ? three(x / 1024 ** 3) + " GiB" : x >= 1024 ** 2 ? three(x / 1024 ** 2) + " MiB" : three(x / 1024) + " KiB");
  const quote = (s) => "'" + s.replaceAll("'", "'\\''") + "'";
  const strip = (times, lo, hi, width, height, dots) => { // the repetitions on a logarithmic axis, and their median
    const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, class: dots ? "reps" : "interval", "aria-hidden": "true" });
    const x = (t) => 6 + (hi > lo ? Math.log(t / lo) / Math.log(hi / lo) : 0.5) * (width - 12);
    const sorted = [...times].sort((a, b) => a - b), middle = sorted[Math.floor(sorted.length / 2)];
    picture.append(svg("path", { class: "line", d: `M${x(sorted[0])} ${height / 2}H${x(sorted[sorted.length - 1])}` }));
    if (dots) times.forEach((t, k) => picture.append(svg("circle", { class: "mark", cx: x(t), cy: 8 + ((k * 0.618) % 1) * (height - 16), r: 2.5 })));
    else picture.append(svg("circle", { class: "mark", cx: x(middle), cy: height / 2, r: 4 }));
    return picture;
  };
  const facts = (pairs) => {
    const list = make("dl", { class: "facts" });
    for (const [k, v] of pairs) if (v) list.append(make("dt", { text: k }), make("dd", {}, v));
    return list;
  };
  const single = !!document.querySelector("main > article.page + article.page:not(#run)");
  const runPage = (run) => {
    const page = document.getElementById("run");
    const [label, , tags, options, solverPage] = run.configuration;
    const solver = solverPage ? make("a", { href: single ? "#" + solverPage : solverPage + ".html", text: run.plugin[0] + "/" + label }) : run.plugin[0] + "/" + label;
    const back = make("button", { type: "button", text: "Back" });
    back.addEventListener("click", () => (history.length > 1 ? history.back() : (location.hash = "")));
    page.replaceChildren(back, make("h1", { text: `Run ${run.id}: ${label} on ${run.instance[0]}` }),
      make("p", { class: "verdict", text: run.status + (run.reason ? ": " + run.reason : "") }));
    if (run.times.length) {
      const sorted = [...run.times].sort((a, b) => a - b);
      page.append(make("h2", { text: "Repetitions" }),
        make("p", { class: "about", text: `${run.times.length + run.more} timed, from ${seconds(sorted[0])} to ${seconds(sorted[sorted.length - 1])}, median ${seconds(sorted[Math.floor(sorted.length / 2)])}` }),
        strip(run.times, sorted[0], sorted[sorted.length - 1], 640, 80, true),
        make("details", {}, make("summary", { text: "Seconds of each" }), make("p", { text: run.times.map((t) => t.toPrecision(5)).join(", ") + (run.more ? ", …" : "") })));
    }
    page.append(...pictures(run.id));
    page.append(make("h2", { text: "Verified by the harness" }),
      facts([...(run.metrics || []).map((k, i) => [k, run.values[i] === null ? "not finite" : String(run.values[i])]), ["tolerance", run.instance[3] ? `${run.instance[3]} on ${run.instance[4]}` : ""],
        ["answers verified", run.answers ? `${run.verified} of ${run.answers}` : ""]]),
      make("h2", { text: "Measurement" }),
      facts([["start-up", run.startup && seconds(run.startup)], ["set-up", run.setup && seconds(run.setup)], ["first solve", run.first && seconds(run.first)],
        ["transport", run.transport && seconds(run.transport)], ["peak memory", run.memory && bytes(run.memory)], ["evaluations", run.evaluations > 0 && String(run.evaluations)],
        ["stopped by", run.stopped], ["precision", run.precision && (100 * run.precision).toPrecision(2) + " %"], ["noise", run.noise && "× " + three(run.noise)],
        ["attempts", run.attempts > 1 && String(run.attempts)], ["flags", (run.flags || []).join(", ")]]),
      make("h2", { text: "Provenance" }),
      facts([["solver", solver], ["options", options], ["approach", (tags || []).join(", ")], ["plugin", run.plugin.slice(0, 4).filter(Boolean).join(", ")], ["sha256", run.plugin[4]],
        ["instance", `seed ${run.instance[1]}, hash ${run.instance[2]}`], ["seed", run.seed], ["threads", String(run.threads)], ["time limit", run.timeout && seconds(run.timeout)],
        ["machine", run.machine], ["started", run.started + run.experiment[6] > 0 ? new Date((run.started + run.experiment[6]) * 1000).toISOString().replace(".000Z", " UTC") : ""],
        ["experiment", run.experiment[0]], ["command", run.experiment[1]], ["suite", run.experiment[2]], ["harness", run.experiment.slice(3, 6).filter(Boolean).join(", ")]]),
      make("h2", { text: "Reproduce" }),
      make("pre", { text: `solverbench reproduce ${quote(run.database)} ${run.id}\nsolverbench run ${quote(run.instance[0])} --solver ${quote(run.plugin[0] + "/" + label)} --threads ${run.threads} --seed ${run.seed}` }));
    if (run.stderr) page.append(make("h2", { text: "End of its standard error" }), make("pre", { text: run.stderr }));
    return page;
  };
  const copy = (image) => make("img", { src: image.src, alt: image.alt, class: image.className });
  const slider = (left, right) => { // one picture under another, with a cut to move
    const box = make("div", { class: "slider" }, ...[left, right].map(copy));
    const range = make("input", { type: "range", min: "0", max: "100", value: "50", "aria-label": `${left.alt} to the left, ${right.alt} to the right` });
    range.addEventListener("input", () => box.style.setProperty("--cut", range.value + "%"));
    return make("figure", {}, box, range, make("figcaption", { text: `left: ${left.alt}; right: ${right.alt}` }));
  };
  const pictures = (id) => { // of the gallery that the run is in
    const shown = document.querySelector(`.gallery figure[data-run="${id}"]`);
    if (!shown) return [];
    const gallery = shown.closest(".gallery"), [solution, error] = all("img", shown), given = all(".given img", gallery);
    const plain = (image, text) => make("figure", {}, copy(image), make("figcaption", { text }));
    const about = shown.querySelector("figcaption").textContent.trim(), note = gallery.querySelector(".note");
    return [make("h2", { text: "Solution" }), make("p", { class: "about", text: about }),
      make("div", { class: "compare" }, ...(given.length ? given.map((other) => slider(solution, other)) : [plain(solution, solution.alt)]), ...(error ? [plain(error, error.alt)] : [])),
      ...(note ? [note.cloneNode(true)] : [])];
  };

  // What leads to a run: the cell of its time or outcome.
  const linkRuns = (table) => {
    for (const row of all("tr[data-r]", table)) {
      const cell = row.cells[table.classList.contains("failed") ? 1 : 2];
      const page = row.parentElement.dataset.page;
      const link = make("a", { href: (page && !page.startsWith("#") ? page : "") + "#r" + row.dataset.r });
      link.append(...cell.childNodes);
      cell.append(link);
    }
  };
  // Strips of the repetitions beside the times of a table, on one axis a table.
  const drawStrips = (table) => {
    const rows = all("tr[data-r]", table).map((row) => ({ row, times: (runOf(row.dataset.r) || { times: [] }).times.filter((t) => t > 0) })).filter((r) => r.times.length);
    const lo = Math.min(...rows.flatMap((r) => r.times)), hi = Math.max(...rows.flatMap((r) => r.times));
    if (rows.length > 1 && hi > lo) for (const r of rows) r.row.cells[2].append(strip(r.times, lo, hi, 120, 14, false));
  };
  // Pages get these when they are first shown: in a file with many that takes long.
  const decorate = (page) => {
    if (page.dataset.decorated || page.id === "run") return;
    page.dataset.decorated = "yes";
    all("table.runs", page).forEach(linkRuns);
    all("table.runs:not(.failed)", page).forEach(drawStrips);
    all("use[data-r]", page).forEach(nameMark);
    all("figure", page).forEach(answer);
  };

  // --- filter
  const filter = document.getElementById("filter");
  const words = new Map(); // what a row is found by
  const wordsOf = (row) => {
    if (!words.has(row)) {
      const run = row.dataset.r && runOf(row.dataset.r);
      words.set(row, [row.textContent, ...(run ? [run.plugin[0], run.plugin[2], ...(run.configuration[2] || []), run.status] : [])].join(" ").toLowerCase());
    }
    return words.get(row);
  };
  const apply = (text) => { // to what is shown
    const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of all("article.page:not([hidden]) table.sortable tbody tr:not(.group)"))
      row.hidden = wanted.length > 0 && !wanted.every((w) => wordsOf(row).includes(w));
  };
  filter.hidden = false;
  filter.addEventListener("input", () => {
    apply(filter.value);
    write((s) => (filter.value ? s.set("q", filter.value) : s.delete("q")));
  });
  addEventListener("keydown", (e) => {
    if (e.key === "/" && !/^(INPUT|TEXTAREA)$/.test(document.activeElement.tagName)) { e.preventDefault(); filter.focus(); }
    if (e.key === "Escape" && document.activeElement === filter) { filter.value = ""; filter.dispatchEvent(new Event("input")); }
  });

  // --- figures
  const show = (off) => {
    for (const g of all("g.series")) g.classList.toggle("off", off.has(g.dataset.series));
    for (const b of all("button.key")) b.setAttribute("aria-pressed", String(!off.has(b.dataset.series)));
  };
  const hidden = () => new Set((read().state.get("off") || "").split("\u001f").filter(Boolean));
  const nameMark = (mark) => {
    const run = runOf(mark.dataset.r);
    if (!run) return;
    const sorted = [...run.times].sort((a, b) => a - b);
    const title = svg("title", {});
    title.textContent = `${run.configuration[0]} on ${run.instance[0]}` + (sorted.length ? ", " + seconds(sorted[Math.floor(sorted.length / 2)]) : "");
    mark.append(title);
    mark.addEventListener("click", () => { location.hash = "#r" + mark.dataset.r; });
  };
  const answer = (figure) => {
    const light = (name) => {
      figure.classList.toggle("lit", !!name);
      for (const g of all("g.series", figure)) g.classList.toggle("on", g.dataset.series === name);
    };
    for (const e of [...all("g.series", figure), ...all("button.key", figure)]) {
      for (const on of ["pointerenter", "focusin"]) e.addEventListener(on, () => light(e.dataset.series));
      for (const out of ["pointerleave", "focusout"]) e.addEventListener(out, () => light(""));
    }
    for (const b of all("button.key", figure)) {
      b.addEventListener("click", () => {
        const off = hidden();
        off.has(b.dataset.series) ? off.delete(b.dataset.series) : off.add(b.dataset.series);
        show(off);
        write((s) => (off.size ? s.set("off", [...off].join("\u001f")) : s.delete("off")));
      });
    }
  };

  // --- going where the address says
  const follow = () => {
    if (writing) return;
    const { at, state } = read();
    const run = /^r\d+$/.test(at) ? runOf(at.slice(1)) : null;
    const target = run ? runPage(run) : document.getElementById(at);
    const page = (target && target.closest("article.page")) || document.querySelector("article.page");
    if (single || run || !document.getElementById("run").hidden)
      for (const p of all("article.page")) p.hidden = p !== page;
    decorate(page);
    if (!state.has("q") && filter.value) filter.value = "";
    if (state.has("q")) filter.value = state.get("q");
    apply(filter.value);
    show(hidden());
    if (state.has("sort")) {
      const [index, column, direction] = state.get("sort").split(".");
      const table = tables[Number(index)];
      if (table && table.tHead.rows[0].cells[Number(column)]) sort(table, Number(column), direction === "d");
    }
    if (run) { document.title = target.querySelector("h1").textContent; scrollTo(0, 0); } else if (target) target.scrollIntoView();
  };
  addEventListener("hashchange", follow);
  follow();

  // --- served live
  const live = document.querySelector("meta[name=live]");
  if (live) {
    const events = new EventSource(live.content);
    events.addEventListener("change", () => location.reload());
  }
})();
