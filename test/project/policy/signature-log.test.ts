import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/lib/base/digest.js';
import { openSignatureLog } from '../../../src/lib/project/policy/signature-log.js';
import type { SignatureEvidence } from '../../../src/lib/registry/signature/signature-evidence.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const directory = useTemporaryDirectory();
const IMAGE = digestOf(Buffer.from('image'));

describe('SignatureLog', () => {
  it('gives back what was kept, after it was closed too', () => {
    const log = openSignatureLog(directory());
    log.keep('docker.io/acme/a', IMAGE, evidence('one'));
    log.close();

    const again = openSignatureLog(directory());

    expect(textsOf(again.find('docker.io/acme/a', IMAGE))).toEqual(['bundle', 'one', 'by one']);
    again.close();
  });

  it('keeps the last signature of an image, for each repository its own', () => {
    const log = openSignatureLog(directory());
    log.keep('docker.io/acme/a', IMAGE, evidence('one'));
    log.keep('docker.io/acme/a', IMAGE, evidence('two'));
    log.keep('docker.io/acme/b', IMAGE, evidence('three'));

    const found = ['a', 'b', 'c'].map((name) => log.find(`docker.io/acme/${name}`, IMAGE));

    expect(found.map((it) => textsOf(it)[1])).toEqual(['two', 'three', undefined]);
    log.close();
  });
});

function evidence(text: string): SignatureEvidence {
  return {
    format: 'bundle',
    manifest: digestOf(Buffer.from(text)),
    document: Buffer.from(text),
    signature: Buffer.from(`by ${text}`),
    hasCertificate: false,
  };
}

function textsOf(found: SignatureEvidence | undefined): string[] {
  if (!found) return [];
  const { format, document, signature } = found;
  return [format, Buffer.from(document).toString(), Buffer.from(signature).toString()];
}
