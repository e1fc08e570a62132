import { Command, Flags } from '@oclif/core';
import { Context } from './context.js';

/** The flags that every command has, as they are parsed. */
export interface BaseFlags {
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly 'no-color': boolean;
  readonly directory?: string | undefined;
}

/** The flag `--verbose` without its letter, which means something else to some commands. */
export const VERBOSE = {
  default: false,
  summary: 'say more on stderr',
  helpGroup: 'GLOBAL',
  env: 'MONO_VERBOSE',
};

/** What all commands share: flags, the way to the program's parts, how errors and JSON leave. */
export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true;

  static override baseFlags = {
    quiet: Flags.boolean({
      default: false,
      char: 'q',
      summary: 'say nothing but results and errors',
      helpGroup: 'GLOBAL',
      env: 'MONO_QUIET',
      exclusive: ['verbose'],
    }),
    verbose: Flags.boolean({ ...VERBOSE, char: 'v' }),
    'no-color': Flags.boolean({
      default: false,
      summary: 'print without colors (also with NO_COLOR)',
      helpGroup: 'GLOBAL',
      env: 'MONO_NO_COLOR',
    }),
    directory: Flags.string({
      char: 'C',
      summary: 'work as if started in this directory',
      helpGroup: 'GLOBAL',
      helpValue: 'DIR',
      env: 'MONO_DIRECTORY',
    }),
  };

  #context: Context | undefined;

  /** Returns the way to the parts of the program, for the flags of this run. */
  protected context(flags: BaseFlags): Context {
    this.#context ??= new Context({
      ...flags,
      json: this.jsonEnabled(),
      programRoot: this.config.root,
      version: this.config.version,
    });
    return this.#context;
  }

  override jsonEnabled(): boolean {
    const asked = /^(?:1|true)$/.test(process.env['MONO_JSON'] ?? '');
    return super.jsonEnabled() || (this.ctor.enableJsonFlag && asked);
  }

  override logJson(document: unknown): void {
    process.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`);
  }

  protected override async catch(error: Error): Promise<never> {
    return Promise.reject(error);
  }

  protected override async finally(): Promise<void> {
    await this.#context?.close();
  }
}
