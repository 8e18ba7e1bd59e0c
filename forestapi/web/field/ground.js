/** Areas and crossings of boundaries: the same plane as the server's (EPSG:6933, WGS84), so that both give one number. */
const A_M = 6378137;
const F = 1 / 298.257223563;
const E2 = F * (2 - F);
const E = Math.sqrt(E2);
const RADIANS = Math.PI / 180;
const K0 = Math.cos(30 * RADIANS) / Math.sqrt(1 - E2 * Math.sin(30 * RADIANS) ** 2);

/** One mu (亩) is exactly 2000/3 m². */
export const M2_PER_MU = 2000 / 3;

/** @param {[number, number]} place longitude and latitude in degrees @returns {[number, number]} metres in EPSG:6933 */
export const toPlane = ([lon, lat]) => {
  const sine = Math.sin(lat * RADIANS);
  const q = (1 - E2) * (sine / (1 - E2 * sine * sine) - Math.log((1 - E * sine) / (1 + E * sine)) / (2 * E));
  return [A_M * K0 * lon * RADIANS, (A_M * q) / (2 * K0)];
};

/** @param {[number, number][]} ring corners in degrees, closed or not @returns {number} m² */
export const areaM2 = (ring) => {
  if (ring.length < 3) return 0;
  const plane = ring.map(toPlane);
  const [x0, y0] = plane[0];
  let twice = 0;
  plane.forEach(([x, y], i) => {
    const [nextX, nextY] = plane[(i + 1) % plane.length];
    twice += (x - x0) * (nextY - y0) - (nextX - x0) * (y - y0);
  });
  return Math.abs(twice) / 2;
};

/** @returns {number} metres between two places, good to a thousandth over the width of a plot */
export const metres = ([lon1, lat1], [lon2, lat2]) => {
  const middle = ((lat1 + lat2) / 2) * RADIANS;
  const w = 1 - E2 * Math.sin(middle) ** 2;
  const east = ((A_M * Math.cos(middle)) / Math.sqrt(w)) * (lon2 - lon1) * RADIANS;
  const north = ((A_M * (1 - E2)) / w ** 1.5) * (lat2 - lat1) * RADIANS;
  return Math.hypot(east, north);
};

const side = ([ax, ay], [bx, by], [cx, cy]) => Math.sign((bx - ax) * (cy - ay) - (by - ay) * (cx - ax));
const isBetween = ([ax, ay], [bx, by], [cx, cy]) =>
  Math.min(ax, bx) <= cx && cx <= Math.max(ax, bx) && Math.min(ay, by) <= cy && cy <= Math.max(ay, by);

const meet = (a, b, c, d) => {
  const [s1, s2, s3, s4] = [side(a, b, c), side(a, b, d), side(c, d, a), side(c, d, b)];
  if (s1 !== s2 && s3 !== s4) return true;
  return (s1 === 0 && isBetween(a, b, c)) || (s2 === 0 && isBetween(a, b, d))
    || (s3 === 0 && isBetween(c, d, a)) || (s4 === 0 && isBetween(c, d, b));
};

/** @param {[number, number][]} ring corners, not closed @returns {boolean} whether the boundary meets itself */
export const isCrossing = (ring) => {
  const n = ring.length;
  if (n < 4) return n === 3 && side(...ring) === 0;
  for (let i = 0; i < n; i += 1) {
    for (let j = i + 1; j < n; j += 1) {
      const isNext = j === i + 1 || (i === 0 && j === n - 1);
      if (isNext) continue;
      if (meet(ring[i], ring[(i + 1) % n], ring[j], ring[(j + 1) % n])) return true;
    }
  }
  return false;
};

/** @returns {[number, number, number, number]} west, south, east, north of a GeoJSON polygon or multipolygon */
export const bounds = (boundary) => {
  const places = boundary.coordinates.flat(boundary.type === "Polygon" ? 1 : 2);
  const lons = places.map(([lon]) => lon), lats = places.map(([, lat]) => lat);
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
};

/** @returns {number} m² of a GeoJSON polygon or multipolygon, holes taken off */
export const boundaryM2 = (boundary) =>
  (boundary.type === "Polygon" ? [boundary.coordinates] : boundary.coordinates)
    .reduce((sum, [outer, ...holes]) => sum + areaM2(outer) - holes.reduce((off, hole) => off + areaM2(hole), 0), 0);
