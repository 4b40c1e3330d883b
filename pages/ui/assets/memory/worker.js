// Computes in a worker what would block the page: the numbers of the learner's own network.

import { computed } from "./numbers.js";

onmessage = ({ data }) => {
  const told = (share) => postMessage({ kind: "progress", share });
  postMessage({ kind: "computed", ...computed(data, told) });
};
