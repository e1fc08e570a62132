import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/lib/base/digest.js';
import {
  MAX_SIGNATURES,
  readSignatureManifest,
} from '../../../src/lib/registry/signature/signature-manifest.js';
import { failureOf } from '../../support/failure.js';

const SIMPLE = 'application/vnd.dev.cosign.simplesigning.v1+json';
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const SIGNED = { 'dev.cosignproject.cosign/signature': 'c2lnbmVk' };
const CERTIFIED = { ...SIGNED, 'dev.sigstore.cosign/certificate': 'PEM' };

describe('readSignatureManifest()', () => {
  it.each([
    ['a signature of its own form', layer(SIMPLE, SIGNED), 'simple-signing signed'],
    ['one with a certificate', layer(SIMPLE, CERTIFIED), 'simple-signing signed certificate'],
    ['a bundle', layer(BUNDLE), 'bundle '],
  ])('finds %s', (_name, item, expected) => {
    const [found] = readSignatureManifest(manifest([item]), 'a');

    const signature = Buffer.from(found?.signature ?? '').toString();
    const certificate = found?.hasCertificate ? ' certificate' : '';
    expect(`${found?.format} ${signature}${certificate}`).toBe(expected);
  });

  it.each([
    ['layers of other kinds', layer('application/vnd.oci.image.layer.v1.tar', SIGNED)],
    ['bundles of other versions', layer('application/vnd.dev.sigstore.bundle+json;version=0.2')],
    ['a payload without a signature', layer(SIMPLE)],
    ['a signature that is no text', layer(SIMPLE, { ...SIGNED, [Object.keys(SIGNED)[0]!]: 7 })],
  ])('passes over %s', (_name, item) => {
    expect(readSignatureManifest(manifest([item]), 'a')).toEqual([]);
  });

  it('finds nothing in what is no such manifest', () => {
    expect(readSignatureManifest(Buffer.from('{"blobs":[]}'), 'a')).toEqual([]);
  });

  it.each([
    ['that is no JSON', Buffer.from('<')],
    ['whose bundle is no descriptor', manifest([{ mediaType: BUNDLE }])],
    ['with more layers than anybody signs', manifest(Array(MAX_SIGNATURES + 1).fill({}))],
  ])('refuses one %s', (_name, bytes) => {
    expect(failureOf(() => readSignatureManifest(bytes, 'a')).code).toBe('MANIFEST_INVALID');
  });
});

function layer(mediaType: string, annotations?: object) {
  return { mediaType, digest: digestOf(Buffer.from('x')), size: 1, annotations };
}

function manifest(layers: readonly object[]): Uint8Array {
  return Buffer.from(JSON.stringify({ schemaVersion: 2, layers }));
}
