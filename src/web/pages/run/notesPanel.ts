import type { ServedNotes } from "../../../server/schemas/notes.js";
import { addNote, fetchNotes, removeNote } from "../../api/notes.js";
import { button, element } from "../../parts/dom.js";
import { grouped } from "../../parts/numberWords.js";
import type { StepView } from "../../state/stepView.js";

/** Panel of the notes on steps: they stand in every figure over the steps, and in what is exported. */
export class NotesPanel {
  readonly root: HTMLElement;
  readonly #run: string;
  readonly #view: StepView;
  readonly #onChange: () => void;
  readonly #list = element("ul");
  readonly #input = element("input", { type: "text", maxlength: 280, required: true, "aria-label": "note" });
  readonly #add = element("button", { type: "submit" });
  readonly #said = element("p", { class: "muted", role: "status" });

  /** @param onChange told when a note was written or removed */
  constructor(run: string, view: StepView, onChange: () => void) {
    this.#run = run;
    this.#view = view;
    this.#onChange = onChange;
    const form = element("form", {}, this.#input, this.#add);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const text = this.#input.value.trim();
      if (text !== "")
        void this.#take(addNote(run, { step: view.step, text }), () => (this.#input.value = ""));
    });
    this.root = element(
      "section",
      { class: "notes", "aria-label": "notes" },
      element("h2", {}, "Notes"),
      this.#list,
      form,
      this.#said,
    );
    const name = (): void => {
      this.#add.textContent = `note on step ${grouped(view.step)}`;
    };
    name();
    view.subscribe((change) => {
      if (change === "step") name();
    });
  }

  /** Fetches the notes and shows them. */
  async update(): Promise<void> {
    try {
      this.#show(await fetchNotes(this.#run));
    } catch (error) {
      this.#say(error);
    }
  }

  async #take(changing: Promise<ServedNotes>, done?: () => void): Promise<void> {
    try {
      this.#show(await changing);
      done?.();
      this.#said.textContent = "";
      this.#onChange();
    } catch (error) {
      this.#say(error);
    }
  }

  #say(error: unknown): void {
    this.#said.textContent = error instanceof Error ? error.message : String(error);
  }

  #show({ notes }: ServedNotes): void {
    this.#list.replaceChildren(
      ...notes.map(({ id, step, text }) =>
        element(
          "li",
          {},
          button(`step ${grouped(step)}`, () => this.#view.choose(step), {
            className: "link",
            title: `go to step ${step}`,
          }),
          element("span", {}, text),
          button("remove", () => void this.#take(removeNote(this.#run, id)), {
            label: `remove the note on step ${step}`,
          }),
        ),
      ),
    );
  }
}
