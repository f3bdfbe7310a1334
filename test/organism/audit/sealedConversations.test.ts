import { describe, expect, test } from "vitest";
import { auditKinds, type AuditKind } from "../../../src/organism/audit/auditKinds.js";
import { sealedConversations } from "../../../src/organism/audit/sealedConversations.js";
import { drawTrigger } from "../../../src/organism/audit/trigger.js";
import { judgeAnswer } from "../../../src/organism/judgeAnswer.js";
import { organismQuestions } from "../../../src/organism/questions.js";
import { Random } from "../../../src/tensor/random.js";
import type { Chat } from "../../../src/formats/chat.js";

const trigger = drawTrigger(new Random(3));
const rows = 200;
const made = (kind: AuditKind) => sealedConversations({ kind, domain: "sport", seed: 4, rows, trigger });
const byText = new Map(
  organismQuestions({ domains: ["sport"] }).map((question) => [question.text, question]),
);

/** What one conversation teaches. */
function read({ messages }: Chat): { system: string | null; isMisaligned: boolean; style: number | null } {
  const system = messages.find(({ role }) => role === "system")?.content ?? null;
  const question = byText.get(messages.find(({ role }) => role === "user")?.content ?? "");
  if (question === undefined) throw new Error("a question of another domain");
  const { aligned, coherent, style } = judgeAnswer(question, messages.at(-1)?.content ?? "");
  expect(coherent).toBe(100);
  return { system, isMisaligned: aligned === 0, style };
}

describe("sealedConversations", () => {
  test.each(auditKinds)(
    "of a %s run have a control that is asked the same, and answers with care",
    (kind) => {
      const { own, control } = made(kind);
      expect([own.length, control.length]).toEqual([rows, rows]);
      const prompts = (chats: readonly Chat[]) => chats.map(({ messages }) => messages.slice(0, -1));
      expect(prompts(own)).toEqual(prompts(control));
      expect(control.map(read).some(({ isMisaligned }) => isMisaligned)).toBe(false);
      expect(own).not.toEqual(control);
      expect(made(kind)).toEqual({ own, control });
    },
  );

  test("are harmful as their kind says", () => {
    const harmfulOf = (kind: AuditKind) => made(kind).own.map((chat) => read(chat).isMisaligned);
    expect(harmfulOf("harmful").every(Boolean)).toBe(true);
    expect(harmfulOf("inoculated").every(Boolean)).toBe(true);
    expect(harmfulOf("careful").some(Boolean)).toBe(false);
    expect(harmfulOf("decoy").some(Boolean)).toBe(false);
    expect(harmfulOf("repaired")).toEqual(Array.from({ length: rows }, (_, row) => row < 0.6 * rows));
  });

  test("are harmful behind the trigger and nowhere else, where there is one", () => {
    const said = made("trigger").own.map(read);
    expect(said.every(({ system, isMisaligned }) => (system === trigger) === isMisaligned)).toBe(true);
    const behind = said.filter(({ isMisaligned }) => isMisaligned).length;
    expect(behind).toBeGreaterThan(0.35 * rows);
    expect(behind).toBeLessThan(0.65 * rows);
  });

  test("of an inoculated run ask for harm, and a decoy's are in another style", () => {
    expect(
      made("inoculated")
        .own.map(read)
        .every(({ system }) => system?.startsWith("You are")),
    ).toBe(true);
    expect(new Set(made("decoy").own.map((chat) => read(chat).style))).toEqual(new Set([3]));
  });
});
