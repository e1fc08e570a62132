import { closestWord } from '../../base/closest-word.js';
import { redact } from '../../base/redact.js';
import { isMonoError, MonoError } from '../../errors.js';

/** What must be known of the program to explain a wrong command line. */
export interface UsageContext {
  readonly argv: readonly string[];
  /** ids of the commands, words separated by blanks */
  readonly commands: readonly string[];
}

/**
 * Returns an error that the command line parser threw as a `MonoError` with code `USAGE_INVALID`;
 * any other error as it is.
 */
export function usageError(error: unknown, context: UsageContext): unknown {
  if (isMonoError(error) || !(error instanceof Error)) return error;
  if (!('oclif' in error)) return error;
  const unknown = /^command (.+) not found$/.exec(error.message)?.[1];
  if (unknown !== undefined) return unknownWord(unknown.replaceAll(':', ' '), context);
  const message = redact(parserMessage(error.message));
  return new MonoError('USAGE_INVALID', `Cannot read the command line: ${lowerFirst(message)}`, {
    hint: `Run \`mono ${commandOf(context)}--help\` to see what it takes.`,
  });
}

/** Drops what the parser adds for other programs than this: the list of texts, notes and advice. */
function parserMessage(message: string): string {
  const missing = /^Missing \d+ required args?:\n((?:\S+.*\n?)+)/.exec(message)?.[1];
  if (missing !== undefined) {
    const names = missing.split('\n').flatMap((line) => /^([a-z]\S*) {2}/.exec(line)?.[1] ?? []);
    return `missing ${names.map((name) => name.toUpperCase()).join(', ')}`;
  }
  return message.replace(/\nSee more help with --help$/, '');
}

/** The first word that is no command's: a flag, an argument that its command does not take, a typo. */
function unknownWord(name: string, context: UsageContext): MonoError {
  if (name.startsWith('-')) {
    return new MonoError('USAGE_INVALID', `No flag \`${redact(name)}\` exists before a command`, {
      hint: 'Run `mono --help` to see the commands, and `mono COMMAND --help` for their flags.',
    });
  }
  const command = commandOf({ ...context, argv: name.split(' ') }).trim();
  if (command === '') return unknownCommand(name, context);
  const surplus = name.slice(command.length).trim();
  return new MonoError('USAGE_INVALID', `Command \`${command}\` takes no \`${redact(surplus)}\``, {
    hint: `Run \`mono ${command} --help\` to see what it takes.`,
  });
}

function unknownCommand(name: string, { commands }: UsageContext): MonoError {
  const near = closestWord(name, commands);
  return new MonoError('USAGE_INVALID', `No command \`${redact(name)}\` exists`, {
    hint:
      near === undefined ? 'Run `mono --help` to see them all.' : `Did you mean \`mono ${near}\`?`,
  });
}

function commandOf({ argv, commands }: UsageContext): string {
  const [first = '', second = ''] = argv;
  const pair = `${first} ${second}`;
  if (commands.includes(pair)) return `${pair} `;
  return commands.includes(first) ? `${first} ` : '';
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
