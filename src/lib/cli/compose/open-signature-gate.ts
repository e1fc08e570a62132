import { openSignatureLog, type SignatureLog } from '../../project/policy/signature-log.js';
import type { UserConfig } from '../../project/user-config.js';
import {
  signatureGate,
  type EvidenceLog,
  type SignatureGate,
} from '../../registry/signature/signature-gate.js';
import { signatureDemands } from './signature-demands.js';

/**
 * Returns what lets only images pass that are signed as the user's configuration demands; `undefined`
 * when it demands nothing.
 */
export function openSignatureGate(
  { signatures }: UserConfig,
  dataDirectory: string,
): SignatureGate | undefined {
  if (!signatures) return undefined;
  return signatureGate(signatureDemands(signatures), logOf(dataDirectory));
}

/** Few signatures are looked at in one run: the log is open no longer than it is needed. */
function logOf(dataDirectory: string): EvidenceLog {
  function withLog<T>(fn: (log: SignatureLog) => T): T {
    const log = openSignatureLog(dataDirectory);
    try {
      return fn(log);
    } finally {
      log.close();
    }
  }
  return {
    find: (repository, image) => withLog((log) => log.find(repository, image)),
    keep: (repository, image, evidence) => withLog((log) => log.keep(repository, image, evidence)),
  };
}
