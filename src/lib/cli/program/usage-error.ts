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
  if (unknown !== undefined) return unknownCommand(unknown.replaceAll(':', ' '), context);
  const message = redact(error.message.replace(/\nSee more help with --help$/, ''));
  return new MonoError('USAGE_INVALID', `Cannot read the command line: ${lowerFirst(message)}`, {
    hint: `Run \`mono ${commandOf(context)}--help\` to see what it takes.`,
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
