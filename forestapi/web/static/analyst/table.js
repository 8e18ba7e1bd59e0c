/** The answer as a table that sorts, with columns that do not add up marked as such. */
import { $, language, make, say, words } from "./config.js";
import { figure, isHidden, name } from "./numbers.js";

const MOST = 500;
const MARK = " ※";

/** Draws the rows and the total of an answer. */
export const draw = (answer, described) => {
  const by = answer.parameters.by;
  const columns = answer.columns.filter((column) => !isHidden(column));
  const titleOf = (dimension) => described.dimensions.find((each) => each.name === dimension).title[language];
  const table = $("table");
  const headings = [...by.map((dimension) => ({ text: titleOf(dimension), value: (row) => row[dimension], isNumber: false })),
    ...columns.map((column) => ({
      text: column.title[language], value: (row) => row[column.name], isNumber: true, column,
    }))];
  let order = { place: -1, isDown: false };

  const cells = (row) => [
    ...by.map((dimension) => {
      const shown = name(row, dimension, described);
      const code = row[dimension];
      return make("th", { scope: "row", textContent: shown }, ...(code !== null && shown !== String(code) ? [make("small", { textContent: code })] : []));
    }),
    ...columns.map((column) => make("td", { className: "number", textContent: figure(row[column.name], column) })),
  ];

  const fill = () => {
    const rows = [...answer.rows];
    if (order.place >= 0) {
      const { value } = headings[order.place];
      const compare = (a, b) => (a === null) - (b === null) || (typeof a === "number" ? a - b : String(a).localeCompare(String(b), language));
      rows.sort((a, b) => (order.isDown ? -1 : 1) * compare(value(a), value(b)));
    }
    table.tBodies[0].replaceChildren(...rows.slice(0, MOST).map((row) => make("tr", {}, ...cells(row))));
  };

  const heads = headings.map(({ text, isNumber, column }, place) => {
    const button = make("button", { type: "button", textContent: text, title: words.sort });
    const head = make("th", { scope: "col", className: isNumber ? "number" : "" }, button);
    if (column && !column.is_additive && by.length) head.append(make("abbr", { title: words.not_additive_title, textContent: MARK }));
    button.addEventListener("click", () => {
      order = { place, isDown: order.place === place ? !order.isDown : isNumber };
      for (const each of heads) each.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", order.isDown ? "descending" : "ascending");
      fill();
    });
    return head;
  });
  const total = make("tr", {}, ...(by.length ? [make("th", { scope: "row", colSpan: by.length, textContent: words.total })] : []),
    ...columns.map((column) => make("td", { className: "number", textContent: figure(answer.total[column.name], column) })));
  table.replaceChildren(make("thead", {}, make("tr", {}, ...heads)), make("tbody"), make("tfoot", {}, total));
  fill();
  const n = answer.rows.length;
  $("count").textContent = !by.length ? "" : n > MOST ? say("first_rows", { n, shown: MOST }) : say("rows", { n });
  const notes = by.length ? [words.total_note] : [];
  if (by.length && columns.some((column) => !column.is_additive)) notes.push(words.not_additive);
  $("notes").textContent = notes.join(language === "zh" ? "" : " ");
};
