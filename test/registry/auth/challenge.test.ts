import * as fc from '../../support/fast-check.js';
import { describe, expect, it } from 'vitest';
import { parseChallenges } from '../../../src/lib/registry/auth/challenge.js';

type Expected = readonly (readonly [string, Readonly<Record<string, string>>])[];

describe('parseChallenges()', () => {
  const headers: readonly [header: string, expected: Expected][] = [
    [
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/node:pull"',
      [
        [
          'bearer',
          {
            realm: 'https://auth.docker.io/token',
            service: 'registry.docker.io',
            scope: 'repository:library/node:pull',
          },
        ],
      ],
    ],
    ['Basic realm="a"', [['basic', { realm: 'a' }]]],
    ['BASIC Realm=a', [['basic', { realm: 'a' }]]],
    [
      'Basic realm="a", Bearer realm="b",service="c"',
      [
        ['basic', { realm: 'a' }],
        ['bearer', { realm: 'b', service: 'c' }],
      ],
    ],
    [
      'Negotiate, Basic realm="x"',
      [
        ['negotiate', {}],
        ['basic', { realm: 'x' }],
      ],
    ],
    [
      'Negotiate YII=, Basic realm="x"',
      [
        ['negotiate', {}],
        ['basic', { realm: 'x' }],
      ],
    ],
    ['Bearer realm = "a" , service = "b"', [['bearer', { realm: 'a', service: 'b' }]]],
    [
      'Bearer realm="a,b=\\"c\\" Basic",x="\\\\"',
      [['bearer', { realm: 'a,b="c" Basic', x: '\\' }]],
    ],
    ['Bearer realm="first",realm="second"', [['bearer', { realm: 'first' }]]],
    ['Bearer scope="a b"', [['bearer', { scope: 'a b' }]]],
    [', ,Bearer realm="a",, ,', [['bearer', { realm: 'a' }]]],
    ['Bearer', [['bearer', {}]]],
    ['', []],
    ['   ', []],
    ['"quoted"', []],
    ['Bearer realm="unclosed', [['bearer', {}]]],
    ['Bearer realm="a" service="b"', [['bearer', { realm: 'a' }]]],
    ['Bearer realm=', [['bearer', {}]]],
    ['Bearer realm="a",\u0000', [['bearer', { realm: 'a' }]]],
  ];
  it.each(headers)('reads %s', (header, expected) => {
    expect(plain(header)).toEqual(expected);
  });

  it('keeps names that mean something to objects as mere names', () => {
    const [challenge] = parseChallenges('Bearer __proto__="a",constructor="b"');

    expect([...(challenge?.parameters ?? [])]).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
  });

  it('gives back the parameters of any challenge that was written by the grammar', () => {
    const token = fc.stringMatching(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,10}$/);
    const parameters = fc.dictionary(
      token.map((name) => name.toLowerCase()),
      fc.string({ maxLength: 30 }),
      { minKeys: 1, maxKeys: 4, noNullPrototype: true },
    );
    const challenge = fc.tuple(token, parameters);
    fc.assert(
      fc.property(fc.array(challenge, { minLength: 1, maxLength: 3 }), (challenges) => {
        const header = challenges
          .map(([scheme, values]) => `${scheme} ${quote(values)}`)
          .join(', ');

        expect(plain(header)).toEqual(
          challenges.map(([scheme, values]) => [scheme.toLowerCase(), values]),
        );
      }),
    );
  });

  it('reads anything without an error', () => {
    const piece = fc.constantFrom('Bearer', ' ', ',', '=', '"', '\\', 'a', '\u0000', 'é', '""');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((all) => all.join('')),
        ),
        (header) => {
          for (const { scheme } of parseChallenges(header)) {
            expect(scheme).toMatch(/^[^\s,="]+$/);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('does not look beyond 8 KiB', () => {
    expect(parseChallenges(`${','.repeat(8192)}Basic realm="a"`)).toEqual([]);
    expect(parseChallenges('a,'.repeat(100_000)).length).toBeLessThanOrEqual(4096);
  });
});

function plain(header: string): Expected {
  return parseChallenges(header).map(({ scheme, parameters }) => [
    scheme,
    Object.fromEntries(parameters),
  ]);
}

function quote(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}="${value.replace(/[\\"]/g, '\\$&')}"`)
    .join(',');
}
