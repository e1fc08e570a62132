/** What servers say that may not listen yet, such as those of a guest. */
import { setTimeout as sleep } from 'node:timers/promises';
import { httpRequest } from './http-request.js';

/** A server needs no longer to come up, by far. */
const ATTEMPTS = 200;
const POLL_MS = 100;
/** A connection that got lost in a busy guest is made anew. */
const TIMEOUT_MS = 20_000;

/** Returns the body of what the server at `url` answers. */
export async function httpText(url: string): Promise<string> {
  const { body } = await httpRequest(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  return body.toString();
}

/** Returns the body of what the server at `url` answers as soon as it does. */
export async function httpTextWhenUp(url: string): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await httpText(url);
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      await sleep(POLL_MS);
    }
  }
}
