import * as fc from '../../support/fast-check.js';
import { cidOf, RAW_CODEC } from '../../../src/lib/store/block/block-id.js';

const keys = fc.string({ unit: 'binary-ascii' }).filter((key) => key !== '__proto__');

/** Values as the nodes of a store consist of. */
export const plainValues = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.maxSafeInteger(),
    fc.nat(70_000),
    fc.boolean(),
    fc.uint8Array({ maxLength: 300 }),
    fc.uint8Array().map((bytes) => cidOf(RAW_CODEC, bytes)),
    fc.string({ unit: 'binary-ascii' }),
    fc.array(tie('value'), { maxLength: 30 }),
    fc.dictionary(keys, tie('value'), {
      maxKeys: 8,
      noNullPrototype: true,
    }),
  ),
})).value;
