import { ApiError } from "./api/apiClient.js";
import { button, element } from "./parts/dom.js";
import { PageHeader } from "./parts/pageHeader.js";
import { runPage } from "./pages/run/runPage.js";
import { runsPage } from "./pages/runs/runsPage.js";
import { ThemeChoice } from "./parts/theme.js";
import { readUrlState, writeUrlState } from "./state/urlState.js";

const root = document.getElementById("page") ?? document.body;
const { state, unknown } = readUrlState(location.search);
const theme = new ThemeChoice(state.theme);
const notices = unknown.map((key) => `The address says "${key}", which means nothing here; ignored.`);

root.replaceChildren(
  new PageHeader(theme, state.run, null).root,
  element(
    "p",
    { class: "notice loading", role: "status" },
    state.run === null ? "Reading the runs …" : `Reading and analysing ${state.run} …`,
  ),
);
try {
  if (state.run === null) await runsPage(root, theme);
  else await runPage(root, state.run, state, { theme, notices });
} catch (error) {
  root.replaceChildren(new PageHeader(theme, state.run, null).root, failure(error));
}

function failure(error: unknown): HTMLElement {
  const hint = error instanceof ApiError ? error.hint : undefined;
  const message = error instanceof Error ? error.message : String(error);
  return element(
    "div",
    { class: "notice", role: "alert" },
    element("p", {}, element("b", {}, message)),
    hint === undefined ? null : element("p", {}, hint),
    element(
      "p",
      {},
      button("try again", () => location.reload()),
      " ",
      element("a", { href: `./${writeUrlState({ theme: theme.choice })}` }, "all runs"),
    ),
  );
}
