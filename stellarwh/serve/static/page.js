"use strict";
const at = (id) => document.getElementById(id);
const make = (name, text, more = {}) =>
  Object.assign(document.createElement(name), text === undefined ? {} : { textContent: text }, more);
const SHOWN = 500;
const ENDINGS = { "votable": "vot", "votable/td": "vot" };
let result = null;
let running = null;

// A query, and its answer as a table.
function say(text, isWrong = false) {
  at("status").textContent = text;
  at("status").classList.toggle("wrong", isWrong);
}

function info(document, name) {
  return [...document.getElementsByTagName("INFO")].filter((one) => one.getAttribute("name") === name);
}

function read(text) {
  const document = new DOMParser().parseFromString(text, "text/xml");
  const states = info(document, "QUERY_STATUS");
  const wrong = states.find((one) => one.getAttribute("value") === "ERROR");
  if (wrong) throw new Error(wrong.textContent.trim());
  if (!states.length) throw new Error("The service gave no answer that can be read.");
  const fields = [...document.getElementsByTagName("FIELD")].map((field) => ({
    name: field.getAttribute("name"),
    unit: field.getAttribute("unit") || "",
    about: field.getElementsByTagName("DESCRIPTION")[0]?.textContent || "",
    isNumber: !/char|boolean/i.test(field.getAttribute("datatype")) && !field.getAttribute("arraysize"),
  }));
  const rows = [...document.getElementsByTagName("TR")].map((row) =>
    [...row.children].map((cell) => cell.textContent));
  const isCut = states.some((one) => one.getAttribute("value") === "OVERFLOW");
  return { fields, rows, isCut, isSimulated: info(document, "SIMULATE").length > 0 };
}

async function run(event) {
  event?.preventDefault();
  running?.abort();
  const query = at("query").value.trim();
  if (!query) return say("Write a query, or begin with an example.", true);
  const mine = running = new AbortController();
  at("stop").disabled = false;
  say("Running …");
  const began = performance.now();
  try {
    const body = new URLSearchParams({
      LANG: "ADQL", QUERY: query, MAXREC: at("maxrec").value || "5000", RESPONSEFORMAT: "votable/td",
    });
    const answer = await fetch("/tap/sync", { method: "POST", body, signal: mine.signal });
    result = read(await answer.text());
    const seconds = ((performance.now() - began) / 1000).toFixed(2);
    const more = result.isCut ? " There are more: they were cut off." : "";
    const simulated = result.isSimulated ? " The rows are simulated." : "";
    say(`${result.rows.length.toLocaleString("en")} rows in ${seconds} s.${more}${simulated}`);
    show();
    // On a small screen it would come below the edge, unseen.
    if (at("result").getBoundingClientRect().top > innerHeight * 0.8) at("result").scrollIntoView();
  } catch (error) {
    if (mine === running) say(mine.signal.aborted ? "Stopped." : error.message, !mine.signal.aborted);
  } finally {
    if (mine === running) at("stop").disabled = true;
  }
}

function show() {
  at("result").hidden = false;
  const head = make("tr");
  for (const field of result.fields) {
    const cell = make("th", field.name, { scope: "col", title: field.about });
    cell.append(make("small", field.unit || "\u00a0"));
    if (!field.isNumber) cell.className = "word";
    head.append(cell);
  }
  const body = make("tbody");
  for (const row of result.rows.slice(0, SHOWN)) {
    const line = make("tr");
    row.forEach((text, i) => line.append(make("td", text, { className: result.fields[i].isNumber ? "" : "word" })));
    body.append(line);
  }
  const top = make("thead");
  top.append(head);
  at("rows").replaceChildren(top, body);
  const hidden = result.rows.length - Math.min(SHOWN, result.rows.length);
  at("rows-note").textContent = hidden ? `The first ${SHOWN} rows; ${hidden.toLocaleString("en")} more are drawn, and saved.` : "";
  const numbers = result.fields.map((field, i) => [field, i]).filter(([field]) => field.isNumber);
  for (const [id, wanted] of [["x", ["teff", "ra"]], ["y", ["logg", "dec"]]]) {
    const kept = at(id).selectedOptions[0]?.textContent;
    at(id).replaceChildren(...numbers.map(([field, i]) => make("option", field.name, { value: i })));
    const names = numbers.map(([field]) => field.name);
    let place = names.indexOf(kept);
    for (const name of wanted) if (place < 0) place = names.indexOf(name);
    at(id).selectedIndex = place < 0 ? Math.min(id === "y" ? 1 : 0, numbers.length - 1) : place;
  }
  const drawn = numbers.length > 1 && result.rows.length > 0;
  at("axes").hidden = at("plot").hidden = !drawn;
  const [x, y] = ["x", "y"].map((id) => at(id).selectedOptions[0]?.textContent);
  // As the field draws them.
  at("flip-x").checked = x === "teff" || x === "ra";
  at("flip-y").checked = y === "logg";
  if (drawn) draw(); else at("plot-caption").textContent = "";
}

