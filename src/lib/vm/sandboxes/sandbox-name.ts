import { randomInt } from 'node:crypto';
import { MonoError } from '../../errors.js';
import { redact } from '../../base/redact.js';

/** Longest name; it is also a file name. */
const MAX_NAME_CHARACTERS = 63;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;
/** So often other words are tried before numbers follow them. */
const WORD_TRIES = 8;

/**
 * Returns a name that somebody has given to a sandbox.
 *
 * @throws {MonoError} `USAGE_INVALID`
 */
export function checkSandboxName(name: string): string {
  if (name.length <= MAX_NAME_CHARACTERS && NAME.test(name)) return name;
  throw new MonoError('USAGE_INVALID', `Cannot use \`${redact(name)}\` as the name of a sandbox`, {
    hint: `A name has up to ${MAX_NAME_CHARACTERS} letters, digits, \`_\`, \`.\`, \`-\` and begins with a letter or digit.`,
  });
}

/** Yields `name`, `name_2`, `name_3`, …: for a sandbox that has a name but may run twice. */
export function* numberedNames(name: string): Generator<string> {
  yield name;
  for (let number = 2; ; number++) yield `${name}_${number}`;
}

/** Yields names that are easy to say and type, without end. */
export function* generatedNames(): Generator<string> {
  for (let tries = 0; tries < WORD_TRIES; tries++) yield twoWords();
  yield* numberedNames(twoWords());
}

function twoWords(): string {
  return `${ADJECTIVES[randomInt(ADJECTIVES.length)]}_${ANIMALS[randomInt(ANIMALS.length)]}`;
}

const ADJECTIVES = [
  ...['able', 'agile', 'amber', 'bold', 'brave', 'bright', 'calm', 'clever', 'cosy', 'crisp'],
  ...['eager', 'early', 'fair', 'fancy', 'fleet', 'fresh', 'gentle', 'glad', 'golden', 'grand'],
  ...['happy', 'honest', 'icy', 'jolly', 'keen', 'kind', 'lively', 'loyal', 'lucid', 'lucky'],
  ...['mellow', 'merry', 'mighty', 'modest', 'neat', 'nimble', 'noble', 'patient', 'plucky'],
  ...['polite', 'proud', 'quick', 'quiet', 'rapid', 'silent', 'silver', 'snowy', 'steady'],
  ...['sunny', 'swift', 'tidy', 'trusty', 'vivid', 'warm', 'wise', 'witty', 'young', 'zesty'],
];

const ANIMALS = [
  ...['badger', 'bear', 'beaver', 'bison', 'camel', 'crane', 'deer', 'dolphin', 'dove', 'eagle'],
  ...['falcon', 'ferret', 'finch', 'fox', 'gecko', 'goose', 'hare', 'hawk', 'heron', 'ibex'],
  ...['jackal', 'jay', 'koala', 'lark', 'lemur', 'lion', 'llama', 'lynx', 'magpie', 'marten'],
  ...['mole', 'moose', 'newt', 'ocelot', 'otter', 'owl', 'panda', 'pike', 'puffin', 'quail'],
  ...['rabbit', 'raven', 'robin', 'salmon', 'seal', 'shrew', 'sparrow', 'stork', 'swan', 'tapir'],
  ...['tiger', 'toad', 'trout', 'turtle', 'vole', 'walrus', 'weasel', 'wolf', 'wombat', 'yak'],
];
