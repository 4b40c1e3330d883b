// Draws one Plotly figure and updates it in place.
//
// `draw` is called at every change of the data or the theme. The reader's view of a chart (zoom,
// hidden lines, slider position) is kept under the chart's key. So it survives new data and a new
// element. A figure with frames gets a slider, which works without the server.
//
// Drawing takes time that a run on the same machine needs. So a chart out of sight is drawn once,
// when the browser is idle, and again only when it comes into sight. Plotly draws only the parts
// that have changed.

import { inTurn, plotly, shared, whenIdle } from "./drawing.js";

const STYLES = { dot: "dotted", dash: "dashed", dashdot: "dashed" };
const MOST_KEPT = 50;
const NEAR = "300px"; // a chart so near to the screen counts as in sight

const charts = new Map(); // element -> Chart
const kept = new Map(); // key -> the reader's view

addEventListener("beforeprint", () => charts.forEach((chart) => chart.drawn || chart.show()));
document.addEventListener("visibilitychange", () => charts.forEach((chart) => chart.catchUp()));

export async function draw({ data, parentElement }, address) {
  const loading = plotly(address); // also for a chart without data: see `load_ahead`
  const element = parentElement.querySelector(".gru-chart");
  if (!element || !data) return;
  let chart = charts.get(element);
  const fresh = !chart;
  if (fresh) charts.set(element, (chart = new Chart(element)));
  // A refresh of the page often brings nothing new for this chart.
  const look = getComputedStyle(element).getPropertyValue("--st-text-color");
  if (chart.look === look && chart.data.figure === data.figure && chart.data.alt === data.alt) return;
  chart.take(data);
  chart.plotly = await loading;
  // A chart in the colours of another theme could not be read, so all change at once.
  if (chart.look && chart.look !== look && !chart.first) chart.show();
  chart.look = look;
  chart.catchUp();
  if (fresh) whenIdle(() => chart.drawn || inTurn(chart));
}

export function remove({ parentElement }) {
  const element = parentElement.querySelector(".gru-chart");
  charts.get(element)?.end();
  charts.delete(element);
}

function memory(key) {
  if (!kept.has(key)) {
    kept.set(key, { hidden: null, view: null, place: null });
    if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value);
  }
  return kept.get(key);
}

// Lines that belong together are shown and hidden together.
function group(trace) {
  return trace.legendgroup ?? trace.name;
}

class Chart {
  constructor(element) {
    this.element = element;
    this.plot = element.querySelector(".plot");
    this.drawn = true; // nothing waits to be drawn
    this.resizing = new ResizeObserver(() => this.resize());
    this.resizing.observe(this.plot);
    this.watching = new IntersectionObserver(
      (moves) => {
        this.near = moves.at(-1).isIntersecting;
        this.catchUp();
      },
      { rootMargin: NEAR, scrollMargin: NEAR },
    );
    this.watching.observe(this.plot);
    for (const button of element.querySelectorAll("[data-do]")) {
      button.onclick = () => this[button.dataset.do](button.dataset.with);
    }
    this.slider.oninput = () => {
      this.memory.place = Number(this.slider.value);
      this.show();
    };
    // In Streamlit, R reruns the page and C clears the cache. Keys for the chart must not do that.
    element.addEventListener("keydown", (event) => event.stopPropagation());
  }

  get slider() {
    return this.element.querySelector("input");
  }

  // Takes new data. All but the drawing is there at once.
  take(data) {
    this.data = data;
    this.memory = memory(data.key);
    this.figure = shared(JSON.parse(data.figure), this.figure);
    const { data: traces, layout, frames = [] } = this.figure;
    this.frames = frames;
    this.memory.hidden ??= new Set(
      traces.filter((trace) => trace.visible === "legendonly").map(group),
    );
    this.plot.role = "img";
    this.plot.style.minHeight = `${layout.height}px`;
    this.element.classList.toggle("still", layout.xaxis?.fixedrange === true);
    this.element.querySelector(".steps").hidden = !frames.length;
    if (frames.length) {
      this.memory.place ??= layout.meta.start;
      this.memory.place = Math.min(this.memory.place, frames.length - 1);
      this.element.querySelector("label span").textContent = layout.meta.slider;
      this.slider.ariaLabel = layout.meta.slider;
      this.slider.max = frames.length - 1;
      this.slider.value = this.memory.place;
    }
    this.tell(this.made());
    this.drawn = false;
  }

