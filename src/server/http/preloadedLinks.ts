/**
 * What a page will ask for first, as a `Link` header, so that the browser asks before it has read the page's program: the
 * library that draws, and a run's report.
 *
 * @param query of the page's address
 * @returns null where nothing is known beforehand
 * @see https://html.spec.whatwg.org/multipage/links.html#link-type-preload
 */
export function preloadedLinks(query: URLSearchParams): string | null {
  const run = query.get("run");
  if (run === null && !query.has("compare")) return null;
  const library = "<./plotly.min.js>; rel=preload; as=script";
  if (run === null || run === "") return library;
  // The very address that the page asks for: another one would be answered twice.
  const view = new URLSearchParams();
  for (const name of ["evaluation", "control"]) {
    const value = query.get(name);
    if (value !== null) view.set(name, value);
  }
  const report = `./api/v1/runs/${encodeURIComponent(run)}/report${view.size === 0 ? "" : `?${view.toString()}`}`;
  return `${library}, <${report}>; rel=preload; as=fetch; crossorigin`;
}
