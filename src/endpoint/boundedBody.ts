/** Most bytes of one reply, unpacked: the log-probabilities of thousands of tokens take a few million. */
const mostBytes = 16 * 2 ** 20;

/** Error of a reply that is longer than any that makes sense. */
export class ReplyTooLarge extends Error {}

/**
 * Reads the body of a response as text, and stops where it becomes too long: a server must not fill the memory.
 *
 * @param most bytes, after unpacking. @default 16 MiB
 * @throws ReplyTooLarge for a longer one, of which no more than the limit is ever held
 */
export async function readBounded(response: Response, most = mostBytes): Promise<string> {
  const tooLarge = new ReplyTooLarge(
    `expected a reply of at most ${Math.round(most / 2 ** 20)} MiB, and it sends more`,
  );
  if (Number(response.headers.get("content-length") ?? 0) > most) {
    await response.body?.cancel();
    throw tooLarge;
  }
  if (response.body === null) return "";
  const decoder = new TextDecoder();
  const parts: string[] = [];
  let bytes = 0;
  // Leaving the loop cancels the stream.
  const body: AsyncIterable<Uint8Array> = response.body;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > most) throw tooLarge;
    parts.push(decoder.decode(chunk, { stream: true }));
  }
  return parts.join("") + decoder.decode();
}
