/** The analyst's page: one question, asked with the token of this tab, answered as table, chart and map. */
import { $, language, make, words } from "./config.js";
import { Refusal, ask, respond, token } from "./api.js";
import * as form from "./form.js";
import { apiAddress, pageAddress, read } from "./question.js";
import { figure, isHidden } from "./numbers.js";
import * as chart from "./chart.js";
import * as map from "./map.js";
import * as table from "./table.js";
import { fileName, take } from "./taking.js";

const DEFAULT = { statistic: "planted-area", by: ["region"], region_level: "county", datetime: "", filter: "", as_of: "", show: "", others: {} };
let statistics = [];
/** What was answered last: its question, the answer read and as it came, and whether the public may ask it. */
let current = null;
let asking = 0;

const describe = (name) => statistics.find((each) => each.name === name);
const tell = (text) => { $("message").textContent = text; };

const shownColumn = () => current.answer.columns.find((column) => column.name === $("column").value);

const picture = async () => {
  const described = describe(current.question.statistic), column = shownColumn();
  chart.show(current.answer, described, column);
  await map.show(current.answer, column);
};

/** Where the plots of an answer's regions lie; the map looks there. */
const boxOf = async ({ parameters, rows }) =>
  parameters.by.includes("region") && rows.length ? (await ask("/tiles/plots.json")).bounds : null;

const method = (answer, described) => {
  const pairs = [
    [words.formula, answer.method.text[language]], [words.caveats, answer.method.caveats[language]], [words.unit, answer.unit],
    [words.version, String(answer.method.version)], [words.source, described.source],
    [words.moment, answer.as_of], [words.snapshot, answer.snapshot ?? "—"], [words.hash, answer.sha256],
  ];
  $("method").querySelector("dl").replaceChildren(...pairs.flatMap(([term, text]) =>
    [make("dt", { textContent: term }), make("dd", { textContent: text })]));
};

/** Says what the figures were computed by, as the answer echoes it. */
const asked = (answer) => Object.entries(answer.parameters)
  .filter(([name, value]) => name !== "by" && value !== "" && value !== null)
  .map(([name, value]) => `${name} = ${Array.isArray(value) ? value.join(", ") : value}`).join(" · ");

const show = async () => {
  const { answer, question } = current;
  const described = describe(question.statistic);
  const columns = answer.columns.filter((column) => !isHidden(column));
  $("answer").hidden = false;
  $("synthetic").hidden = !answer.is_synthetic;
  $("heading").textContent = answer.title[language];
  $("asked").textContent = asked(answer);
  const drawable = columns.filter((column) => column.unit !== "");
  $("column").replaceChildren(...drawable.map((column) => new Option(column.title[language], column.name)));
  const wished = drawable.find((column) => column.name === question.show) ?? drawable.find((column) => ["net_mu", "rate"].includes(column.name))
    ?? drawable.find((column) => column.unit === "mu") ?? drawable[0];
  $("column").value = wished.name;
  big();
  table.draw(answer, described);
  method(answer, described);
  $("verify").textContent = `forest figure verify ${fileName(answer)}`;
  $("taken").textContent = "";
  $("code").hidden = true;
  tell(answer.parameters.by.length && !answer.rows.length ? words.none : "");
  await picture();
  const box = await boxOf(answer).catch(() => null);
  if (box) map.look(box);
};

const big = () => {
  const { answer } = current;
  const column = shownColumn();
  const stem = column.name.replace(/_(ha|mu)$/, "");
  // Hectares and mu stand together.
  const twin = answer.columns.find((each) => each !== column && [`${stem}_ha`, `${stem}_mu`].includes(each.name));
  $("big").replaceChildren(make("b", { textContent: figure(answer.total[column.name], column) }), ` ${column.title[language]}`,
    ...(twin ? [make("span", { textContent: `${figure(answer.total[twin.name], twin)} ${twin.unit === "ha" ? words.ha : words.mu}` })] : []));
};

const remember = (question) => history.replaceState(null, "", pageAddress(question, language));

const compute = async (question) => {
  const turn = ++asking;
  form.accept();
  tell(words.computing);
  $("answer").classList.add("old");
  try {
    const text = await (await respond(apiAddress(question))).text();
    if (turn !== asking) return;
    const isPublic = describe(question.statistic).readers.includes("public");
    current = { question, text, answer: JSON.parse(text), isPublic };
    remember(question);
    $("answer").classList.remove("old");
    await show();
  } catch (error) {
    if (turn !== asking) return;
    if (!(error instanceof Refusal)) { tell(`${words.failed}: ${error.message}`); throw error; }
    const homeless = form.refuse(error.places);
    if (error.status === 401 || (error.status === 403 && !token.get())) {
      $("token-error").textContent = error.message;
      $("token").focus();
    }
    tell(`${words.failed}: ${homeless[0] ?? (error.places.length ? words.see_field : error.message)}`);
  }
};

const showToken = () => {
  $("forget").hidden = !token.get();
  $("token").placeholder = token.get() ? "••••••••" : "";
  $("token-help").textContent = token.get() ? words.token_set : words.token_help;
};

const start = async () => {
  showToken();
  const [listed, programmes, snapshots] = await Promise.all([
    ask("/api/v1/statistics"), ask("/api/v1/programmes?limit=1000"), ask("/api/v1/snapshots?limit=100"),
  ]);
  statistics = listed;
  form.prepare(listed, programmes.items, snapshots.items);
  const inAddress = read(location.search);
  const isAsked = Boolean(describe(inAddress.statistic));
  const question = isAsked ? { ...DEFAULT, ...inAddress } : DEFAULT;
  const left = form.put(question, describe(question.statistic));
  if (isAsked || !location.search.includes("statistic=")) await compute({ ...form.get(), show: question.show });
  if (left.length) tell(words.not_one_of + left.join(", "));
  ask("/api/v1/regions?limit=1000").then(({ items }) => {
    $("regions").append(...items.map((each) => make("option", { value: each.code, label: each[`name_${language}`] || each.name_zh })));
  }, () => {});
};

$("question").addEventListener("submit", (event) => {
  event.preventDefault();
  compute({ ...form.get(), show: $("column").value }).then(() => $("result").scrollIntoView({ block: "nearest" }));
});
$("question").addEventListener("input", () => { form.limit(); if (current) tell(words.changed); });
$("statistic").addEventListener("change", () => { form.accept(); form.offer(describe($("statistic").value)); });
$("column").addEventListener("change", () => {
  current.question.show = $("column").value;
  remember(current.question);
  big();
  picture();
});
$("key").addEventListener("submit", (event) => {
  event.preventDefault();
  const secret = $("token").value.trim();
  if (!secret) return;
  token.set(secret);
  $("token").value = "";
  showToken();
  compute({ ...form.get(), show: $("column").value });
});
$("forget").addEventListener("click", () => {
  token.forget();
  form.accept();
  showToken();
  if (current && !current.isPublic) { current = null; $("answer").hidden = true; tell(words.start); }
});
$("language").addEventListener("click", (event) => {
  if (!current) return;
  event.preventDefault();
  location.assign(pageAddress(current.question, language === "zh" ? "en" : "zh"));
});
for (const button of document.querySelectorAll("[data-take]")) {
  button.addEventListener("click", () => take(button.dataset.take, current).catch((error) => { $("taken").textContent = `${words.failed}: ${error.message}`; }));
}
start().catch((error) => tell(`${words.failed}: ${error.message}`));
