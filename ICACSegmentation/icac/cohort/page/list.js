// A list of any length of which only the rows in view exist. Rows have one height, so that the place of each is known.

class VirtualList {
  constructor(viewport, canvas, height, fill) {
    Object.assign(this, { viewport, canvas, height, fill });
    this.items = [];
    this.rows = new Map();   // index -> element
    this.free = [];
    this.asked = false;
    viewport.addEventListener("scroll", () => this.refresh());
    new ResizeObserver(() => this.refresh()).observe(viewport);
  }

  show(items) {
    this.items = items;
    this.canvas.style.height = `${items.length * this.height}px`;
    for (const index of [...this.rows.keys()]) this.release(index);
    this.draw();
  }

  refresh() {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => { this.asked = false; this.draw(); });
  }

  draw() {
    const { scrollTop, clientHeight } = this.viewport;
    const first = Math.max(0, Math.floor(scrollTop / this.height) - 3);
    const last = Math.min(this.items.length, Math.ceil((scrollTop + clientHeight) / this.height) + 3);
    for (const index of [...this.rows.keys()]) if (index < first || index >= last) this.release(index);
    for (let index = first; index < last; index += 1) if (!this.rows.has(index)) this.place(index);
  }

  place(index) {
    const row = this.free.pop() || this.canvas.appendChild(makeRow());
    row.style.transform = `translateY(${index * this.height}px)`;
    row.hidden = false;
    row.dataset.index = index;
    this.rows.set(index, row);
    this.fill(row, this.items[index], index);
  }

  release(index) {
    const row = this.rows.get(index);
    if (row.contains(document.activeElement)) document.activeElement.blur();  // so that a note goes to its scan
    row.hidden = true;
    row.style.transform = "translateY(-9999px)";
    this.rows.delete(index);
    this.free.push(row);
  }

  update(index) {
    const row = this.rows.get(index);
    if (row) this.fill(row, this.items[index], index);
  }

  reveal(index) {
    const top = index * this.height;
    const { scrollTop, clientHeight } = this.viewport;
    if (top < scrollTop) this.viewport.scrollTop = top;
    else if (top + this.height > scrollTop + clientHeight) this.viewport.scrollTop = top + this.height - clientHeight;
    this.draw();
  }

  get page() {
    return Math.max(1, Math.floor(this.viewport.clientHeight / this.height) - 1);
  }
}

function makeRow() {
  const row = document.createElement("div");
  row.className = "row";
  row.setAttribute("role", "option");
  row.innerHTML = `<div class="thumb"></div><div class="facts"><div class="head"><span class="name"></span><span
    class="badge"></span></div><div class="reasons"></div><div class="figures"></div><div class="message"></div><input
    class="note" placeholder="note (n)" aria-label="Note"></div>`;
  return row;
}
