/** What completion needs to know of a command; the form of `oclif.manifest.json`. */
export interface CompletedCommand {
  readonly hidden?: boolean;
  readonly aliases?: readonly string[];
  readonly flags: Readonly<Record<string, CompletedFlag>>;
  readonly args?: Readonly<Record<string, { readonly options?: readonly string[] }>>;
}

/** A flag of a command. */
interface CompletedFlag {
  readonly type: string;
  readonly char?: string;
  readonly hidden?: boolean;
  readonly options?: readonly string[];
  readonly allowNo?: boolean;
}

/** What a command takes as its arguments. */
export type ArgumentKind = 'image' | 'sandbox' | 'any' | 'none';

/** What can be asked for while a command line is typed. */
export interface CompletionPlaces {
  /** by id, words separated by colons */
  readonly commands: Readonly<Record<string, CompletedCommand>>;
  /** Returns the names that stand in the nearest project. */
  names(): Promise<{ readonly images: readonly string[]; readonly sandboxes: readonly string[] }>;
}

/** What the commands with arguments that are names take. */
const ARGUMENTS: Readonly<Record<string, ArgumentKind>> = {
  attach: 'sandbox',
  diff: 'image',
  exec: 'sandbox',
  export: 'image',
  history: 'image',
  inspect: 'image',
  logs: 'sandbox',
  merge: 'image',
  outdated: 'image',
  push: 'image',
  remove: 'any',
  'remove:image': 'image',
  'remove:sandbox': 'sandbox',
  restart: 'sandbox',
  rm: 'sandbox',
  rollback: 'image',
  run: 'any',
  'run:image': 'image',
  'run:sandbox': 'sandbox',
  shell: 'sandbox',
  start: 'sandbox',
  stop: 'sandbox',
  upgrade: 'image',
  verify: 'image',
  wait: 'sandbox',
  why: 'image',
};

/**
 * Returns what can stand in the place of the last of `words`, which follow the name of the program;
 * that word is what has been typed of it so far.
 */
export async function complete(
  words: readonly string[],
  places: CompletionPlaces,
): Promise<string[]> {
  const typed = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  if (before.includes('--')) return [];
  const { id, depth } = commandIn(before, places.commands);
  const command = id === undefined ? undefined : places.commands[id];
  const candidates = [
    ...(command ? valuesOf(command, before) : []),
    ...(isFlagValue(command, before) ? [] : await wordsAt({ id, depth, typed, before }, places)),
  ];
  return [...new Set(candidates)].filter((word) => word.startsWith(typed)).sort();
}

interface Place {
  readonly id: string | undefined;
  /** number of words that name the command */
  readonly depth: number;
  readonly typed: string;
  readonly before: readonly string[];
}

async function wordsAt(place: Place, places: CompletionPlaces): Promise<readonly string[]> {
  const { id, depth, typed, before } = place;
  const command = id === undefined ? undefined : places.commands[id];
  if (typed.startsWith('-')) return command ? flagsOf(command) : [];
  const words = depth === before.length ? nextWords(before, places.commands) : [];
  if (id === undefined || !command) return words;
  const options = Object.values(command.args ?? {}).flatMap((arg) => arg.options ?? []);
  return [...words, ...options, ...(await namesFor(ARGUMENTS[id] ?? 'none', places))];
}

function commandIn(
  words: readonly string[],
  commands: CompletionPlaces['commands'],
): { id: string | undefined; depth: number } {
  for (const depth of [2, 1]) {
    const id = words.slice(0, depth).join(':');
    if (words.length >= depth && commands[id]) return { id, depth };
  }
  const [first] = words;
  const aliased = Object.keys(commands).find(
    (id) => first !== undefined && commands[id]?.aliases?.includes(first),
  );
  return { id: aliased, depth: aliased === undefined ? 0 : 1 };
}

/** The words that can come next in the name of a command. */
function nextWords(before: readonly string[], commands: CompletionPlaces['commands']): string[] {
  const prefix = before.map((word) => `${word}:`).join('');
  return Object.entries(commands)
    .filter(([id, { hidden }]) => id.startsWith(prefix) && !hidden)
    .map(([id]) => id.slice(prefix.length).split(':')[0] ?? '');
}

function flagsOf({ flags }: CompletedCommand): string[] {
  return Object.entries(flags).flatMap(([name, { hidden, allowNo }]) => {
    if (hidden) return [];
    return allowNo ? [`--${name}`, `--no-${name}`] : [`--${name}`];
  });
}

function isFlagValue(command: CompletedCommand | undefined, before: readonly string[]): boolean {
  return command !== undefined && flagBefore(command, before) !== undefined;
}

function valuesOf(command: CompletedCommand, before: readonly string[]): readonly string[] {
  return flagBefore(command, before)?.options ?? [];
}

/** The flag that the next word is the value of. */
function flagBefore(
  { flags }: CompletedCommand,
  before: readonly string[],
): CompletedFlag | undefined {
  const last = before.at(-1) ?? '';
  const found = Object.entries(flags).find(
    ([name, { char }]) => last === `--${name}` || (char !== undefined && last === `-${char}`),
  );
  return found?.[1].type === 'option' ? found[1] : undefined;
}

async function namesFor(kind: ArgumentKind, places: CompletionPlaces): Promise<readonly string[]> {
  if (kind === 'none') return [];
  const { images, sandboxes } = await places.names();
  if (kind === 'image') return images;
  return kind === 'sandbox' ? sandboxes : [...images, ...sandboxes];
}
