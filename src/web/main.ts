import { pageOf, pages } from "./pages/registry.js";
import { ThemeChoice } from "./parts/theme.js";

const root = document.getElementById("page") ?? document.body;
await pageOf(location.search).open(root, (choice) => new ThemeChoice(choice), pages);
