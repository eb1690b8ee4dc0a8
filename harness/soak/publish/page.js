"use strict";
(() => {
  const byId = id => document.getElementById(id);
  const list = byId("list");
  const say = text => { byId("said").textContent = ""; setTimeout(() => { byId("said").textContent = text; }, 30); };

  // Everything is made by these two: text is never read as markup.
  const el = (tag, attributes, ...children) => {
    const e = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) if (value !== false && value != null) e.setAttribute(name, value === true ? "" : value);
    e.append(...children.filter(c => c != null && c !== ""));
    return e;
  };
  const svg = (tag, attributes, ...children) => {
    const e = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes || {})) if (value != null) e.setAttribute(name, value);
    e.append(...children);
    return e;
  };

  const clock = ns => {
    const units = [[1e9, "s"], [1e6, "ms"], [1e3, "µs"]];
    for (const [size, name] of units) if (Math.abs(ns) >= size) return +(ns / size).toPrecision(6) + name;
    return ns + (ns ? "ns" : "s");
  };

  // --- what is packed: unpacked when somebody looks at it ---
  const data = JSON.parse(byId("data").textContent);
  const unpack = async packed => {
    const bytes = Uint8Array.from(atob(packed), c => c.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).json();
  };
  const place = finding => [...list.children].indexOf(finding);
  const details = data.findings.map(d => typeof d === "string" ? null : d);
  const detail = async finding => {
    const i = place(finding);
    details[i] = details[i] || await unpack(data.findings[i]);
  };

  // --- the list: what is behind the first findings is text until there is time for it, or need ---
  let all = null;
  const findings = () => {
    if (all) return all;
    const rest = list && list.querySelector("noscript");
    if (rest) rest.outerHTML = rest.textContent; // the page's own markup, for readers without scripts
    performance.mark("rows");
    return all = list ? [...list.children] : [];
  };
  const idle = window.requestIdleCallback || setTimeout;
  addEventListener("load", () => idle(findings));
  // Nobody waits for a page before it is printed: what is printed is unpacked before.
  const onPaper = () => findings().filter(f => !f.hidden).slice(0, 25);

  // --- filters ---
  const form = byId("filters");
  if (form) {
    form.hidden = false;
    const text = async (f, i) => {
      const packed = data.findings[i];
      const said = typeof packed === "string" ? (await unpack(packed)).words.text : [...f.querySelectorAll("pre")].pop().textContent;
      return (f.querySelector("summary").textContent + " " + said).toLowerCase();
    };
    let texts = null; // made when they are needed
    let last = 0;
    const apply = async () => {
      const mine = ++last;
      const want = {};
      for (const name of ["scenario", "property", "verdict"]) want[name] = form.elements[name].value;
      const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
      if (words.length) texts = await (texts || Promise.all(findings().map(text)));
      if (mine !== last) return; // somebody went on typing
      let shown = 0;
      findings().forEach((f, i) => {
        const fits = Object.entries(want).every(([name, value]) => !value || f.dataset[name] === value) && words.every(w => texts[i].includes(w));
        f.hidden = !fits;
        shown += fits;
      });
      tally(shown);
      idle(() => onPaper().forEach(detail));
    };
    const tally = shown => {
      const of = data.findings.length;
      byId("shown").textContent = shown === of ? `${shown} shown` : `${shown} of ${of} shown`;
      byId("nothing").hidden = shown > 0;
    };
    let due = 0;
    form.addEventListener("input", () => { clearTimeout(due); due = setTimeout(apply, 60); });
    form.addEventListener("reset", () => setTimeout(apply));
    form.addEventListener("submit", event => event.preventDefault());
    tally(data.findings.length);
  }

  // --- copying and saving ---
  const copy = async (text, what, button) => {
    let done = false;
    try { await navigator.clipboard.writeText(text); done = true; } catch {
      const area = el("textarea", { class: "unseen", "aria-hidden": "true" });
      area.value = text;
      document.body.append(area);
      area.select();
      try { done = document.execCommand("copy"); } catch { /* told below */ }
      area.remove();
      button.focus();
    }
    say(done ? `${what} copied` : "This browser did not let the page copy: select the text and copy it by hand");
    const label = button.firstChild, before = label.data;
    if (button.dataset.busy) return;
    button.dataset.busy = "1";
    label.data = done ? "Copied" : "Not copied";
    setTimeout(() => { label.data = before; delete button.dataset.busy; }, 1500);
  };
  document.addEventListener("click", event => {
    const button = event.target.closest("button[data-copy]");
    if (button) copy(button.parentNode.querySelector("code").textContent, "Replay command", button);
  });
  const save = (text, name) => {
    const url = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
    const a = el("a", { href: url, download: name });
    a.click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
    say("Tape saved as " + name);
  };

  // --- one finding ---
  const show = async finding => {
    try {
      await detail(finding);
      draw(finding);
    } catch (e) {
      finding.append(el("p", { class: "note" }, "This browser cannot unpack the rest: " + e.message));
    }
  };
  const draw = finding => {
    const d = details[place(finding)];
    if (finding.dataset.drawn || !d) return;
    finding.dataset.drawn = "1";
    if (d.words) finding.append(told(d.words));
    const into = finding.querySelector(".drawn");
    const p = d.picture;
    if (d.linear) into.append(linear(d.linear));
    if (p) into.append(tree(p), timeline(p, finding), slice(p));
    if (p && p.left && p.left.length) into.append(left(p));
    if (d.dump) into.append(fold("Dump", el("pre", { tabindex: "0" }, d.dump)));
    if (d.tape) {
      const copyIt = el("button", { type: "button" }, "Copy", el("span", { class: "unseen" }, " the tape"));
      const saveIt = el("button", { type: "button" }, "Save", el("span", { class: "unseen" }, " the tape as a file"));
      copyIt.addEventListener("click", () => copy(d.tape + "\n", "Tape", copyIt));
      saveIt.addEventListener("click", () => save(d.tape + "\n", d.file));
      into.append(fold("Tape", el("pre", { tabindex: "0" }, d.tape), el("p", {}, copyIt, " ", saveIt)));
    }
    if (!p) [...finding.querySelectorAll("details.text")].pop().open = true;
  };
  // What the page says itself of the findings that it has in words.
  const told = w => {
    const parts = [];
    if (w.title) parts.push(el("p", { class: "title" }, el("bdi", {}, w.title)));
    if (w.guarantee) parts.push(el("p", { class: "guarantee" }, el("bdi", {}, w.guarantee)));
    if (w.replay) parts.push(el("div", { class: "command" }, el("code", {}, w.replay), el("button", { type: "button", "data-copy": "command" }, "Copy", el("span", { class: "unseen" }, " the replay command"))));
    parts.push(el("p", { class: "facts" }, el("bdi", {}, w.facts)));
    if (w.storm) parts.push(el("h4", {}, w.unshrunk ? "Storm " : "Smallest storm ", el("small", {}, w.choices + " choices" + (w.unshrunk ? ", not shrunk: " + w.unshrunk : ""))), el("ol", { class: "storm" }, ...w.storm.map(c => el("li", {}, el("bdi", {}, c)))));
    parts.push(el("div", { class: "drawn" }), fold("As squall prints it", el("pre", { tabindex: "0" }, w.text)));
    return el("div", { class: "inside" }, ...parts);
  };
  // Porcupine's page is opened by a link, which nothing holds up as it may a window.
  let frame = null;
  const linear = orders => {
    const link = el("a", { target: "_blank", rel: "noopener" }, "Open porcupine's picture");
    frame = frame || unpack(data.porcupine);
    frame.then(([before, after]) => { link.href = URL.createObjectURL(new Blob([before, orders, after], { type: "text/html" })); });
    return el("p", { class: "porcupine" }, link, " ", el("small", {}, "the operations on the object, and the orders of them that work as far as they go; in a new tab"));
  };
  const fold = (title, ...inside) => el("details", { class: "text" }, el("summary", {}, el("span", {}, title)), ...inside);
  const left = p => fold(`Left behind: ${p.left.length}`, ...p.left.map(l =>
    el("div", {}, el("p", {}, el("code", {}, l.task >= 0 ? p.tasks[l.task].path : "(no task)"), " ", l.state), l.stack ? el("pre", { tabindex: "0" }, l.stack) : null)));

  // --- the tree of scopes ---
  const tree = p => {
    const items = p.tasks.map(t => {
      const where = t.affected ? (t.allowed ? "affected" : "beyond") : t.allowed ? "allowed" : "";
      const tags = [];
      if (t.state !== "ended") tags.push([t.state === "left" ? "left behind" : t.state, t.state]);
      if (t.struck) tags.push(["↯ struck", "struck"]);
      if (t.accused) tags.push(["accused", "accused"]);
      if (where === "beyond") tags.push(["beyond the boundary", "accused"]);
      return el("li", {}, el("span", { class: ["task", where, t.accused ? "accused" : ""].join(" ") },
        el("bdi", { class: "name" }, t.name || t.path), el("span", { class: "kind" }, t.kind || ""),
        ...tags.map(([text, kind]) => el("span", { class: "tag t-" + kind.replace(/[^a-z]/g, "") }, text)),
        t.why ? el("bdi", { class: "why" }, t.why) : null));
    });
    const root = el("ul", { class: "tree" });
    const depth = [];
    p.tasks.forEach((t, i) => {
      depth[i] = t.parent < 0 ? 0 : depth[t.parent] + 1;
      if (t.parent < 0 || depth[i] > 40) { root.append(items[i]); return; }
      const above = items[t.parent];
      if (above.lastChild.tagName !== "UL") above.append(el("ul"));
      above.lastChild.append(items[i]);
    });
    const key = (kind, text) => el("span", {}, el("i", { class: "swatch " + kind, "aria-hidden": "true" }), " " + text);
    return el("div", {}, el("h4", {}, "Scopes ", el("small", {}, `${p.tasks.length} tasks`)), root,
      el("p", { class: "legend" }, key("a", "affected, within the boundary"), key("b", "affected beyond it"), key("c", "might have been affected")));
  };

  // --- the timeline ---
  const rowsOf = p => {
    const first = [], last = [], heavy = [];
    p.events.forEach((e, i) => {
      if (e.task < 0) return;
      if (first[e.task] === undefined) first[e.task] = i;
      last[e.task] = i;
      if (e.cause || e.kind === "struck" || i === p.broken) heavy[e.task] = true;
    });
    let rows = p.tasks.map((_, i) => i).filter(i => first[i] !== undefined);
    const most = 120, all = rows.length;
    if (all > most) {
      const keep = new Set([...rows].sort((a, b) => weight(b) - weight(a) || a - b).slice(0, most));
      rows = rows.filter(i => keep.has(i));
    }
    function weight(i) { const t = p.tasks[i]; return (heavy[i] ? 4 : 0) + (t.accused ? 4 : 0) + (t.struck ? 2 : 0) + (t.affected ? 1 : 0); }
    return { rows, first, last, hiddenTasks: all - rows.length };
  };

  const timeline = (p, finding) => {
    const box = el("div", { class: "timeline", role: "region", tabindex: "0", "aria-label": "Timeline" });
    const note = el("p", { class: "legend" });
    let byTime = false;
    const order = el("button", { type: "button", "aria-pressed": "true" }, "by order");
    const time = el("button", { type: "button", "aria-pressed": "false" }, "by virtual time");
    const paint = fit => {
      order.setAttribute("aria-pressed", String(!byTime));
      time.setAttribute("aria-pressed", String(byTime));
      picture(p, box, note, byTime, fit);
    };
    order.addEventListener("click", () => { byTime = false; paint(); });
    time.addEventListener("click", () => { byTime = true; paint(); });
    finding.repaint = paint;
    paint();
    if (!p.end) { time.disabled = true; time.title = "everything happened at one instant"; }
    return el("div", {}, el("div", { class: "bar" }, el("h4", {}, "Timeline"), el("span", { class: "group", role: "group", "aria-label": "Events across the timeline" }, order, time)), box, note);
  };

  const picture = (p, box, note, byTime, fit) => {
    const { rows, first, last, hiddenTasks } = rowsOf(p);
    const H = 24, top = 24, pad = 16, n = p.events.length;
    const room = fit || Math.max(320, (box.clientWidth || 900) - 250);
    const step = fit ? Math.min(24, room / Math.max(1, n)) : Math.min(30, Math.max(7, room / Math.max(1, n)));
    const wide = byTime ? Math.max(fit ? 0 : 320, room - 2 * pad) : Math.max(1, n - 1) * step;
    const W = wide + 2 * pad + 70, height = top + rows.length * H + 6;
    const x = i => pad + (byTime ? p.events[i].at / (p.end || 1) * wide : i * step);
    const at = new Map(rows.map((task, row) => [task, top + row * H + H / 2]));
    const strikes = p.bands.length, wrong = p.broken >= 0 ? p.events[p.broken] : null;
    const title = svg("title", {}), description = svg("desc", {});
    title.textContent = "Timeline of the run";
    description.textContent = `${p.tasks.length} tasks, ${n} events, ${strikes} faults, ${clock(p.end)} of virtual time. ` +
      (wrong ? `It went wrong at event ${p.broken + 1}${wrong.task >= 0 ? " in " + p.tasks[wrong.task].path : ""}: ${wrong.text}. ` : "") + "The table below has every event.";
    const g = svg("svg", { width: W, height, viewBox: `0 0 ${W} ${height}`, role: "img" }, title, description);
    const tip = (node, e, i) => { const t = svg("title", {}); t.textContent = `${i + 1}. ${clock(e.at)} ${e.task >= 0 ? p.tasks[e.task].path + ": " : ""}${e.text}`; node.append(t); return node; };

    for (const y of at.values()) g.append(svg("line", { class: "row", x1: 0, x2: W, y1: y, y2: y }));
    // The axis: where virtual time has moved on.
    if (byTime) {
      for (let k = 0; k <= 4; k++) tick(pad + k / 4 * wide, clock(p.end * k / 4));
    } else {
      let now = -1, end = -1;
      p.events.forEach((e, i) => {
        if (e.at === now) return;
        now = e.at;
        const label = clock(e.at);
        tick(x(i), x(i) > end ? label : "");
        if (x(i) > end) end = x(i) + label.length * 6.5 + 8;
      });
    }
    function tick(at, label) {
      g.append(svg("line", { class: "tick", x1: at, x2: at, y1: top - 6, y2: height }));
      if (label) { const t = svg("text", { x: at + 2, y: 13 }); t.textContent = label; g.append(t); }
    }
    // The bands, below all else.
    for (const b of p.bands) {
      const y = at.get(b.task);
      if (y === undefined) continue;
      const from = x(b.from), to = Math.max(from + 8, x(b.to));
      const t = svg("title", {});
      t.textContent = `${b.number ? "choice " + b.number + ": " : ""}${b.site}: ${b.fault}`;
      g.append(svg("rect", { class: "band", x: from, y: y - 9, width: to - from, height: 18, rx: 2 }, t));
    }
    // The lives.
    for (const task of rows) {
      const t = p.tasks[task], y = at.get(task), from = x(first[task]);
      const up = at.get(t.parent);
      if (up !== undefined) g.append(svg("line", { class: "born", x1: from, x2: from, y1: up, y2: y }));
      const to = t.state === "left" ? pad + wide + 12 : x(last[task]);
      g.append(svg("line", { class: "life", x1: from, x2: Math.max(to, from + 1), y1: y, y2: y, "stroke-dasharray": t.state === "left" ? "3 3" : null }));
    }
    if (wrong) {
      const wx = x(p.broken), right = wx > W - 100;
      g.append(svg("line", { class: "wrong", x1: wx, x2: wx, y1: top - 4, y2: height }));
      const t = svg("text", { class: "wrongly", x: right ? wx - 5 : wx + 5, y: height - 2, "text-anchor": right ? "end" : "start" });
      t.textContent = "✗ went wrong";
      g.append(t);
    }
    // The events.
    p.events.forEach((e, i) => {
      const y = at.get(e.task);
      if (y === undefined) return;
      const cx = x(i), c = e.cause ? " cause" : "", failed = p.tasks[e.task].state === "failed";
      let mark;
      if (e.kind === "struck") mark = svg("path", { class: "bolt", d: `M${cx + 2},${y - 8} l-6,9 h4 l-2,7 l7,-10 h-4 z` });
      else if (e.kind === "ended" && failed || e.kind === "expected") mark = svg("path", { class: "cross", d: `M${cx - 4},${y - 4} l8,8 m0,-8 l-8,8` });
      else if (e.kind === "ended") mark = svg("line", { class: "end", x1: cx, x2: cx, y1: y - 6, y2: y + 6 });
      else if (e.kind === "cancelled" || e.kind === "done") mark = svg("path", { class: "off", d: `M${cx},${y - 5} l5,5 l-5,5 l-5,-5 z` });
      else mark = svg("circle", { class: "dot" + c, cx, cy: y, r: e.cause ? 3.6 : 2.8 });
      g.append(tip(mark, e, i));
      if (i === p.broken) g.append(svg("circle", { class: "ring", cx, cy: y, r: 8.5 }));
    });
    for (const b of p.bands) {
      const y = at.get(b.task);
      if (y === undefined || !b.number) continue;
      const t = svg("text", { class: "number", x: x(b.from) - 4, y: y + 4, "text-anchor": "end" });
      t.textContent = b.number;
      g.append(t);
    }
    const names = el("ol", { class: "names", "aria-hidden": "true" }, ...rows.map(task => {
      const t = p.tasks[task];
      const name = el("li", { title: t.path, class: t.accused ? "accused" : null }, el("bdi", {}, t.name || t.path));
      let depth = 0;
      for (let up = t.parent; up >= 0 && depth < 8; up = p.tasks[up].parent) depth++;
      name.style.setProperty("--depth", depth);
      return name;
    }));
    box.replaceChildren(names, g);
    if (wrong && !fit) requestAnimationFrame(() => { box.scrollLeft = Math.max(0, x(p.broken) - room * .7); });
    const keys = [["↯", "fault, with its number in the storm"], ["●", "event (coloured: it led there)"], ["◇", "cancelled"], ["|", "ended"], ["✗", "failed"]];
    note.replaceChildren(...keys.map(([sign, text]) => el("span", {}, el("i", { "aria-hidden": "true" }, sign), " " + text)),
      hiddenTasks + (p.cut_tasks || 0) ? el("span", {}, `${hiddenTasks + (p.cut_tasks || 0)} tasks are not drawn`) : "", p.cut ? el("span", {}, `${p.cut} events are left out`) : "");
  };

  // --- what led there ---
  const slice = p => {
    const box = el("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": "Events" });
    const causes = p.events.filter(e => e.cause).length;
    let all = causes < 2;
    const only = el("button", { type: "button" }, "what led there"), every = el("button", { type: "button" }, "all events");
    const paint = () => {
      only.setAttribute("aria-pressed", String(!all));
      every.setAttribute("aria-pressed", String(all));
      const body = el("tbody");
      p.events.forEach((e, i) => {
        if (!all && !e.cause && i !== p.broken) return;
        body.append(el("tr", { class: i === p.broken ? "wrong" : e.kind === "struck" ? "struck" : null },
          el("th", { scope: "row", class: "n" }, String(i + 1)), el("td", { class: "n" }, clock(e.at)),
          el("td", { class: e.task >= 0 && p.tasks[e.task].path.length > 60 ? "wrap" : null }, el("bdi", {}, e.task >= 0 ? p.tasks[e.task].path : "")),
          el("td", {}, el("bdi", {}, e.text), e.of >= 0 && e.of !== e.task ? el("bdi", {}, " of " + p.tasks[e.of].path) : null, i === p.broken ? el("strong", {}, " ✗ went wrong here") : null)));
      });
      box.replaceChildren(el("table", { class: "events" }, el("thead", {}, el("tr", {},
        el("th", { scope: "col", class: "n" }, "#"), el("th", { scope: "col", class: "n" }, "At"), el("th", { scope: "col" }, "Task"), el("th", { scope: "col" }, "What happened"))), body));
    };
    only.addEventListener("click", () => { all = false; paint(); });
    every.addEventListener("click", () => { all = true; paint(); });
    paint();
    return el("div", {}, el("div", { class: "bar" }, el("h4", {}, "Events ", el("small", {}, `${causes} of ${p.events.length} led there`)),
      el("span", { class: "group", role: "group", "aria-label": "Which events" }, only, every)), box);
  };

  // --- opening ---
  if (list) list.addEventListener("toggle", event => { if (event.target.open && event.target.matches(".finding")) show(event.target); }, true);
  const go = () => {
    let target = null;
    try {
      const id = decodeURIComponent(location.hash.slice(1));
      target = byId(id) || id && findings() && byId(id);
    } catch { return; }
    if (!target || !target.matches(".finding")) return;
    if (target.hidden && form) form.reset();
    target.open = true;
    show(target);
    setTimeout(() => { target.scrollIntoView(); target.querySelector("summary").focus({ preventScroll: true }); }, 20);
  };
  addEventListener("hashchange", go);
  go();

  // --- on paper: everything useful is open, and fits the width ---
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [];
    const open = d => { if (!d.open) { d.open = true; opened.push(d); } };
    document.querySelectorAll("main details:not(.finding):not(.finding *)").forEach(open);
    if (!list) return;
    onPaper().forEach(f => { open(f); draw(f); });
    list.querySelectorAll(".finding[open]").forEach(f => f.repaint && f.repaint(430));
  });
  addEventListener("afterprint", () => {
    for (const d of opened) d.open = false;
    if (list) list.querySelectorAll(".finding[open]").forEach(f => f.repaint && f.repaint());
  });
})();
