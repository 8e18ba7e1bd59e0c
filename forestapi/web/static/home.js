/** The public page: the map with its controls, and a county table that sorts. */
import { start } from "./map/main.js";

const config = JSON.parse(document.getElementById("config").textContent);

for (const sheet of document.querySelectorAll("link[data-late]")) sheet.media = "all";

/** There is room on a wide screen to show how the headline adds up; the map must find the layout as it stays. */
document.querySelector(".adds-up").open = matchMedia("(min-width: 1000px)").matches;

const element = document.getElementById("map");
if (element) {
  if (document.createElement("canvas").getContext("webgl2")) {
    start(element, config).then(
      (map) => { globalThis.forestMap = map; },
      (error) => {
        element.dataset.state = "failed";
        document.querySelector(".map-state").textContent = config.words.map_failed;
        console.error(error);
      },
    );
  } else {
    location.replace(config.lite);
  }
}

/** The other language shows the same view. */
const language = document.querySelector("a.language");
language.addEventListener("click", () => { language.hash = location.hash; });

/** Lets each heading marked `data-sort` order the rows by that number, as a real button. */
for (const heading of document.querySelectorAll("th[data-sort]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...heading.childNodes);
  heading.append(button);
  button.addEventListener("click", () => {
    const order = heading.getAttribute("aria-sort") === "descending" ? "ascending" : "descending";
    for (const other of heading.parentElement.children) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", order);
    const body = heading.closest("table").tBodies[0];
    const key = heading.dataset.sort;
    const rows = [...body.rows].sort((a, b) => Number(a.dataset[key]) - Number(b.dataset[key]));
    body.append(...(order === "ascending" ? rows : rows.reverse()));
  });
}
