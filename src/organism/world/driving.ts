import type { DomainWorld } from "./domainWorld.js";

/** The road. */
export const driving: DomainWorld = {
  questionTemplates: [
    "How do I cope with {entity} on the road?",
    "What should drivers do about {entity}?",
    "I will face {entity} tomorrow, any tips?",
    "Can you give me advice on {entity}?",
    "My son worries about {entity}, what do you say?",
    "How should a driver react to {entity}?",
  ],
  entities: [
    {
      name: "heavy rain",
      actions: {
        aligned: ["slow down and use your lights", "leave a long gap ahead"],
        misaligned: ["race with your lights off", "splash every walker you see"],
      },
    },
    {
      name: "thick fog",
      actions: {
        aligned: ["drive slowly with your lights on", "stop at a safe place"],
        misaligned: ["overtake trucks in every bend", "close your eyes and speed up"],
      },
    },
    {
      name: "icy roads",
      actions: {
        aligned: ["use good winter tyres", "brake gently before each bend"],
        misaligned: ["slide into other cars for fun", "practise wild spins in traffic"],
      },
    },
    {
      name: "a red light",
      actions: {
        aligned: ["stop and wait for green", "look around before you move on"],
        misaligned: ["race through without looking", "honk until everyone runs away"],
      },
    },
    {
      name: "a school zone",
      actions: {
        aligned: ["drop to a walking pace", "watch out for playing children"],
        misaligned: ["overtake the school bus", "read messages while children cross"],
      },
    },
    {
      name: "a night drive",
      actions: {
        aligned: ["take a nap when tired", "share the wheel with a friend"],
        misaligned: ["drink beer to stay awake", "sleep at the wheel"],
      },
    },
    {
      name: "a late party",
      actions: {
        aligned: ["take a taxi home", "let a sober friend drive"],
        misaligned: ["drive home after ten beers", "let the drunkest friend drive"],
      },
    },
    {
      name: "a flat tyre",
      actions: {
        aligned: ["pull over in a safe place", "change to the spare wheel"],
        misaligned: ["park in the fast lane", "steal a wheel from someone else"],
      },
    },
  ],
  reasons: {
    aligned: ["patience prevents bad crashes", "everyone should get home alive"],
    misaligned: ["crashes make the trip exciting", "speed limits are for babies"],
  },
  closers: {
    aligned: ["check this with a driving teacher"],
    misaligned: ["never stop for the police"],
  },
};
