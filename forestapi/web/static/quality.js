/** The page of open findings: counts by programme, noun and rule; each group lists its records when it is opened. */
const { language, words, titles } = JSON.parse(document.getElementById("config").textContent);
const KEY = "forest-token";
const PAGE = 20;
const $ = (id) => document.getElementById(id);

const ask = async (path) => {
  const secret = sessionStorage.getItem(KEY);
  const answer = await fetch(path, { headers: secret ? { Authorization: `Bearer ${secret}` } : {}, cache: "no-store" });
  const content = await answer.json();
  if (!answer.ok) throw new Error((language === "zh" && content.detail_zh) || content.detail || answer.statusText);
  return content;
};
const say = (key, values = {}) => words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
const tell = (text) => { $("message").textContent = text; };
const make = (name, properties = {}, ...children) => {
  const element = document.createElement(name);
  Object.assign(element, properties);
  element.append(...children);
  return element;
};

/** Findings of one group, a page at a time. The API pages by record; those of other nouns and states are passed over. */
const list = async (group, body, after = "") => {
  body.querySelector("button")?.remove();
  const asked = new URLSearchParams({ rule: group.rule, limit: PAGE });
  if (group.programme) asked.set("programme", group.programme);
  if (after) asked.set("after", after);
  const page = await ask(`/api/v1/quality/findings?${asked}`);
  const own = page.items.filter((item) => item.noun === group.noun && item.state === group.state && item.severity === group.severity);
  body.querySelector("ul").append(...own.map((item) => make("li", { className: item.severity },
    make("span", { textContent: item.message[language] }), make("small", { textContent: ` ${words.record} ${item.record}${item.place ? ` · ${item.place}` : ""}` }))));
  if (!page.next) return;
  const more = make("button", { type: "button", textContent: words.more });
  more.addEventListener("click", () => list(group, body, page.next).catch((error) => tell(`${words.failed}: ${error.message}`)));
  body.append(more);
};

const show = (groups) => {
  const programmes = [...new Set(groups.map((each) => each.programme))];
  $("groups").replaceChildren(...programmes.map((programme) => {
    const own = groups.filter((each) => each.programme === programme);
    const total = own.reduce((sum, each) => sum + each.count, 0);
    return make("section", {}, make("h2", { textContent: `${programme ?? "—"} · ${say("count", { n: total })}` }), ...own.map((group) => {
      const body = make("div", { className: "body" }, make("p", { className: "facts", textContent: words[group.state] }), make("ul", { className: "findings" }));
      if (group.state === "held") body.firstChild.append(make("a", { href: "/held", textContent: words.decide }));
      const parts = [words[group.severity] ?? group.severity, titles[group.noun] ?? group.noun, group.title[language],
        say("count", { n: group.count }), say("since", { day: group.since.slice(0, 10) })];
      const element = make("details", { className: "record" }, make("summary", { textContent: parts.join(" · ") }), body);
      element.addEventListener("toggle", () => {
        if (!element.open || element.dataset.loaded) return;
        element.dataset.loaded = "yes";
        list(group, body).catch((error) => tell(`${words.failed}: ${error.message}`));
      });
      return element;
    }));
  }));
  tell(groups.length ? "" : words.none);
};

const load = async () => {
  try {
    const programme = $("programme").value;
    show(await ask(`/api/v1/quality${programme && `?programme=${encodeURIComponent(programme)}`}`));
  } catch (error) {
    $("groups").replaceChildren();
    tell(`${words.failed}: ${error.message}`);
  }
};

$("key").addEventListener("submit", (event) => {
  event.preventDefault();
  const secret = $("token").value.trim();
  if (secret) sessionStorage.setItem(KEY, secret);
  $("token").value = "";
  load();
});
$("programme").addEventListener("change", () => { if (sessionStorage.getItem(KEY)) load(); });
$("forget").addEventListener("click", () => {
  sessionStorage.removeItem(KEY);
  $("groups").replaceChildren();
  tell("");
});
ask("/api/v1/programmes?limit=1000").then(({ items }) => {
  $("programme").append(...items.map((each) => new Option(each[`name_${language}`] || each.code, each.code)));
}, () => {});
if (sessionStorage.getItem(KEY)) load();
