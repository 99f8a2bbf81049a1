// What the reader sees and does.

const get = (id) => document.getElementById(id);
const ROW_HEIGHT = 136;
const REVIEWER = "icac-reviewer";
let current = 0;
let descending = true;

const number = (value, digits = 1) => (value === undefined ? "–" : value.toFixed(digits));

function figures({ values: v }) {
  if (v.volume_mm3 === undefined) return "";
  const parts = [`${number(v.volume_mm3)} mm³`];
  if (v.right_mm3 !== undefined) parts.push(`right ${number(v.right_mm3)}, left ${number(v.left_mm3)}`);
  if (v.expected_volume_mm3 !== undefined) {
    const interval = `(${number(v.expected_low_mm3)} to ${number(v.expected_high_mm3)})`;
    parts.push(`expected ${number(v.expected_volume_mm3)} ${interval}`);
  }
  if (v.lesions !== undefined) parts.push(`${v.lesions} lesions`);
  if (v.registration_quality !== undefined) parts.push(`quality ${number(v.registration_quality, 2)}`);
  if (v.bone_contact_share !== undefined) parts.push(`bone ${number(100 * v.bone_contact_share, 0)} %`);
  if (v.mean_probability !== undefined) parts.push(`confidence ${number(v.mean_probability, 2)}`);
  return parts.join(" · ");
}

function fillThumbnail(box, scan) {
  if (box.dataset.name === scan.name) return;
  box.dataset.name = scan.name;
  box.replaceChildren();
  if (!scan.thumbnail) {
    box.textContent = scan.failed ? "failed" : "no picture";
    return;
  }
  const image = new Image();
  image.decoding = "async";
  image.alt = `Overview of ${scan.name}`;
  image.src = scan.thumbnail;
  box.append(image);
}

function fill(row, scan, index) {
  const part = (name) => row.querySelector(`.${name}`);
  row.className = `row ${scan.decision.decision} ${index === current ? "current" : ""}`;
  row.id = `row${index}`;
  row.setAttribute("aria-selected", index === current);
  fillThumbnail(part("thumb"), scan);
  part("name").textContent = scan.name;
  part("badge").textContent = scan.decision.decision;
  part("reasons").replaceChildren(...scan.reasons.map((reason) => {
    const chip = document.createElement("span");
    chip.className = "chip";
    chip.textContent = reason;
    return chip;
  }));
  part("figures").textContent = figures(scan);
  part("message").textContent = scan.message;
  part("message").title = scan.message;
  if (document.activeElement !== part("note")) part("note").value = scan.decision.note;
}

const list = new VirtualList(get("viewport"), get("canvas"), ROW_HEIGHT, fill);

function count() {
  const shown = list.items.length;
  const of = (decision) => scans.filter((scan) => scan.decision.decision === decision).length;
  const failed = scans.filter((scan) => scan.failed).length;
  get("counts").textContent = `${shown} of ${scans.length} scans shown, ${of("accepted")} accepted, `
    + `${of("flagged")} flagged, ${failed} failed`;
}

function choose(scan = list.items[current]) {
  list.show(chosen({ find: get("find").value, show: get("show").value, reason: get("reason").value,
    sort: get("sort").value, descending }));
  const index = list.items.indexOf(scan);
  move(index < 0 ? 0 : index);
  count();
}

function move(to) {
  const before = current;
  current = Math.max(0, Math.min(list.items.length - 1, to));
  list.update(before);
  list.reveal(current);
  list.update(current);
  get("viewport").setAttribute("aria-activedescendant", `row${current}`);
  if (!get("cover").hidden) openOverview();
}

// A decision never changes which rows are shown, so that nothing jumps under the reader's eyes.
function mark(decision) {
  const scan = list.items[current];
  if (!scan) return;
  decide(scan, { decision }, get("reviewer").value.trim());
  list.update(current);
  count();
  if (decision) move(current + 1);
}

function openOverview() {
  const scan = list.items[current];
  if (!scan) return;
  get("caption").textContent = `${scan.name} ${scan.decision.decision}: ${figures(scan) || scan.message}`;
  get("overview").src = scan.overview || scan.thumbnail || "";
  get("overview").alt = `Overview of ${scan.name}`;
  fillLesions(scan.lesion_rows);
  get("cover").hidden = false;
}

// The table is made when it is looked at, and not for ten thousand scans.
function fillLesions(lesions) {
  const table = get("lesions");
  table.hidden = !lesions.length;
  table.querySelector("summary").textContent = `${lesions.length} lesion${lesions.length === 1 ? "" : "s"} (l)`;
  table.querySelector("tbody").replaceChildren(...(table.open ? lesions.map(lesionRow) : []));
}

