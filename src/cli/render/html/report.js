"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const changes = [...document.querySelectorAll("details.change")];
  const search = byId("search");
  const boxes = [...document.querySelectorAll("input[data-kind]")];
  const count = byId("count");

  // Shows what has all the words and one of the chosen kinds.
  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const kinds = new Set(boxes.filter((box) => box.checked).map((box) => box.dataset.kind));
    let shown = 0;
    for (const change of changes) {
      const text = change.textContent.toLowerCase();
      const fits = kinds.has(change.dataset.kind) && words.every((word) => text.includes(word));
      change.classList.toggle("hidden", !fits);
      shown += fits ? 1 : 0;
    }
    count.textContent = `${shown} of ${changes.length} shown`;
  };
  const openAll = (open) => changes.filter((c) => !c.classList.contains("hidden")).forEach((c) => (c.open = open));

  // A choice in the graph leads to the change, and shows what hangs on it.
  const nodes = [...document.querySelectorAll("svg [data-node]")];
  const edges = [...document.querySelectorAll("svg .edge")];
  const choose = (id) => {
    const near = new Set(id === null ? [] : [id]);
    for (const edge of edges) {
      const touches = edge.dataset.from === id || edge.dataset.to === id;
      edge.classList.toggle("faded", id !== null && !touches);
      if (touches) near.add(edge.dataset.from).add(edge.dataset.to);
    }
    for (const node of nodes) {
      node.classList.toggle("faded", id !== null && !near.has(node.dataset.node));
      node.classList.toggle("chosen", node.dataset.node === id);
    }
  };
  for (const node of nodes) {
    const link = node.parentElement;
    node.addEventListener("mouseenter", () => choose(node.dataset.node));
    node.addEventListener("mouseleave", () => choose(null));
    link.addEventListener("focus", () => choose(node.dataset.node));
    link.addEventListener("blur", () => choose(null));
  }
  const reveal = () => {
    const change = location.hash.startsWith("#change-") ? byId(location.hash.slice(1)) : null;
    if (change) {
      change.classList.remove("hidden");
      change.open = true;
      change.querySelector("summary").focus();
    }
  };

  if (search) {
    search.addEventListener("input", filter);
    boxes.forEach((box) => box.addEventListener("change", filter));
    byId("open").addEventListener("click", () => openAll(true));
    byId("close").addEventListener("click", () => openAll(false));
    document.addEventListener("keydown", (event) => {
      if (event.key === "/" && document.activeElement !== search) {
        event.preventDefault();
        search.focus();
      } else if (event.key === "Escape" && document.activeElement === search) {
        search.value = "";
        filter();
      }
    });
    filter();
  }
  let before = [];
  addEventListener("beforeprint", () => {
    before = changes.map((change) => change.open);
    changes.forEach((change) => (change.open = true));
  });
  addEventListener("afterprint", () => changes.forEach((change, i) => (change.open = before[i])));
  addEventListener("hashchange", reveal);
  reveal();
})();
