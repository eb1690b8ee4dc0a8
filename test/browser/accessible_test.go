package browser

// accessible is an expression whose value is a list of complaints: what people who
// do not see the page, or see little of it, would stumble over. It is the part of
// WCAG's level AA that a program can check here.
const accessible = `(() => {
  const wrong = [];
  const tell = (e, what) => wrong.length < 40 && wrong.push(what + ": " + e.outerHTML.slice(0, 160));
  const each = (selector, check) => document.querySelectorAll(selector).forEach(check);
  const name = e => (e.getAttribute("aria-label") || (e.getAttribute("aria-labelledby") || "").split(" ").map(id => document.getElementById(id)?.textContent || "").join(" ") || e.textContent || "").trim();

  if (!document.documentElement.lang) wrong.push("the page has no language");
  if (!document.title) wrong.push("the page has no title");
  for (const landmark of ["main", "header", "nav", "footer"]) if (document.querySelectorAll(landmark).length !== 1) wrong.push("not one " + landmark);
  if (document.querySelectorAll("h1").length !== 1) wrong.push("not one h1");
  let level = 0;
  each("h1,h2,h3,h4,h5,h6", h => { const l = +h.tagName[1]; if (l > level + 1) tell(h, "a level of headings is left out"); level = l; if (!name(h)) tell(h, "empty heading"); });
  each("button, a[href], summary", e => { if (!name(e)) tell(e, "no name"); });
  each("input, select, textarea", e => { if (!e.labels?.length && !e.getAttribute("aria-label")) tell(e, "no label"); });
  each("th", e => { if (!e.scope) tell(e, "a header without a scope"); });
  each("table", e => { if (!e.querySelector("thead th")) tell(e, "a table without headers"); });
  each("svg", e => { if (e.getAttribute("role") !== "img" || !(e.getAttribute("aria-label") || e.querySelector(":scope > title")?.textContent)) tell(e, "a picture without a name"); });
  each("[role=region], section, nav, form", e => { if (!name({getAttribute: a => e.getAttribute(a), textContent: ""})) tell(e, "a region without a name"); });
  each("details", e => { if (e.firstElementChild?.tagName !== "SUMMARY") tell(e, "details without a summary"); });
  const ids = new Set();
  each("[id]", e => { if (ids.has(e.id)) tell(e, "an id twice"); ids.add(e.id); });
  each("[aria-labelledby]", e => e.getAttribute("aria-labelledby").split(" ").forEach(id => { if (!ids.has(id)) tell(e, "labelled by nothing"); }));
  each("[aria-hidden=true]", e => { if (e.querySelector("a, button, input, [tabindex]")) tell(e, "something hidden can have the focus"); });
  each("*", e => { const s = getComputedStyle(e); if (/(auto|scroll)/.test(s.overflowX) && e.scrollWidth > e.clientWidth + 1 && e.tabIndex < 0 && !e.querySelector("a, button")) tell(e, "cannot be scrolled by keyboard"); });

  // Contrast, by WCAG's formula, of every text that is shown.
  const parse = c => { const m = c.match(/[\d.]+/g).map(Number); return [m[0], m[1], m[2], m[3] === undefined ? 1 : m[3]]; };
  const over = (a, b) => [0, 1, 2].map(i => a[i] * a[3] + b[i] * (1 - a[3])).concat(1);
  const light = c => { const [r, g, b] = c.slice(0, 3).map(v => { v /= 255; return v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; }); return .2126 * r + .7152 * g + .0722 * b; };
  const ground = e => { const layers = []; for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c[3] > 0) layers.push(c); if (c[3] === 1) break; } let c = [255, 255, 255, 1]; for (const l of layers.reverse()) c = over(l, c); return c; };
  const seen = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n; (n = walk.nextNode());) {
    const e = n.parentElement;
    if (!n.data.trim() || seen.has(e) || !e.getClientRects().length || e.closest("script, style, .unseen, .skip")) continue;
    seen.add(e);
    const s = getComputedStyle(e), back = ground(e), paint = e.namespaceURI.includes("svg") ? s.fill : s.color;
    const front = over(parse(paint), back), [a, b] = [light(front), light(back)].sort((x, y) => y - x);
    const ratio = (a + .05) / (b + .05), need = parseFloat(s.fontSize) >= 24 || parseFloat(s.fontSize) >= 18.66 && +s.fontWeight >= 700 ? 3 : 4.5;
    if (ratio < need) tell(e, "contrast of " + ratio.toFixed(2) + " (" + paint + " on " + back.slice(0, 3).map(Math.round) + ")");
  }
  if (seen.size < 100) wrong.push("only " + seen.size + " texts were looked at");
  return wrong;
})()`
