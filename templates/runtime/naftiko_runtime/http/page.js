// Searches, copies, and sends the requests of forms. It makes elements and writes only
// texts, so that no text becomes markup, and keeps nothing: a text that is typed in is
// gone with the page.
"use strict";
const LONGEST = 100000, LARGEST = 4000000;
const find = (where, selector) => [...where.querySelectorAll(selector)];
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

function addCopying() {
  for (const figure of find(document, ".shell")) {
    const button = make("button", {type: "button"}, "Copy");
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(figure.querySelector("pre").textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(figure.querySelector("pre"));
        button.textContent = "Selected";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
    figure.querySelector("figcaption").append(button);
  }
}

function addSearch() {
  const field = document.querySelector(".search");
  if (!field) return;
  const rows = find(document, ".toc li").map((row) => {
    const link = row.querySelector("a");
    const entry = document.getElementById(link.hash.slice(1));
    return {row, entry, text: entry.textContent.toLowerCase()};
  });
  field.hidden = false;
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/);
    for (const {row, entry, text} of rows) {
      row.hidden = entry.hidden = !words.every((word) => text.includes(word));
    }
  });
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest("input, textarea, select");
    if (event.key === "/" && !isTyping) { event.preventDefault(); field.focus(); }
  });
}

const credentials = JSON.parse(document.body.dataset.credentials || "[]");
const secrets = new Map();
function addCredentials() {
  const names = [...new Set(credentials.flatMap((one) => one.variables))];
  if (!names.length) return;
  const box = make("form", {class: "keys", autocomplete: "off"});
  box.append(make("p", {}, "To try something here, type in the credential. "
    + "It is kept nowhere, and gone with the page."));
  for (const name of names) {
    const field = make("input", {type: "password", autocomplete: "off"});
    field.addEventListener("input", () => secrets.set(name, field.value));
    box.append(make("label", {}, name, field));
  }
  box.addEventListener("submit", (event) => event.preventDefault());
  document.querySelector(".top").append(box);
}

// The parts of a credential that are typed in, as `[place, name, value, shown]`.
function* authentication() {
  for (const {place, name, parts, variables, encoding} of credentials) {
    if (!variables.every((one) => secrets.get(one))) continue;
    let value = parts.map((part) => typeof part === "string"
      ? part : secrets.get(variables[part])).join("");
    if (encoding) {
      const bytes = new TextEncoder().encode(value);
      value = encoding + btoa(String.fromCharCode(...bytes));
    }
    yield [place, name, value, "***"];
  }
}

