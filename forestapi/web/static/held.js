/** The page for held records: asks with the token of this tab, groups by rule, draws, and sends decisions. */
const { language, words, titles } = JSON.parse(document.getElementById("config").textContent);
const KEY = "forest-token";
const PAGE = 200;
const $ = (id) => document.getElementById(id);

const ask = async (path, body) => {
  const answer = await fetch(path, {
    method: body ? "POST" : "GET",
    headers: { Authorization: `Bearer ${sessionStorage.getItem(KEY) ?? ""}`, "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
    cache: "no-store",
  });
  const content = await answer.json();
  if (!answer.ok) throw new Error((language === "zh" && content.detail_zh) || content.detail || answer.statusText);
  return content;
};

const say = (text) => { $("message").textContent = text; };
const make = (name, attributes, parent) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent.append(element);
  return element;
};

const rings = (geometry) => {
  if (!geometry) return [];
  const parts = geometry.type === "MultiPolygon" ? geometry.coordinates : geometry.type === "Polygon" ? [geometry.coordinates] : [];
  return parts.flat();
};

/** Draws a boundary in its own extent, north up, with the places of the findings. */
const draw = (svg, boundary, findings, repaired) => {
  svg.replaceChildren();
  const all = [...rings(boundary), ...rings(repaired)];
  if (!all.length) return;
  const xs = all.flat().map((p) => p[0]), ys = all.flat().map((p) => p[1]);
  const west = Math.min(...xs), east = Math.max(...xs), south = Math.min(...ys), north = Math.max(...ys);
  const squeeze = Math.cos(((south + north) / 2) * Math.PI / 180) || 1;
  const scale = Math.min(220 / ((east - west) * squeeze || 1e-9), 160 / (north - south || 1e-9));
  const at = ([x, y]) => [
    120 + (x - (west + east) / 2) * squeeze * scale,
    90 - (y - (south + north) / 2) * scale,
  ];
  const path = (geometry) => rings(geometry).map((ring) => `M${ring.map((p) => at(p).map((v) => v.toFixed(1)).join(" ")).join("L")}Z`).join("");
  make("path", { d: path(boundary) }, svg);
  if (repaired) make("path", { d: path(repaired), class: "repaired" }, svg);
  for (const { place } of findings) {
    const position = (place ?? "").split(" ").map(Number);
    if (position.length !== 2 || position.some(Number.isNaN)) continue;
    const [cx, cy] = at(position);
    make("circle", { cx, cy, r: 4 }, svg);
  }
};

const area = (m2) => (m2 == null ? "—" : `${(m2 * 3 / 2000).toLocaleString(undefined, { maximumFractionDigits: 1 })} ${words.mu}`);

