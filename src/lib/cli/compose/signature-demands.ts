import { readFile } from 'node:fs/promises';
import { ioError } from '../../io/io-error.js';
import { signatureRuleFor, type SignatureRule } from '../../project/policy/signature-rules.js';
import type { SignatureDemands } from '../../registry/signature/signature-gate.js';
import { readSignatureKey, type SignatureKey } from '../../registry/signature/signature-key.js';

/**
 * Returns what the rules demand of a repository, their key files read when they are needed.
 *
 * The function throws {MonoError} `IO_FAILED`, `CONFIG_INVALID` when a key cannot be used: a rule
 * whose key is gone lets nothing pass.
 */
export function signatureDemands(rules: readonly SignatureRule[]): SignatureDemands {
  return async function demandOf(repository) {
    const rule = signatureRuleFor(rules, repository);
    if (!rule) return undefined;
    const keys: SignatureKey[] = [];
    for (const path of rule.keyFiles) keys.push(readSignatureKey(await readPem(path), path));
    return { keys, anyRepository: rule.anyRepository };
  };
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw ioError(error, 'read the key', path);
  }
}
