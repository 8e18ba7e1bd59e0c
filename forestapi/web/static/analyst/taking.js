/** Taking a question along: as an address, as code, as CSV, as a figure that can be computed again. */
import { $, language, words } from "./config.js";
import { respond } from "./api.js";
import { apiAddress, pageAddress, parameters } from "./question.js";

const shell = (text) => `'${text.replaceAll("'", "'\\''")}'`;

const curl = (question, isPublic) => {
  const lines = [`curl --get ${shell(location.origin + apiAddress({ ...question, by: [], others: {}, datetime: "", filter: "", as_of: "" }))}`];
  if (!isPublic) lines.push('--header "Authorization: Bearer $FOREST_TOKEN"');
  for (const [name, value] of parameters(question)) lines.push(`--data-urlencode ${shell(`${name}=${value}`)}`);
  return lines.join(" \\\n  ");
};

/** A Python text, written as JSON: the two agree on every escape that JSON has. */
const python = (question, isPublic) => {
  const written = [...parameters(question)].map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)},`);
  return [
    "import os", "", "import httpx", "import pandas as pd", "",
    "answer = httpx.get(",
    `    ${JSON.stringify(location.origin + apiAddress({ statistic: question.statistic, by: [], others: {} }))},`,
    ...(written.length ? ["    params={", ...written.map((line) => `    ${line}`), "    },"] : []),
    ...(isPublic ? [] : ['    headers={"Authorization": f"Bearer {os.environ[\'FOREST_TOKEN\']}"},']),
    "    timeout=120,",
    ").raise_for_status().json()",
    'table = pd.json_normalize(answer["rows"])',
    'print(answer["total"], answer["snapshot"], answer["sha256"])',
  ].filter((line) => !isPublic || line !== "import os").join("\n").trimStart();
};

const copy = async (text) => {
  $("code").textContent = text;
  $("code").hidden = false;
  try {
    await navigator.clipboard.writeText(text);
    $("taken").textContent = words.copied;
  } catch {
    $("taken").textContent = words.copy_failed;
    getSelection().selectAllChildren($("code"));
  }
};

const save = (content, name) => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
};

export const fileName = (answer) => `${answer.name}-${answer.sha256.slice(0, 12)}.json`;

/** Does what a button says with the question that was answered, and the answer as it came. */
export const take = async (kind, { question, answer, text, isPublic }) => {
  if (kind === "page") return copy(location.origin + pageAddress(question, language));
  if (kind === "url") return copy(location.origin + apiAddress(question));
  if (kind === "curl") return copy(curl(question, isPublic));
  if (kind === "python") return copy(python(question, isPublic));
  if (kind === "figure") return save(new Blob([text], { type: "application/json" }), fileName(answer));
  // The CSV is of the same moment as what the page shows.
  const same = { ...question, as_of: answer.snapshot ?? answer.as_of };
  return save(await (await respond(apiAddress(same, { f: "csv" }))).blob(), `${answer.name}.csv`);
};