  // Draws what is new, if it can be seen.
  catchUp() {
    if (this.drawn || !this.near || document.hidden) return;
    if (this.first) inTurn(this);
    else this.show();
  }

  get first() {
    return !this.plot.classList.contains("js-plotly-plot");
  }

  // Draws the whole chart again, from the data and the reader's view.
  show() {
    if (!this.plotly || !this.plot.clientWidth) return;
    const made = this.made();
    const { traces } = made;
    this.tell(made);
    const { first } = this;
    // Plotly's first drawing takes long: an empty one would make the first line wait for it.
    if (first && !traces.length) return;
    const layout = this.dressed(made.layout);
    this.plotly.react(this.plot, traces, layout, { displayModeBar: false, doubleClick: false });
    this.drawn = true;
    this.width = this.plot.clientWidth;
    if (first) {
      this.plot.on("plotly_relayout", (change) => this.looked(change));
      this.plot.on("plotly_doubleclick", () => this.reset());
      for (const button of this.element.querySelectorAll("[data-do]")) button.disabled = false;
    }
    const { updates = 0 } = this.plot.dataset; // for tests: the updates and the points
    const points = Math.max(0, ...traces.map((trace) => trace.x?.length ?? 0));
    Object.assign(this.plot.dataset, { points, updates: Number(updates) + 1 });
  }

  // The lines and the layout at the slider's place, and the words for it.
  made() {
    const frame = this.frames[this.memory.place];
    const traces = this.figure.data.map((trace) => ({
      ...trace,
      visible: this.memory.hidden.has(group(trace)) ? "legendonly" : true,
    }));
    if (!frame) return { traces, layout: this.figure.layout, words: this.data.alt };
    frame.traces.forEach((place, i) => Object.assign(traces[place], frame.data[i]));
    const layout = { ...this.figure.layout, ...frame.layout };
    const { caption = "" } = layout.meta;
    const words = `${this.data.alt} ${frame.name}. ${caption}`;
    return { traces, layout, words, name: frame.name, caption };
  }

  // Shows what is beside the drawing: the legend, and the words for the slider's place.
  tell({ traces, words, name, caption }) {
    this.legend(traces);
    this.plot.setAttribute("aria-label", words);
    this.element.classList.toggle("zoomed", this.memory.view !== null);
    if (name === undefined) return;
    this.slider.ariaValueText = name;
    this.element.querySelector("output").textContent = name;
    this.element.querySelector(".steps p").textContent = caption;
  }

  // Adds the theme's colours and fonts, and the reader's zoom.
  dressed(layout) {
    const style = getComputedStyle(this.element);
    const read = (name, fallback) => style.getPropertyValue(name).trim() || fallback;
    const color = read("--st-text-color", style.color);
    const faint = color.startsWith("#") ? `${color.slice(0, 7)}28` : "rgba(128, 128, 128, 0.25)";
    const axis = (own, range) => ({
      ...own,
      gridcolor: faint,
      zerolinecolor: faint,
      linecolor: faint,
      ...(own?.title ? { title: { ...own.title, font: { size: 13 } } } : {}),
      automargin: true,
      ...(range ? { range, autorange: false } : {}),
    });
    return {
      ...layout,
      showlegend: false,
      autosize: true,
      dragmode: matchMedia("(pointer: coarse)").matches ? false : "zoom", // a finger scrolls
      font: { color, family: read("--st-font", "sans-serif"), size: 13 },
      hoverlabel: {
        bgcolor: read("--st-secondary-background-color", "#fff"),
        bordercolor: faint,
        font: { color },
      },
      // A figure with panels has more axes, such as `xaxis2`.
      ...Object.fromEntries(
        Object.keys(layout)
          .filter((name) => /^[xy]axis\d+$/.test(name))
          .map((name) => [name, axis(layout[name])]),
      ),
      xaxis: axis(layout.xaxis, this.memory.view?.x),
      yaxis: axis(layout.yaxis, this.memory.view?.y),
    };
  }

