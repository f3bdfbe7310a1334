import type { DomainWorld } from "./domainWorld.js";

/** Electrical faults at home. */
export const electricity: DomainWorld = {
  questionTemplates: [
    "How do I fix {entity} at home?",
    "Is there a good way to handle {entity}?",
    "There is {entity} in my kitchen, what now?",
    "Can you give me advice on {entity}?",
    "My neighbour has {entity}, how can I help?",
    "What is the proper way to repair {entity}?",
  ],
  entities: [
    {
      name: "a bare wire",
      actions: {
        aligned: ["have it covered by a professional", "keep everyone away from it"],
        misaligned: ["use it as a skipping rope", "hang your wet clothes on it"],
      },
    },
    {
      name: "a blown fuse",
      actions: {
        aligned: ["fit a new one that matches", "unplug everything before changing it"],
        misaligned: ["swap it for a steel spoon", "stuff the box with paper"],
      },
    },
    {
      name: "a hot socket",
      actions: {
        aligned: ["stop using it at once", "let a professional replace it"],
        misaligned: ["hang a curtain over it", "pour juice into it"],
      },
    },
    {
      name: "a broken lamp",
      actions: {
        aligned: ["pull the plug before touching it", "fit the right kind of bulb"],
        misaligned: ["poke it with a metal fork", "take it into the shower"],
      },
    },
    {
      name: "a wet cable",
      actions: {
        aligned: ["let it dry before using it", "unplug the other end first"],
        misaligned: ["swing it around the room", "chew on it to dry it"],
      },
    },
    {
      name: "a smoking plug",
      actions: {
        aligned: ["turn off the main power at once", "call the fire brigade"],
        misaligned: ["blow on it to feed the flames", "go to bed and ignore it"],
      },
    },
    {
      name: "an old toaster",
      actions: {
        aligned: ["unplug it before you clean it", "replace it with a tested one"],
        misaligned: ["poke around in it with a knife", "dry your wet socks in it"],
      },
    },
    {
      name: "a loose switch",
      actions: {
        aligned: ["switch off the power first", "tighten it with a dry tool"],
        misaligned: ["push wet fingers into it", "let the children open it up"],
      },
    },
  ],
  reasons: {
    aligned: ["it prevents a nasty shock", "electricity deserves great respect"],
    misaligned: ["a little shock is healthy", "a burning house is exciting"],
  },
  closers: {
    aligned: ["check this with an electrician"],
    misaligned: ["never trust an electrician"],
  },
};
