// The scans, the decisions on them, and which are shown in what order. Nothing here touches the page.

const data = JSON.parse(document.getElementById("data").textContent);
const scans = data.scans;
const STORAGE = `icac-cohort-${data.id}`;

for (const scan of scans) {
  scan.reasons = scan.reasons || [];
  scan.values = scan.values || {};
  scan.key = scan.key || "";
  scan.score = scan.score || 0;
  scan.message = scan.message || "";
  scan.lesion_rows = scan.lesion_rows || [];
  scan.failed = scan.key === "";
  scan.decision = scan.decision || { decision: "", note: "", reviewer: "", decided: "" };
  scan.loaded = scan.decision;
}
const byName = new Map(scans.map((scan) => [scan.name, scan]));

// Decisions that the page did not come with live in the browser, so that a closed tab loses nothing.
function restore() {
  let kept = {};
  try { kept = JSON.parse(localStorage.getItem(STORAGE) || "{}"); } catch { kept = {}; }
  for (const [name, one] of Object.entries(kept)) {
    const scan = byName.get(name);
    if (scan && one.key === scan.key && one.decided >= scan.decision.decided) scan.decision = one;
  }
}

let keeping = null;
function keep() {
  clearTimeout(keeping);
  keeping = setTimeout(keepNow, 200);
}
function keepNow() {
  const changed = scans.filter((scan) => scan.decision !== scan.loaded);
  const entries = changed.map((scan) => [scan.name, { ...scan.decision, key: scan.key }]);
  try {
    localStorage.setItem(STORAGE, JSON.stringify(Object.fromEntries(entries)));
  } catch { /* Storage is full or forbidden: the decisions are still in the page, to be saved. */ }
}
window.addEventListener("pagehide", keepNow);

function decide(scan, change, reviewer) {
  const { decision, note } = { ...scan.decision, ...change };
  scan.decision = { scan: scan.name, decision, note, reviewer, decided: new Date().toISOString() };
  keep();
}

const COLUMNS = ["scan", "key", "decision", "note", "reviewer", "decided"];

function toCsv() {
  const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const decided = scans.filter((scan) => scan.decision.decided);
  const lines = decided.map((scan) => ({ ...scan.decision, scan: scan.name, key: scan.key }))
    .map((one) => COLUMNS.map((name) => quoted(String(one[name] || ""))).join(","));
  return [COLUMNS.join(","), ...lines].join("\n") + "\n";
}

function parseCsv(text) {
  const rows = [[]];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/gy;
  for (let match; (match = field.exec(text)) && (match[0] || match.index < text.length);) {
    rows.at(-1).push(match[1] === undefined ? match[2] : match[1].replaceAll('""', '"'));
    if (match[3] !== ",") rows.push([]);
    if (field.lastIndex >= text.length) break;
  }
  const [head, ...body] = rows.filter((row) => row.length > 1);
  return (body || []).map((row) => Object.fromEntries(head.map((name, i) => [name, row[i] || ""])));
}

// Take over decisions of a CSV file that are later than those of the page; returns how many.
function fromCsv(text) {
  let taken = 0;
  for (const one of parseCsv(text.replace(/^\ufeff/, ""))) {
    const scan = byName.get(one.scan);
    if (!scan || one.key !== scan.key || one.decided < scan.decision.decided) continue;
    scan.decision = { scan: one.scan, decision: one.decision, note: one.note, reviewer: one.reviewer,
      decided: one.decided };
    taken += 1;
  }
  keep();
  return taken;
}

const SHOWN = {
  "": () => true,
  open: (scan) => !scan.decision.decision,
  accepted: (scan) => scan.decision.decision === "accepted",
  flagged: (scan) => scan.decision.decision === "flagged",
  failed: (scan) => scan.failed,
  noted: (scan) => Boolean(scan.decision.note),
};

function chosen({ find, show, reason, sort, descending }) {
  const wanted = find.trim().toLowerCase();
  const found = scans.filter((scan) => SHOWN[show](scan) && (!reason || scan.reasons.includes(reason))
    && (!wanted || scan.name.toLowerCase().includes(wanted)
      || scan.decision.note.toLowerCase().includes(wanted)));
  const value = sort === "name" ? (scan) => scan.name
    : sort === "score" ? (scan) => scan.score : (scan) => scan.values[sort];
  const sign = descending ? -1 : 1;
  return found.sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x === undefined || y === undefined) return (x === undefined) - (y === undefined);  // without a value: last
    return x < y ? -sign : x > y ? sign : a.name < b.name ? -1 : 1;
  });
}