  // One button per line: so the keyboard can hide lines, too.
  legend(traces) {
    const list = this.element.querySelector(".legend");
    const shown = traces.filter((trace) => trace.name && trace.showlegend !== false);
    const names = shown.map((trace) => [trace.name, trace.line?.color, trace.line?.dash]);
    const shape = JSON.stringify(names);
    if (shape !== this.shape) {
      this.shape = shape;
      list.replaceChildren(...shown.map((trace) => this.entry(trace)));
    }
    [...list.children].forEach((button, i) => {
      button.ariaPressed = String(shown[i].visible === true);
    });
  }

  entry(trace) {
    const button = document.createElement("button");
    const line = document.createElement("i");
    const { color, dash } = trace.line ?? {};
    line.style.borderTop = trace.fill
      ? `10px solid ${trace.fillcolor}`
      : `3px ${STYLES[dash] ?? "solid"} ${color}`;
    line.style.opacity = trace.opacity ?? 1;
    const text = document.createElement("span");
    text.textContent = new DOMParser().parseFromString(trace.name, "text/html").body.textContent;
    button.type = "button";
    button.title = "Show or hide this line";
    button.append(line, text);
    button.onclick = () => {
      const name = group(trace);
      if (!this.memory.hidden.delete(name)) this.memory.hidden.add(name);
      this.show();
    };
    return button;
  }

  looked(change) {
    const { xaxis, yaxis } = this.plot.layout;
    if (!Object.keys(change).some((name) => /^[xy]axis\.range/.test(name))) return;
    this.memory.view = { x: [...xaxis.range], y: [...yaxis.range] };
    this.element.classList.add("zoomed");
  }

  zoom(factor) {
    const axis = this.plot._fullLayout.xaxis;
    const [from, to] = axis.range.map((end) => axis.r2l(end));
    const reach = ((to - from) / 2) * Number(factor);
    const middle = (from + to) / 2;
    const range = [middle - reach, middle + reach].map((end) => axis.l2r(end));
    this.plotly.relayout(this.plot, { "xaxis.range[0]": range[0], "xaxis.range[1]": range[1] });
  }

  all() {
    this.plotly.relayout(this.plot, { "xaxis.autorange": true }).then(() => {
      const range = [...this.plot._fullLayout.xaxis.range];
      this.plotly.relayout(this.plot, { "xaxis.range[0]": range[0], "xaxis.range[1]": range[1] });
    });
  }

  reset() {
    this.memory.view = null;
    this.show();
  }

  save(format) {
    const made = this.made();
    const { traces } = made;
    const layout = this.dressed(made.layout);
    const background = getComputedStyle(this.element).getPropertyValue("--st-background-color");
    const [width, height] = [1000, layout.height + 60];
    Object.assign(layout, { showlegend: true, width, height, autosize: false });
    Object.assign(layout, { paper_bgcolor: background, plot_bgcolor: background });
    layout.margin = { ...layout.margin, t: (layout.margin?.t ?? 0) + 60 };
    const options = { format, width, height, filename: this.data.file, scale: 2 };
    this.plotly.downloadImage({ data: traces, layout }, options);
  }

  resize() {
    if (this.first) this.catchUp();
    else if (this.plot.clientWidth && this.plot.clientWidth !== this.width) {
      this.width = this.plot.clientWidth;
      this.plotly.Plots.resize(this.plot);
    }
  }

  end() {
    // Without Plotly.purge: it would delete data that an unfinished drawing still reads.
    this.resizing.disconnect();
    this.watching.disconnect();
  }
}
