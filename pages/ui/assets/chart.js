// A line chart that changes several times a second and keeps the reader's zoom and hidden lines.
//
// `draw` is called with every change of the data; the chart itself (uPlot, beside this file) lives
// as long as its element. Drag to zoom along x, double-click or press "Reset zoom" to undo it.

import uPlot from "./uPlot-1.6.32.esm.js";

const charts = new WeakMap();

export function draw({ data, parentElement }) {
  const element = parentElement.querySelector(".chart");
  if (!element || !data) return;
  let chart = charts.get(element);
  if (!chart) charts.set(element, (chart = new Chart(element)));
  chart.update(data);
}

class Chart {
  constructor(element) {
    this.element = element;
    this.zoom = null; // [from, to] on the x axis, once the reader has chosen it
    this.hidden = new Set(); // names of the lines that the reader has switched off
    for (const name of ["uPlot-1.6.32.min.css", "chart.css"]) {
      const link = document.createElement("link");
      link.rel = "stylesheet";
      link.href = new URL(name, import.meta.url).href;
      element.before(link);
    }
    this.reset = document.createElement("button");
    this.reset.type = "button";
    this.reset.className = "reset";
    this.reset.textContent = "Reset zoom";
    this.reset.onclick = () => this.setZoom(null);
    element.append(this.reset);
    new ResizeObserver(() => this.resize()).observe(element);
  }

  update(data) {
    const color = getComputedStyle(this.element).color;
    const lines = data.lines.map(({ values, ...look }) => look);
    const shape = JSON.stringify([color, data.log, data.time, data.height, data.y_title, lines]);
    this.range = data.y_range;
    this.mark = data.mark; // { x, text, color }: a moment to point out
    this.element.setAttribute("role", "img");
    this.element.setAttribute("aria-label", data.alt);
    const { updates = 0 } = this.element.dataset; // for tests, which cannot read a canvas
    Object.assign(this.element.dataset, { points: data.x.length, updates: Number(updates) + 1 });
    const columns = [data.x, ...data.lines.map((line) => line.values)];
    if (shape !== this.shape) {
      this.shape = shape;
      this.plot?.destroy();
      this.plot = new uPlot(this.options(data, color), columns, this.element);
    } else {
      this.plot.setData(columns, false);
    }
    this.show();
  }

  // Put the x axis where the reader left it, or around all there is; y follows what is seen.
  show() {
    const x = this.plot.data[0];
    const [from, to] = this.zoom ?? [x[0] ?? 0, x[x.length - 1] ?? 1];
    this.applying = true;
    this.plot.setScale("x", { min: from, max: to > from ? to : from + 1 });
    this.applying = false;
    this.element.classList.toggle("zoomed", this.zoom !== null);
  }

  setZoom(zoom) {
    this.zoom = zoom;
    this.show();
  }

  resize() {
    const width = this.element.clientWidth;
    if (this.plot && width && width !== this.plot.width) {
      this.plot.setSize({ width, height: this.plot.height });
    }
  }

  options(data, color) {
    const grid = { stroke: faint(color), width: 1 };
    const axis = { stroke: color, grid, ticks: grid, font: "12px sans-serif", labelFont: "12px sans-serif" };
    return {
      width: this.element.clientWidth || 600,
      height: data.height,
      scales: {
        x: { time: data.time, auto: false },
        y: {
          distr: data.log ? 3 : 1,
          range: (plot, low, high) => this.range ?? around(low, high, data.log),
        },
      },
      axes: [
        { ...axis, label: data.x_title, labelSize: data.x_title ? 18 : 0, size: data.time ? 44 : 30 },
        { ...axis, label: data.y_title, labelSize: data.y_title ? 18 : 0, size: 62, values: (plot, ticks) => ticks.map((v) => (v == null ? "" : short(v))) },
      ],
      cursor: { drag: { x: true, y: false, setScale: false } },
      legend: { live: true },
      series: [
        { label: data.x_name, ...(data.time ? {} : { value: (plot, v) => (v == null ? "–" : String(+v.toFixed(2))) }) },
        ...data.lines.map((line) => ({
          label: line.name,
          stroke: line.color,
          width: line.width,
          dash: line.dash ?? undefined,
          alpha: line.opacity,
          show: !this.hidden.has(line.name),
          spanGaps: false,
          pxAlign: 0, // a wave drawn on whole pixels looks like stairs
          points: { size: 5, fill: line.color, show: (plot) => line.points || plot.data[0].length < 3 },
          value: (plot, v) => short(v),
        })),
      ],
      hooks: {
        setSelect: [
          (plot) => {
            if (plot.select.width < 4) return;
            const { left, width } = plot.select;
            this.setZoom([plot.posToVal(left, "x"), plot.posToVal(left + width, "x")]);
            plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
          },
        ],
        setSeries: [
          (plot, index, change) => {
            if (index && change.show !== undefined) {
              this.hidden[change.show ? "delete" : "add"](plot.series[index].label);
            }
          },
        ],
        draw: [(plot) => this.mark && drawMark(plot, this.mark)],
        ready: [(plot) => plot.over.addEventListener("dblclick", () => this.setZoom(null))],
      },
    };
  }
}

function drawMark({ bbox, ctx, valToPos }, { x, text, color }) {
  const at = valToPos(x, "x", true);
  const dot = devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.strokeStyle = ctx.fillStyle = color;
  ctx.lineWidth = 1.5 * dot;
  ctx.setLineDash([6 * dot, 4 * dot]);
  ctx.beginPath();
  ctx.moveTo(at, bbox.top);
  ctx.lineTo(at, bbox.top + bbox.height);
  ctx.stroke();
  ctx.font = `${12 * dot}px sans-serif`;
  ctx.textBaseline = "top";
  ctx.textAlign = at - bbox.left > ctx.measureText(text).width + 8 * dot ? "right" : "left";
  ctx.fillText(text, at + (ctx.textAlign === "right" ? -6 : 6) * dot, bbox.top + 4 * dot);
  ctx.restore();
}

function around(low, high, log) {
  if (low == null || high == null) return log ? [1e-3, 1] : [0, 1];
  if (log) {
    const from = 10 ** Math.floor(Math.log10(low));
    const to = 10 ** Math.ceil(Math.log10(high));
    return [from, to > from ? to : from * 10];
  }
  const room = (high - low || Math.abs(high) || 1) * 0.05;
  return [low - room, high + room];
}

function short(value) {
  if (value == null) return "–";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(2).replace(/\.?0+e/, "e");
  return String(+value.toPrecision(4));
}

function faint(color) {
  return `color-mix(in srgb, ${color} 14%, transparent)`;
}
