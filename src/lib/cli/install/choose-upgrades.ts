import { MonoError } from '../../errors.js';
import type { ImageNews } from '../../project/install/outdated.js';
import type { Context } from '../context.js';

/** What the command line of an upgrade says about choosing. */
export interface ChoiceOptions {
  readonly directory: string;
  /** names that were given: then there is nothing to choose */
  readonly names: readonly string[];
  /** whether requirements move on, so that newer versions outside them count too */
  readonly latest: boolean;
  readonly yes: boolean;
  readonly 'dry-run': boolean;
}

/**
 * Lets a person choose what to upgrade, and returns the names; those that were given where nobody is
 * there to be asked, where nobody wants to be (`yes`), and where there is nothing to choose from.
 *
 * @throws {MonoError} `CANCELLED` when the person leaves, and what looking for news throws
 */
export async function chooseUpgrades(
  context: Context,
  options: ChoiceOptions,
): Promise<readonly string[]> {
  const { directory, names, latest } = options;
  if (names.length > 0 || !mayAsk(context, options)) return names;
  const { findNews } = await import('../../project/install/outdated.js');
  const news = await findNews(directory, {
    resolver: (policy) => context.resolver(undefined, policy),
    signal: context.signal,
  });
  const choices = news.filter((it) => it.state !== 'current' || (latest && isBehind(it)));
  return choices.length === 0 ? names : ask(choices, { latest });
}

/** A person is there when both ends are a terminal, and no script wants a document or silence. */
function mayAsk(context: Context, options: ChoiceOptions): boolean {
  const hasTerminal = process.stdin.isTTY && process.stderr.isTTY;
  const isUnattended = context.isCi || options.yes || options['dry-run'];
  return hasTerminal && context.output.talks && !isUnattended;
}

function isBehind({ latest, wanted }: ImageNews): boolean {
  return latest !== null && latest !== wanted;
}

async function ask(
  news: readonly ImageNews[],
  { latest }: { readonly latest: boolean },
): Promise<string[]> {
  const { default: checkbox } = await import('@inquirer/checkbox');
  const width = Math.max(...news.map(({ name }) => name.length));
  try {
    return await checkbox(
      {
        message: 'Which images are to be upgraded?',
        required: true,
        choices: news.map((it) => ({
          value: it.name,
          name: `${it.name.padEnd(width)}  ${changeOf(it, latest)}`,
          checked: true,
        })),
      },
      { input: process.stdin, output: process.stderr },
    );
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ExitPromptError') throw error;
    throw new MonoError('CANCELLED', 'The operation was interrupted');
  }
}

function changeOf(news: ImageNews, latest: boolean): string {
  const { current, wanted, state } = news;
  if (state === 'moved') return `${wanted} (the tag moved)`;
  const next = latest ? (news.latest ?? wanted) : wanted;
  return `${current ?? 'not locked'} → ${next}`;
}
