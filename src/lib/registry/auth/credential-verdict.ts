import type { Verdict } from '../transport/verdict.js';
import type { CredentialSearch } from './credentials.js';

/**
 * Returns what an answer of 401 or 403 means, given what came of looking for credentials: the hint
 * names every place that was searched, in order.
 */
export function credentialVerdict(
  status: 401 | 403,
  { registry, credentials }: { readonly registry: string; readonly credentials: CredentialSearch },
): Verdict {
  const { found, lookedIn } = credentials;
  const code = status === 401 ? 'REGISTRY_UNAUTHORIZED' : 'REGISTRY_FORBIDDEN';
  if (!found) {
    const state =
      status === 401
        ? 'wants credentials; the repository is private or does not exist'
        : 'denies access without credentials';
    const hint = `Check the name, or run \`mono login ${registry}\`.${searched(lookedIn)}`;
    return { code, state, hint };
  }
  const account = 'username' in found ? ` of \`${found.username}\`` : '';
  const place = lookedIn.at(-1);
  const origin = place === undefined ? '' : ` from ${place}`;
  return status === 401
    ? {
        code,
        state: `does not accept the credentials${account}${origin}`,
        hint: `Run \`mono login ${registry}\` to replace them.`,
      }
    : {
        code,
        state: `denies access with the credentials${account}${origin}`,
        hint: `Ask for access to the repository, or run \`mono login ${registry}\` with another account.`,
      };
}

function searched(lookedIn: readonly string[]): string {
  return lookedIn.length === 0 ? '' : ` Looked for credentials in ${lookedIn.join(', then ')}.`;
}