// Two columns against each other.
function ticks(low, high, count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough);
  const found = [];
  for (let value = Math.ceil(low / step) * step; value <= high + step * 1e-9; value += step) found.push(value);
  return found.map((value) => [value, String(+value.toFixed(Math.max(0, -Math.floor(Math.log10(step)))))]);
}

function draw() {
  if (!result || at("plot").hidden) return;
  const [i, j] = [+at("x").value, +at("y").value];
  const points = result.rows
    .filter((row) => row[i] !== "" && row[j] !== "")
    .map((row) => [+row[i], +row[j]])
    .filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
  const canvas = at("plot");
  const scale = window.devicePixelRatio || 1;
  const width = Math.max(280, Math.min(960, canvas.parentElement.clientWidth));
  const height = Math.round(width * 0.58);
  canvas.width = width * scale;
  canvas.height = height * scale;
  const pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const range = (k) => {
    let low = Infinity, high = -Infinity;
    for (const point of points) { low = Math.min(low, point[k]); high = Math.max(high, point[k]); }
    const edge = (high - low) * 0.03 || 1;
    return [low - edge, high + edge];
  };
  const [xs, ys] = [range(0), range(1)];
  const box = { left: 70, right: width - 12, top: 10, bottom: height - 46 };
  const across = (x, flip = at("flip-x").checked) => {
    const part = (x - xs[0]) / (xs[1] - xs[0]);
    return box.left + (flip ? 1 - part : part) * (box.right - box.left);
  };
  const up = (y, flip = at("flip-y").checked) => {
    const part = (y - ys[0]) / (ys[1] - ys[0]);
    return box.bottom - (flip ? 1 - part : part) * (box.bottom - box.top);
  };
  pen.font = `12px ${colour("--font")}`;
  pen.strokeStyle = colour("--grid");
  pen.fillStyle = colour("--muted");
  pen.textAlign = "center";
  if (points.length) {
    for (const [value, text] of ticks(...xs, Math.max(3, width / 140))) {
      pen.beginPath(); pen.moveTo(across(value), box.top); pen.lineTo(across(value), box.bottom); pen.stroke();
      pen.fillText(text, across(value), box.bottom + 17);
    }
    pen.textAlign = "right";
    for (const [value, text] of ticks(...ys, 6)) {
      pen.beginPath(); pen.moveTo(box.left, up(value)); pen.lineTo(box.right, up(value)); pen.stroke();
      pen.fillText(text, box.left - 7, up(value) + 4);
    }
  }
  pen.strokeStyle = colour("--muted");
  pen.strokeRect(box.left, box.top, box.right - box.left, box.bottom - box.top);
  pen.fillStyle = colour("--ink");
  pen.textAlign = "center";
  const label = ({ name, unit }) => (unit ? `${name} [${unit}]` : name);
  pen.fillText(label(result.fields[i]), (box.left + box.right) / 2, height - 8);
  pen.save();
  pen.translate(14, (box.top + box.bottom) / 2);
  pen.rotate(-Math.PI / 2);
  pen.fillText(label(result.fields[j]), 0, 0);
  pen.restore();
  pen.fillStyle = colour("--series-2");
  pen.globalAlpha = points.length > 2000 ? 0.35 : 0.75;
  const size = points.length > 2000 ? 2 : 3.4;
  for (const [x, y] of points) pen.fillRect(across(x) - size / 2, up(y) - size / 2, size, size);
  const text = `${label(result.fields[j])} against ${label(result.fields[i])}: ${points.length.toLocaleString("en")} rows that have both`;
  at("plot-caption").textContent = `${text}.`;
  canvas.setAttribute("aria-label", `Diagram of ${text}.`);
}