class Form {
  constructor(entry) {
    this.entry = entry;
    this.facts = entry.dataset;
    this.fields = find(entry, ".inputs > [data-in]").map((row) => this.field(row));
    this.fault = make("p", {class: "fault", role: "alert", hidden: true});
    this.sent = make("div", {class: "sent", "aria-live": "polite"});
    const button = make("button", {class: "main"}, "Send");
    const form = make("form", {class: "try", autocomplete: "off", novalidate: true},
      make("h4", {}, "Try it"), ...this.fields.map((one) => one.label), this.fault,
      make("div", {class: "row"}, button), this.sent);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send(button);
    });
    this.element = form;
  }

  field(row) {
    const name = row.querySelector("code").textContent;
    const {in: place, type, choices, sample} = row.dataset;
    const isNeeded = "needed" in row.dataset;
    const kind = ` ${row.querySelector("span").textContent}`;
    const title = [name, make("small", {}, kind + (isNeeded ? ", required" : ""))];
    let control;
    if (choices || type === "boolean") {
      const values = choices ? JSON.parse(choices) : [true, false];
      control = make("select", {}, ...(isNeeded ? [] : [make("option", {value: ""})]),
        ...values.map((one) => make("option", {value: JSON.stringify(one)}, `${one}`)));
      if (sample !== undefined) {
        const wanted = values.findIndex((one) => `${one}` === sample);
        if (wanted >= 0) control.value = JSON.stringify(values[wanted]);
      }
    } else if (type === "file") {
      control = make("input", {type: "file"});
    } else if (type === "json" || (place === "whole")) {
      control = make("textarea", {spellcheck: "false"});
      control.value = sample ?? "";
    } else {
      control = make("input", {spellcheck: "false",
        inputmode: type === "integer" || type === "number" ? "decimal" : false});
      control.value = sample ?? "";
    }
    if (isNeeded) control.setAttribute("aria-required", "true");
    return {name, place, type, isNeeded, control, isChosen: control.matches("select"),
      label: make("label", {}, ...title, control)};
  }

  // Return the value of a field, undefined if it is left out.
  value(field) {
    const {name, type, control, isNeeded, isChosen} = field;
    if (type === "file") {
      if (!control.files.length && isNeeded) throw new Error(`${name} needs a file`);
      return control.files[0];
    }
    const text = control.value;
    const isText = type === "string" && !isChosen;
    if (text === "" && !(isNeeded && isText)) {
      if (isNeeded) throw new Error(`${name} is required`);
      return undefined;
    }
    if (isText) return text;
    try {
      const value = JSON.parse(text);
      // In a URL and a header, a number is sent as it is typed in.
      const isTyped = typeof value === "number"
        && !["body", "whole", "argument"].includes(field.place);
      return isTyped ? text : value;
    } catch {
      if (type === "integer" || type === "number") {
        throw new Error(`${name} must be a number`);
      }
      if (field.place === "whole" && this.facts.body !== "json") return text;
      throw new Error(`${name} must be JSON`);
    }
  }

  request() {
    const values = this.fields
      .map((field) => ({...field, value: this.value(field)}))
      .filter((field) => field.value !== undefined);
    const request = this.facts.tool !== undefined
      ? this.call(values) : this.route(values);
    for (const [place, name, value, shown] of authentication()) {
      if (place === "query") {
        request.query.push([name, value, shown]);
      } else {
        request.headers.push([name, value, shown]);
      }
    }
    return request;
  }

  call(values) {
    const args = Object.fromEntries(values.map((one) => [one.name, one.value]));
    const body = JSON.stringify({jsonrpc: "2.0", id: 1, method: "tools/call",
      params: {name: this.facts.tool, arguments: args}}, null, 2);
    return {method: "POST", path: "mcp", query: [], body, text: body,
      headers: [["Content-Type", "application/json"],
        ["Accept", "application/json, text/event-stream"]]};
  }

  route(values) {
    const at = (place) => values.filter((one) => one.place === place);
    const plain = (value) => typeof value === "object"
      ? JSON.stringify(value) : `${value}`;
    // Without the dot, a colon in the first segment would end a scheme.
    let path = "." + this.facts.path;
    for (const {name, value} of at("path")) {
      const texts = Array.isArray(value) ? value.map(plain) : [plain(value)];
      if (["", ".", ".."].includes(texts.join(","))) {
        throw new Error(`${name} must be a segment of the path`);
      }
      path = path.replace(`{${name}}`,
        () => texts.map(encodeURIComponent).join(","));
    }
    const query = at("query").flatMap(({name, value}) =>
      (Array.isArray(value) ? value : [value]).map((one) => [name, plain(one)]));
    const headers = at("header").map(({name, value}) => [name, plain(value)]);
    return {method: this.facts.method, path, query, headers,
      ...this.body(at("body"), at("whole"), headers, plain)};
  }

  body(members, [whole], headers, plain) {
    const {body, type} = this.facts;
    if (!body || (!members.length && !whole && body !== "json")) return {};
    if (body === "multipart" && !whole) {
      const form = new FormData();
      for (const {name, value} of members) {
        form.append(name, value instanceof Blob ? value : plain(value));
      }
      return {body: form,
        text: members.map(({name, value}) => `${name}: ${value.name ?? plain(value)}`)
          .join("\n")};
    }
    headers.push(["Content-Type", type]);
    if (body === "form" && !whole) {
      const form = new URLSearchParams(members.map(({name, value}) =>
        [name, plain(value)])).toString();
      return {body: form, text: form};
    }
    if (body === "json") {
      const value = whole ? whole.value
        : Object.fromEntries(members.map((one) => [one.name, one.value]));
      const text = JSON.stringify(value, null, 2);
      return {body: text, text};
    }
    const value = whole.value;
    return value instanceof Blob ? {body: value, text: value.name}
      : {body: plain(value), text: plain(value)};
  }

  async send(button) {
    this.fault.hidden = true;
    let request;
    try {
      request = this.request();
    } catch (error) {
      this.fault.textContent = error.message;
      this.fault.hidden = false;
      return;
    }
    if ("asks" in this.facts && !await isAgreed(request.method, this.facts)) return;
    button.disabled = true;
    this.sent.replaceChildren(make("p", {class: "soft"}, "Sending …"));
    this.sent.replaceChildren(...await answered(request));
    button.disabled = false;
  }
}

function isAgreed(method, {tool, path}) {
  const dialog = make("dialog", {"aria-labelledby": "question"},
    make("p", {id: "question"}, "This may overwrite or delete something: "
      + (tool ?? `${method} ${path}`) + ". Send it?"));
  const form = make("form", {method: "dialog", class: "row"},
    make("button", {value: "", autofocus: true}, "Cancel"),
    make("button", {value: "yes", class: "main"}, "Send it"));
  dialog.append(form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => {
    dialog.remove();
    resolve(dialog.returnValue === "yes");
  }));
}

