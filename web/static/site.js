// What a script adds to pages that are whole without it: suggestions while one types, and buttons that copy, share, print.
"use strict";

const DELAY_MS = 150; // a fast typist asks once a word, not once a letter
const LEAST_CHARS = 2;

// A combobox with a list, after the pattern of the ARIA Authoring Practices: the focus stays in the field.
function suggest(field) {
  const box = field.parentElement;
  const list = document.createElement("ul");
  const told = document.createElement("p");
  list.id = "suggerimenti";
  list.className = "suggestions";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Suggerimenti");
  told.className = "unseen";
  told.setAttribute("role", "status");
  box.append(list, told);
  for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-controls", list.id], ["aria-expanded", "false"]]) {
    field.setAttribute(name, value);
  }

  let timer = 0;
  let asking = null; // the request that is on its way
  let typed = field.value;
  let chosen = -1;

  function close() {
    clearTimeout(timer);
    asking?.abort();
    list.hidden = true;
    chosen = -1;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  }

  function choose(at) {
    const options = [...list.children];
    chosen = at;
    options.forEach((option, number) => option.setAttribute("aria-selected", String(number === at)));
    field.value = at < 0 ? typed : options[at].textContent;
    if (at < 0) {
      field.removeAttribute("aria-activedescendant");
    } else {
      field.setAttribute("aria-activedescendant", options[at].id);
      options[at].scrollIntoView({ block: "nearest" });
    }
  }

  function show(suggestions) {
    list.replaceChildren(
      ...suggestions.map((text, at) => {
        const option = document.createElement("li");
        option.id = `suggerimento-${at}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.textContent = text;
        return option;
      }),
    );
    chosen = -1;
    list.hidden = suggestions.length === 0;
    field.setAttribute("aria-expanded", String(!list.hidden));
    field.removeAttribute("aria-activedescendant");
    told.textContent = { 0: "Nessun suggerimento", 1: "1 suggerimento" }[suggestions.length] ?? `${suggestions.length} suggerimenti`;
  }

  async function ask() {
    asking?.abort();
    const mine = (asking = new AbortController());
    try {
      const answer = await fetch(`${field.dataset.suggestions}?${new URLSearchParams({ q: typed })}`, { signal: mine.signal });
      if (!answer.ok) return close();
      const [, suggestions] = await answer.json();
      if (mine === asking && document.activeElement === field) show(suggestions);
    } catch (error) {
      if (error.name !== "AbortError") close(); // the search goes on without suggestions
    }
  }

  field.addEventListener("input", () => {
    typed = field.value;
    clearTimeout(timer);
    if (typed.trim().length < LEAST_CHARS) return close();
    timer = setTimeout(ask, DELAY_MS);
  });
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const last = list.children.length - 1;
    if (event.key === "Escape" && !list.hidden) {
      choose(-1);
      close();
    } else if (event.key === "ArrowDown" && !list.hidden) {
      choose(chosen === last ? -1 : chosen + 1);
    } else if (event.key === "ArrowUp" && !list.hidden) {
      choose(chosen === -1 ? last : chosen - 1);
    } else if (event.key === "Enter" || event.key === "Tab") {
      close();
      return;
    } else {
      return;
    }
    event.preventDefault();
  });
  field.addEventListener("blur", close);
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option === null) return;
    field.value = option.textContent;
    close();
    field.form.requestSubmit();
  });
}

function tell(text) {
  const told = document.querySelector("[data-told]");
  if (told !== null) told.textContent = text;
}

function offer(selector, isPossible, act) {
  for (const button of isPossible ? document.querySelectorAll(selector) : []) {
    button.hidden = false;
    button.addEventListener("click", () => act(button));
  }
}

for (const field of document.querySelectorAll("[data-suggestions]")) suggest(field);
offer("[data-copy]", navigator.clipboard !== undefined, async (button) => {
  const copied = navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent);
  const said = await copied.then(() => "Copiato", () => "Non si può copiare: seleziona il testo qui sopra");
  button.textContent = said;
  tell(said);
});
offer("[data-share]", navigator.share !== undefined, (button) => {
  navigator.share({ title: document.title, url: button.dataset.share || location.href }).catch(() => {}); // whoever closes the sheet has decided
});
offer("[data-print]", true, () => print());
