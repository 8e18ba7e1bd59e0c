/** The answer as a chart: over time where it is grouped by time, else the largest groups first. */
import { $, language, say, words } from "./config.js";
import { figure, name, short } from "./numbers.js";

const TIMES = ["year", "quarter", "month"];
const MOST_BARS = 24;
const MOST_SERIES = 6;
const COLORS = ["#21634f", "#c98b2b", "#4a7fa5", "#97ab5c", "#a4501e", "#6b5b95"];
const PATTERNS = ["none", "rect", "line", "cross", "dot", "triangle"];
const FONT = getComputedStyle(document.body).fontFamily;

let chart = null;

const draw = (options) => {
  chart ??= globalThis.echarts.init($("chart"), null, { renderer: "svg" });
  chart.setOption(options, { notMerge: true });
  chart.resize();
};
new ResizeObserver(() => chart?.resize()).observe($("chart"));

/** Draws one column of an answer; hides the chart where there is nothing to compare. */
export const show = (answer, described, column) => {
  const by = answer.parameters.by;
  const isShown = by.length > 0 && answer.rows.length > 0 && typeof globalThis.echarts === "object";
  $("chart-figure").hidden = !isShown;
  if (!isShown) return;
  const time = by.find((dimension) => TIMES.includes(dimension));
  const rest = by.filter((dimension) => dimension !== time);
  const axis = time ? [time] : by.slice(0, 1);
  const series = time ? rest : by.slice(1);
  const label = (row, dimensions) => dimensions.map((dimension) => name(row, dimension, described)).join(" · ");
  const size = (row) => Math.abs(row[column.name] ?? 0);
  const ranked = (keys) => {
    const sums = new Map();
    for (const row of answer.rows) sums.set(keys(row), (sums.get(keys(row)) ?? 0) + size(row));
    return [...sums].sort((a, b) => b[1] - a[1]).map(([key]) => key);
  };
  let places = ranked((row) => label(row, axis));
  let notes = [];
  if (time) places = [...new Set(answer.rows.map((row) => label(row, axis)))].sort();
  else if (places.length > MOST_BARS) {
    notes.push(say("chart_first", { n: MOST_BARS }));
    places = places.slice(0, MOST_BARS);
  }
  let lines = series.length ? ranked((row) => label(row, series)) : [""];
  if (lines.length > MOST_SERIES) {
    notes.push(say("chart_first", { n: MOST_SERIES }));
    lines = lines.slice(0, MOST_SERIES);
  }
  $("chart-note").textContent = [...new Set(notes)].join(" ");
  const values = new Map(answer.rows.map((row) => [`${label(row, axis)}\n${label(row, series)}`, row[column.name]]));
  const valueAxis = {
    type: "value", axisLabel: { formatter: (value) => short(value, column), hideOverlap: true, fontFamily: FONT, color: "#5a5a48" },
    splitLine: { lineStyle: { color: "#e8dcc3" } },
  };
  const groupAxis = {
    type: "category", data: places, inverse: !time, axisTick: { show: false }, axisLine: { lineStyle: { color: "#d3bf93" } },
    axisLabel: { fontFamily: FONT, color: "#16261e", width: 110, overflow: "truncate", interval: time ? "auto" : 0 },
  };
  $("chart").classList.toggle("tall", !time && places.length > 10);
  const title = column.title[language];
  $("chart").setAttribute("aria-label", `${words.chart}: ${title}`);
  draw({
    animation: false, textStyle: { fontFamily: FONT }, color: COLORS,
    aria: { enabled: true, decal: { show: lines.length > 1, decals: PATTERNS.slice(0, lines.length).map((symbol) => ({ symbol, symbolSize: 0.7, color: "#ffffff55" })) } },
    grid: { left: 8, right: 20, top: lines.length > 1 ? 44 : 16, bottom: 8, containLabel: true },
    legend: lines.length > 1 ? { top: 0, left: 0, type: "scroll", textStyle: { fontFamily: FONT } } : undefined,
    // Rich text is drawn by the chart itself; HTML would need styles that the page's policy forbids.
    tooltip: { trigger: "axis", renderMode: "richText", confine: true, axisPointer: { type: "shadow" }, valueFormatter: (value) => figure(value ?? null, column) },
    xAxis: time ? groupAxis : valueAxis, yAxis: time ? valueAxis : groupAxis,
    series: lines.map((line) => ({
      name: line || title, type: "bar", barMaxWidth: 34, stack: lines.length > 1 && column.is_additive ? "all" : undefined,
      data: places.map((place) => values.get(`${place}\n${line}`) ?? null),
    })),
  });
};
