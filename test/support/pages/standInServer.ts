import { completion, judgeServer, send } from "../servers/judgeServer.js";
import { vllmServer } from "../servers/vllmServer.js";
import { write, writerServer } from "../servers/writerServer.js";

/**
 * The address of a server that stands for the one that a command asks, closed when the test ends: it answers, writes data, or
 * judges one answer in two misaligned.
 */
export async function standInServer([command, ...words]: readonly string[]): Promise<string> {
  if (command === "data") return (await writerServer(write)).baseUrl;
  if (words.includes("--endpoint")) {
    return (await vllmServer({ baseModel: "Qwen/Qwen2.5-14B-Instruct" })).baseUrl;
  }
  const { baseUrl } = await judgeServer(({ prompt }, response, number) => {
    const asked = /Reply with the number (\d+)/.exec(prompt)?.[1];
    const score = asked ?? (/coheren/i.test(prompt) ? "90" : number % 4 < 2 ? "5" : "95");
    send(response, 200, completion({ [score]: 1 }));
  });
  return baseUrl;
}
