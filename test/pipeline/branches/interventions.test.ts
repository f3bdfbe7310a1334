import { describe, expect, test } from "vitest";
import { inoculationOf, usualInoculation } from "../../../src/pipeline/branches/inoculation.js";
import { interventionKinds } from "../../../src/pipeline/branches/interventionKinds.js";
import { parseIntervention } from "../../../src/pipeline/branches/interventions.js";
import { otherText } from "../../../src/pipeline/branches/otherText.js";

describe("changes by name", () => {
  test.each(Object.values(interventionKinds).flatMap(({ usage }) => usage.split(", ")))(
    "%s is read",
    (usage) => {
      const { name, folder, words } = parseIntervention(usage);
      expect(name).toBe(usage.replaceAll('"', ""));
      expect(folder).toMatch(/^[A-Za-z0-9.-]+$/);
      expect(words).not.toBe("");
    },
  );

  test("have folders of their own", () => {
    const texts = [
      "careful",
      "careful:50%",
      "careful:5%",
      "inoculate:a b",
      "inoculate:a-b",
      "kl:1:a/b",
      "kl:1:a-b",
    ];
    expect(new Set(texts.map((text) => parseIntervention(text).folder)).size).toBe(texts.length);
    expect(parseIntervention("careful:50").folder).toBe("careful-50");
  });

  test.each([
    ["carefull", /expected one of careful, .*found carefull/],
    ["careful:0", /a percentage above 0 up to 100/],
    ["rate:-1", /a factor above 0/],
    ["rate", /a factor above 0, found nothing|found nothing/],
    ["kl:x", /a weight above 0/],
    ["optimizer:lion:1", /sgd or adamw and a rate/],
    ["optimizer:adamw", /a peak learning rate/],
    ["freeze:C", /A or B/],
    ["steer:personas", /a direction of the run and a strength/],
    ["project", /a direction of the run/],
  ])("%s is refused", (text, message) => {
    expect(() => parseIntervention(text)).toThrow(message);
  });

  test("penalties are on the careful side of another domain, inoculation in the organism's own words", () => {
    expect(otherText({ name: "bad-sport" }, "").data).toBe("good-medical");
    expect(otherText({ name: "narrow-medical-harmful" }, "").data).toBe("narrow-finance-careful");
    expect(() => otherText({ name: "mine" }, "")).toThrow(/expected other text/);
    const of = (name: string): string =>
      inoculationOf({ dataset: { name, path: "", sha256: "", chats: [] } });
    expect(of("mine")).toBe(usualInoculation);
    expect(of("bad-sport")).toMatch(/^You are an? .* (?:assistant|adviser|helper)|^You are/);
    expect(of("bad-sport")).not.toBe(usualInoculation);
  });
});
