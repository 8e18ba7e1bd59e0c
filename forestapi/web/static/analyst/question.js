/** A question to a statistic, as the page's address and as the API's. Every part is text, as in an address. */

/** Reads the question in an address; names that are none of its own are filters or parameters of the statistic. */
export const read = (search) => {
  const given = new URLSearchParams(search);
  const take = (name) => {
    const value = given.get(name) ?? "";
    given.delete(name);
    return value;
  };
  const question = {
    statistic: take("statistic"),
    by: take("by").split(",").filter(Boolean),
    region_level: take("region_level"),
    datetime: take("datetime"),
    filter: take("filter"),
    as_of: take("as_of"),
    show: take("show"),
  };
  take("lang");
  return { ...question, others: Object.fromEntries(given) };
};

/** Writes a question's parameters as the API takes them. */
export const parameters = (question) => {
  const written = new URLSearchParams();
  const set = (name, value) => { if (value) written.set(name, value); };
  set("by", question.by.join(","));
  if (question.by.includes("region")) set("region_level", question.region_level);
  set("datetime", question.datetime);
  for (const [name, value] of Object.entries(question.others)) set(name, value);
  set("filter", question.filter);
  set("as_of", question.as_of);
  return written;
};

const readable = (written) => written.toString().replaceAll("%2C", ",").replaceAll("%2F", "/").replaceAll("%3A", ":");
const address = (path, written) => (written.size ? `${path}?${readable(written)}` : path);

export const apiAddress = (question, further = {}) => {
  const written = parameters(question);
  for (const [name, value] of Object.entries(further)) written.set(name, value);
  return address(`/api/v1/statistics/${encodeURIComponent(question.statistic)}`, written);
};

export const pageAddress = (question, language) => {
  const written = new URLSearchParams({ statistic: question.statistic });
  for (const [name, value] of parameters(question)) written.set(name, value);
  if (question.show) written.set("show", question.show);
  written.set("lang", language);
  return address("/analyst", written);
};
