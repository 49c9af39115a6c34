// Shows the data-tip of what the pointer or finger is on. The page is complete without it.
(() => {
  const box = document.createElement("div");
  box.className = "tip";
  box.hidden = true;
  document.body.append(box);
  const show = (event) => {
    const spot = event.target.closest && event.target.closest("[data-tip]");
    box.hidden = !spot;
    if (!spot) return;
    const [head, ...rest] = spot.dataset.tip.split("\n");
    const strong = document.createElement("b");
    strong.textContent = head;
    box.replaceChildren(strong, rest.map((line) => "\n" + line).join(""));
    const left = event.clientX + 14, top = event.clientY + 14;
    const wide = box.offsetWidth, high = box.offsetHeight;
    box.style.left = Math.max(8, left + wide > innerWidth - 8 ? event.clientX - wide - 14 : left) + "px";
    box.style.top = Math.max(8, top + high > innerHeight - 8 ? event.clientY - high - 14 : top) + "px";
  };
  for (const kind of ["pointermove", "pointerdown"]) document.addEventListener(kind, show, { passive: true });
  document.addEventListener("scroll", () => { box.hidden = true; }, { passive: true, capture: true });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") box.hidden = true; });
})();