async function answered({method, path, query, headers, body, text}) {
  const written = (values) => query.length ? "?" + query.map((one) =>
    `${encodeURIComponent(one[0])}=${encodeURIComponent(one[values] ?? one[1])}`)
    .join("&") : "";
  const base = new URL(".", location.href);
  const shownUrl = new URL(path + written(2), base).href;
  const shown = [`${method} ${shownUrl}`,
    ...headers.map(([name, value, mask]) => `${name}: ${mask ?? value}`),
    ...(text ? ["", text] : [])].join("\n");
  const parts = [make("p", {class: "label"}, "Request"), make("pre", {}, cut(shown))];
  const start = performance.now();
  try {
    const response = await fetch(new URL(path + written(1), base), {method, body,
      headers: headers.map(([name, value]) => [name, value]),
      credentials: "omit", cache: "no-store", redirect: "manual"});
    const [blob, isWhole] = await read(response);
    const time = Math.round(performance.now() - start);
    const status = response.type === "opaqueredirect" ? "a redirect"
      : `${response.status} ${response.statusText}`.trim();
    parts.push(make("p", {class: response.ok ? "ok" : "failed"},
      `${status} · ${time} ms · ${blob.size.toLocaleString("en")} bytes`));
    parts.push(...await contents(blob, isWhole));
  } catch (error) {
    parts.push(make("p", {class: "failed"}, `No answer: ${error.message}`));
  }
  return parts;
}

async function read(response) {
  const chunks = [];
  const reader = response.body?.getReader();
  let size = 0;
  while (reader) {
    const {done, value} = await reader.read();
    if (done) break;
    chunks.push(value);
    size += value.length;
    if (size > LARGEST) { await reader.cancel(); break; }
  }
  const type = response.headers.get("content-type") ?? "";
  return [new Blob(chunks, {type}), size <= LARGEST];
}

async function contents(blob, isWhole) {
  if (blob.type.startsWith("image/") && isWhole) return [picture(blob)];
  const rest = isWhole ? [] : [make("p", {class: "soft"}, "The rest isn't shown.")];
  const isText = /json|text|xml|yaml|javascript|csv|^$/.test(blob.type);
  if (!blob.size) return [make("p", {class: "soft"}, "No content.")];
  if (!isText) return [make("p", {class: "soft"}, `A file of ${blob.type}.`), ...rest];
  const text = await blob.text();
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    return [make("pre", {tabindex: "0"}, cut(text)), ...rest];
  }
  const shown = JSON.stringify(value, shortened, 2);
  return [...parts(value), make("pre", {tabindex: "0"}, cut(shown)), ...rest];
}

// Bytes in base64 are shown as pictures, or not at all.
function shortened(key, value) {
  const isLong = key === "data" && typeof value === "string" && value.length > 400;
  return isLong ? `${value.slice(0, 60)}… ${value.length} characters` : value;
}

// The pictures and texts in the result of a tool, which its JSON would hide.
function parts(value) {
  const items = value?.result?.content;
  if (!Array.isArray(items)) return [];
  const failed = value.result.isError
    ? [make("p", {class: "failed"}, "The tool reports an error.")] : [];
  return [...failed, ...items.slice(0, 20).flatMap((item) => {
    if (item.type === "image") {
      const bytes = Uint8Array.from(atob(item.data), (one) => one.charCodeAt(0));
      return [picture(new Blob([bytes], {type: item.mimeType}))];
    }
    return item.type === "text"
      ? [make("pre", {tabindex: "0"}, cut(indented(item.text)))] : [];
  })];
}

function indented(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function picture(blob) {
  const address = URL.createObjectURL(blob);
  const image = make("img", {src: address, alt: "The picture that the call answers"});
  image.addEventListener("load", () => URL.revokeObjectURL(address));
  return image;
}

function cut(text) {
  const rest = text.length - LONGEST;
  return rest > 0 ? `${text.slice(0, LONGEST)}\n… ${rest} more characters` : text;
}

function addForms() {
  for (const entry of find(document, ".entry[data-try]")) {
    const place = entry.querySelector(".tried");
    const button = make("button", {type: "button", class: "main"}, "Try it");
    button.addEventListener("click", () => {
      const form = new Form(entry).element;
      place.replaceChildren(form);
      form.querySelector("input, select, textarea, button").focus();
    });
    place.append(button);
    place.hidden = false;
  }
}

addCopying();
addSearch();
addCredentials();
addForms();
