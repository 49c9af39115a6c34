// Pages as templates: html`<p>${words}</p>` makes preact nodes. Whatever is put in is text, never markup.
import htm from "htm";
import { h } from "preact";

export const html = htm.bind(h);

/** A sheet of styles, there once the promise is kept. */
export function styled(href) {
  return new Promise((done) => {
    const link = document.createElement("link");
    Object.assign(link, { rel: "stylesheet", href, onload: done, onerror: done });
    document.head.append(link);
  });
}
