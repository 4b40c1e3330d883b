// The handover: a slider chooses after how many true steps the network feeds itself.
//
// All of its places come with the data, so that a move waits for nobody.

import { draw as drawChart } from "./chart.js";

// Where the slider stands. Streamlit makes its element anew when something above it comes or goes.
let last = {};

export function draw({ data, parentElement }) {
  const part = (selector) => parentElement.querySelector(selector);
  const slider = part("input");
  if (last.key !== data.key) last = { key: data.key, place: Math.floor(data.frames.length / 4) };
  slider.max = data.frames.length - 1;
  slider.value = last.place;
  slider.oninput = () => {
    last.place = slider.value;
    const { steps, sentence, closed_loop } = data.frames[last.place];
    slider.ariaValueText = steps;
    part("span").textContent = steps;
    part("p").textContent = sentence;
    const [original, oneStep, closedLoop] = data.lines;
    const closes = data.x.length - closed_loop.length; // as many values from the left
    const before = oneStep.values.map((value, place) => (place < closes ? value : null));
    const after = [...Array(closes).fill(null), ...closed_loop];
    const mark = { x: data.x[closes], text: "the loop closes here", color: closedLoop.color };
    drawChart({
      data: {
        ...data,
        alt: `${data.alt} ${steps}`,
        lines: [original, { ...oneStep, values: before }, { ...closedLoop, values: after }],
        mark: closed_loop.length ? mark : null,
      },
      parentElement,
    });
  };
  slider.oninput();
}