function lesionRow([id, side, segment, mm3, mean, highest, bone, picture]) {
  const shown = (value, digits) => (value === null ? "–" : number(value, digits));
  const row = document.createElement("tr");
  const texts = [id, side, segment, shown(mm3, 1), shown(mean, 0), shown(highest, 0),
    bone === null ? "–" : `${number(100 * bone, 0)} %`];
  row.append(...texts.map((text) => {
    const cell = document.createElement("td");
    cell.textContent = text;
    return cell;
  }));
  if (picture) {
    const cell = row.insertCell();
    const image = new Image();
    cell.className = "picture";
    Object.assign(image, { src: picture, alt: `Lesion ${id}`, loading: "lazy" });
    cell.append(image);
  }
  return row;
}

function turnLesions() {
  const table = get("lesions");
  if (get("cover").hidden) {
    table.open = true;
    openOverview();
  } else {
    table.open = !table.open;
  }
}

function writeNote() {
  const row = list.rows.get(current);
  if (row) row.querySelector(".note").focus();
}

function save() {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([toCsv()], { type: "text/csv" }));
  link.download = "decisions.csv";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

const ACTIONS = {
  ArrowDown: () => move(current + 1), j: () => move(current + 1),
  ArrowUp: () => move(current - 1), k: () => move(current - 1),
  PageDown: () => move(current + list.page), PageUp: () => move(current - list.page),
  Home: () => move(0), End: () => move(list.items.length - 1),
  a: () => mark("accepted"), f: () => mark("flagged"), u: () => mark(""),
  n: writeNote, l: turnLesions, Enter: openOverview, Escape: () => { get("cover").hidden = true; },
  "/": () => get("find").focus(), s: save, "?": () => get("keys").showModal(),
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("input, select, button, summary");
  if (typing) {
    if (["Enter", "Escape"].includes(event.key) && event.target.matches("input")) get("viewport").focus();
    if (event.key === "Escape" && event.target.matches("summary")) ACTIONS.Escape();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || get("keys").open || !ACTIONS[event.key]) return;
  event.preventDefault();
  ACTIONS[event.key]();
});

get("canvas").addEventListener("mousedown", (event) => {
  const row = event.target.closest(".row");
  if (row && !event.target.closest(".note")) move(Number(row.dataset.index));
  if (event.target.closest(".thumb")) openOverview();
});
get("canvas").addEventListener("focusin", (event) => {
  const row = event.target.closest(".row");
  if (row) move(Number(row.dataset.index));
});
get("canvas").addEventListener("input", (event) => {
  const scan = list.items[Number(event.target.closest(".row").dataset.index)];
  decide(scan, { note: event.target.value.trim() }, get("reviewer").value.trim());
});
get("cover").addEventListener("click", (event) => {
  if (!event.target.closest("#lesions")) get("cover").hidden = true;
});
get("lesions").addEventListener("toggle", () => {
  const scan = list.items[current];
  if (scan) fillLesions(scan.lesion_rows);
});
for (const id of ["find", "show", "reason"]) get(id).addEventListener("input", () => choose());
get("sort").addEventListener("input", () => {
  // The suspicious end first: poor quality and low confidence are small, names begin with A.
  descending = !["name", "registration_quality", "mean_probability"].includes(get("sort").value);
  showOrder();
});
get("turn").addEventListener("click", () => { descending = !descending; showOrder(); });
function showOrder() {
  get("turn").textContent = descending ? "↓" : "↑";
  choose(null);  // a new order is looked at from its beginning
}
get("save").addEventListener("click", save);
get("load").addEventListener("click", () => get("file").click());
get("file").addEventListener("change", async () => {
  const taken = fromCsv(await get("file").files[0].text());
  choose();
  get("counts").textContent += `; ${taken} decisions loaded`;
});
get("help").addEventListener("click", () => get("keys").showModal());
get("reviewer").addEventListener("input", () => localStorage.setItem(REVIEWER, get("reviewer").value));

get("title").textContent = `Review of ${data.cohort}`;
for (const reason of [...new Set(scans.flatMap((scan) => scan.reasons))].sort()) get("reason").add(new Option(reason));
restore();
try { get("reviewer").value = localStorage.getItem(REVIEWER) || ""; } catch { /* forbidden storage: start empty */ }
choose();
get("viewport").focus();