// What there is to be asked.
const texts = (node, name) => [...node.children].filter((one) => one.localName === name).map((one) => one.textContent);

async function tables() {
  const answer = await fetch("/tap/tables?detail=min");
  const document = new DOMParser().parseFromString(await answer.text(), "text/xml");
  const parts = [];
  for (const schema of document.getElementsByTagName("schema")) {
    parts.push(make("h3", texts(schema, "name")[0], { title: texts(schema, "description")[0] || "" }));
    for (const table of schema.getElementsByTagName("table")) {
      const name = texts(table, "name")[0];
      const one = make("details", undefined, { name: name });
      one.dataset.name = name;
      one.append(make("summary", name), make("p", texts(table, "description")[0] || ""));
      one.addEventListener("toggle", () => columns(one, name), { once: true });
      parts.push(one);
    }
  }
  at("tables").replaceChildren(...parts);
}

async function columns(parent, name) {
  const answer = await fetch(`/tap/tables/${encodeURIComponent(name)}`);
  const document = new DOMParser().parseFromString(await answer.text(), "text/xml");
  const list = make("ul");
  for (const column of document.getElementsByTagName("column")) {
    const word = texts(column, "name")[0];
    const button = make("button", word, { type: "button", title: `Put ${word} into the query` });
    button.addEventListener("click", () => insert(word));
    const line = make("li");
    const unit = texts(column, "unit")[0];
    line.append(button, make("span", ` ${unit ? `[${unit}] ` : ""}${texts(column, "description")[0] || ""}`));
    list.append(line);
  }
  parent.append(list);
}

function insert(word) {
  const box = at("query");
  box.setRangeText(word, box.selectionStart, box.selectionEnd, "end");
  box.focus();
  link();
}

// Names of the columns of each table, asked for when somebody looks for one.
let known = null;

async function namesOfColumns() {
  const query = "SELECT table_name, column_name FROM TAP_SCHEMA.columns";
  const body = new URLSearchParams({ LANG: "ADQL", QUERY: query, RESPONSEFORMAT: "votable/td" });
  const names = new Map();
  for (const [table, column] of read(await (await fetch("/tap/sync", { method: "POST", body })).text()).rows) {
    names.set(table, [...(names.get(table) || []), column.toLowerCase()]);
  }
  return names;
}

async function find() {
  known ??= namesOfColumns().catch(() => new Map());
  const names = await known;
  const word = at("search").value.trim().toLowerCase();
  let head = null;
  let count = 0;
  for (const one of at("tables").children) {
    if (one.localName === "h3") {
      head = one;
      head.hidden = true;
      continue;
    }
    const columns = names.get(one.dataset.name) || [];
    one.hidden = !(one.dataset.name.toLowerCase().includes(word) || columns.some((name) => name.includes(word)));
    if (one.hidden) continue;
    head.hidden = false;
    count += 1;
  }
  at("found").textContent = word ? `${count || "No"} ${count === 1 ? "table" : "tables"} with that name, or a column of it.` : "";
}

// Rows to keep.
function link() {
  const format = at("format").value;
  at("save").href = `/tap/sync?${new URLSearchParams({ LANG: "ADQL", RESPONSEFORMAT: format, QUERY: at("query").value })}`;
  at("save").download = `result.${ENDINGS[format] || format}`;
}

function choose() {
  const chosen = at("example").selectedOptions[0];
  if (chosen?.dataset.query) at("query").value = chosen.dataset.query;
  link();
}

function theme() {
  const root = document.documentElement;
  const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = isDark ? "light" : "dark";
  draw();
}

at("form").addEventListener("submit", run);
at("stop").addEventListener("click", () => running?.abort());
at("query").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run(event);
});
at("query").addEventListener("input", link);
at("format").addEventListener("change", link);
at("example").addEventListener("change", choose);
at("search").addEventListener("input", find);
at("theme").addEventListener("click", theme);
for (const id of ["x", "y", "flip-x", "flip-y"]) at(id).addEventListener("change", draw);
addEventListener("resize", draw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
at("example").selectedIndex = 1;
choose();
tables();