const open = async (element, id) => {
  const found = await ask(`/api/v1/held/${id}`);
  const list = element.querySelector(".findings");
  list.replaceChildren(...found.findings.map((finding) => {
    const item = document.createElement("li");
    item.className = finding.severity;
    item.textContent = finding.message[language];
    return item;
  }));
  const svg = element.querySelector(".map"), json = element.querySelector(".json");
  draw(svg, found.record.boundary, found.findings);
  const facts = [found.record.boundary ? "" : words.no_map, `${words.original}: ${found.original.crs ?? "—"}`];
  if (found.place) facts.push(`${words.place}: ${found.place.lon.toFixed(5)} ${found.place.lat.toFixed(5)}`);
  facts.push(found.waivable_by.length ? `${words.may_accept}: ${found.waivable_by.map((role) => titles[role] ?? role).join(language === "zh" ? "、" : ", ")}` : words.must_correct);
  element.querySelector(".facts").replaceChildren(...facts.filter(Boolean).map((text) => {
    const line = document.createElement("span");
    line.textContent = text;
    return line;
  }));
  svg.toggleAttribute("hidden", !found.record.boundary);
  json.value = JSON.stringify(found.record, null, 1);
  element.querySelector('[data-do="accept"]').disabled = !found.waivable_by.length;
  element.querySelector(".repair").hidden = !found.repairs.length;
  const answer = element.querySelector(".answer");
  const act = async (button) => {
    const kind = button.dataset.do;
    try {
      if (kind === "repair") {
        const made = await ask(`/api/v1/held/${id}/repair`);
        const told = element.querySelector(".repair span");
        told.textContent = made.geometry
          ? `${words.before} ${area(made.area_before_m2)}, ${words.after} ${area(made.area_after_m2)} (${made.steps.join(", ")}) `
          : `${words.no_repair}: ${made.failure}`;
        if (made.geometry) {
          draw(svg, found.record.boundary, found.findings, made.geometry);
          const use = document.createElement("button");
          use.type = "button";
          use.textContent = words.use_repair;
          use.addEventListener("click", () => {
            json.value = JSON.stringify({ ...JSON.parse(json.value), boundary: made.geometry }, null, 1);
            element.querySelector(".correct").open = true;
          });
          told.append(use);
        }
        return;
      }
      const body = { decision: kind, reason: element.querySelector(".reason").value };
      if (!body.reason.trim()) { element.querySelector(".reason").focus(); answer.textContent = words.reason; return; }
      if (kind === "replace") body.record = JSON.parse(json.value);
      const done = await ask(`/api/v1/held/${id}/resolve`, body);
      answer.textContent = `${words.done}: ${done.outcome} ${done.findings.map((f) => f.message[language]).join(" ")}`;
      if (done.outcome !== "held") for (const each of element.querySelectorAll("button")) each.disabled = true;
    } catch (error) {
      answer.textContent = `${words.failed}: ${error.message}`;
    }
  };
  for (const button of element.querySelectorAll("button[data-do]")) button.addEventListener("click", () => act(button));
};

/** The title of a rule; of those that go with any noun, by the end of their name. */
const titleOf = (rule) => titles[rule] ?? titles[`*-${rule.split("-").at(-1)}`] ?? titles[`*-${rule.split("-").slice(1).join("-")}`] ?? rule;

const show = (items) => {
  const groups = new Map();
  for (const item of items) {
    const rule = item.findings.find((finding) => finding.severity === "hold")?.rule ?? "";
    if (!groups.has(rule)) groups.set(rule, []);
    groups.get(rule).push(item);
  }
  $("groups").replaceChildren(...[...groups].sort((a, b) => b[1].length - a[1].length).map(([rule, members]) => {
    const section = document.createElement("section");
    const heading = document.createElement("h2");
    heading.textContent = `${titleOf(rule)} · ${members.length.toLocaleString()}`;
    section.append(heading);
    for (const item of members) {
      const element = $("record").content.firstElementChild.cloneNode(true);
      const { record, about } = item;
      const line = [
        titles[item.noun] ?? item.noun, item.programme, about.worker && `${words.worker} ${about.worker}`, record.work_date,
        item.noun === "plots" ? record.number : about.plot && `${words.plot} ${about.plot}`,
        titles[record.activity] ?? record.activity, item.row && `#${item.row}`, item.received_at.slice(0, 10),
      ].filter(Boolean).join(" · ");
      const reason = document.createElement("small");
      reason.textContent = item.findings.find((finding) => finding.severity === "hold")?.message[language] ?? "";
      element.querySelector("summary").replaceChildren(line, reason);
      element.addEventListener("toggle", () => {
        if (!element.open || element.dataset.loaded) return;
        element.dataset.loaded = "yes";
        open(element, item.id).catch((error) => { element.querySelector(".answer").textContent = error.message; });
      });
      section.append(element);
    }
    return section;
  }));
  say(items.length ? `${items.length.toLocaleString()} ${words.all}` : words.none);
};

const load = async () => {
  try {
    const items = [];
    for (let after = ""; ;) {
      const page = await ask(`/api/v1/held?limit=${PAGE}${after && `&after=${after}`}`);
      items.push(...page.items);
      if (page.items.length < PAGE || items.length >= 5000) break;
      after = page.items.at(-1).id;
    }
    show(items);
  } catch (error) {
    say(`${words.failed}: ${error.message}`);
  }
};

$("key").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem(KEY, $("token").value.trim());
  $("token").value = "";
  load();
});
$("forget").addEventListener("click", () => {
  sessionStorage.removeItem(KEY);
  $("groups").replaceChildren();
  say("");
});
if (sessionStorage.getItem(KEY)) load();
