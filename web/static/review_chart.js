// The vehicle's readings around the event's moment, and the window in which they expect it.
import { el, number, svg } from "./review_dom.js";

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [420, 150, 62, 12, 12, 24];
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

export function chart(item) {
  const data = item.chart;
  if (!data || !data.points.length) return [];
  const mine = data.points.find((one) => one.event_id === item.id);
  const others = data.points.filter((one) => one.event_id !== item.id);
  const times = [...data.points.map((one) => Date.parse(one.at)), Date.parse(data.at)];
  const values = data.points.map((one) => one.value).concat([data.low, data.high].filter((one) => one !== null));
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const x = (time) => LEFT + (WIDTH - LEFT - RIGHT) * (last === first ? 0.5 : (time - first) / (last - first));
  const y = (value) => HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (most === least ? 0.5 : (value - least) / (most - least));
  const parts = [least, most].flatMap((value) => [
    svg("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value) }),
    svg("text", { x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, number.format(Math.round(value))),
  ]);
  parts.push(svg("text", { x: LEFT, y: HEIGHT - 6 }, day.format(first)), svg("text", { x: WIDTH - RIGHT, y: HEIGHT - 6, "text-anchor": "end" }, day.format(last)));
  if (data.low !== null) {
    const [top, bottom] = [y(data.high), y(data.low)];
    parts.push(svg("rect", { class: "window", x: x(Date.parse(data.at)) - 9, width: 18, y: top, height: Math.max(4, bottom - top), rx: 3 }));
  }
  const line = others.filter((one) => one.fits || one.verified);
  if (line.length > 1) parts.push(svg("polyline", { class: "line", points: line.map((one) => `${x(Date.parse(one.at))},${y(one.value)}`).join(" ") }));
  for (const one of others) parts.push(svg("circle", { class: `dot ${one.fits || one.verified ? "" : "warn"}`, r: 3, cx: x(Date.parse(one.at)), cy: y(one.value) }));
  if (mine) parts.push(svg("circle", { class: `dot mine ${mine.fits ? "" : "bad"}`, r: 6, cx: x(Date.parse(mine.at)), cy: y(mine.value) }));
  const expects = data.low === null ? "The other readings do not say where this one should be." : `Expected here: ${number.format(Math.round(data.low))} to ${number.format(Math.round(data.high))} ${data.unit}.`;
  const told = `${others.length} other ${others.length === 1 ? "reading" : "readings"} of the vehicle. ${expects}`;
  return [
    el("h3", {}, "The vehicle’s readings"),
    svg("svg", { class: "chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": told }, ...parts),
    el("p", { class: "hint" }, expects),
  ];
}
