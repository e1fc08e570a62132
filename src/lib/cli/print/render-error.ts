import { ERROR_CODES, EXIT, type ErrorCode } from '../../error-codes.js';
import { isMonoError, type DetailValue } from '../../errors.js';
import { createStyle } from '../terminal/style.js';

/** What is told of a failure, on stderr and in the JSON document. */
export interface ErrorReport {
  readonly code: ErrorCode | 'BUG';
  readonly message: string;
  readonly hint: string | null;
  readonly exitCode: number;
  readonly details: Readonly<Record<string, DetailValue>>;
  /** messages of what led to it, nearest first */
  readonly causes: readonly string[];
  /** where in the program it happened; for bugs only */
  readonly stack?: string;
}

/** The longest chain of causes that is told. */
const MAX_CAUSES = 8;

const DAMAGED_STORE_HINT =
  'Run `mono verify --repair`, which fetches again what is damaged, and nothing else.';

/** Advice that only the command line can give, by code. */
const HINTS: Partial<Record<ErrorCode, string>> = {
  PROJECT_NOT_FOUND: 'Run `mono init` to start a project here, or use `-g` for your own images.',
  PROJECT_EXISTS: 'Run `mono install` to install what it names.',
  LOCKFILE_OUTDATED: 'Run `mono install` without `--frozen-lockfile` and commit mono.lock.',
  REGISTRY_NOT_FOUND: 'Check the name; a private image also needs credentials.',
  REGISTRY_UNREACHABLE: 'Check the name of the registry and the network, then run it again.',
  OFFLINE: 'Run the command again without `--offline`.',
  STORE_BLOCK_CORRUPT: DAMAGED_STORE_HINT,
  STORE_BLOCK_MISSING: DAMAGED_STORE_HINT,
  VM_UNAVAILABLE: 'Install QEMU: `apt-get install qemu-system-x86`.',
};

/** Returns the report of anything that was thrown. */
export function reportError(error: unknown): ErrorReport {
  const causes = causesOf(error);
  if (isMonoError(error)) {
    return {
      code: error.code,
      message: error.message,
      hint: error.hint ?? HINTS[error.code] ?? null,
      exitCode: ERROR_CODES[error.code].exit,
      details: error.details,
      causes,
    };
  }
  const thrown = error instanceof Error ? error : new Error(String(error));
  return {
    code: 'BUG',
    message: `${thrown.message} (this is a bug in mono)`,
    hint: 'Report it with the lines above and the command that you ran.',
    exitCode: EXIT.bug,
    details: {},
    causes,
    ...(thrown.stack === undefined ? {} : { stack: thrown.stack }),
  };
}

/** Returns `report` as the lines that stderr gets. */
export function renderError(report: ErrorReport, isColored: boolean): string {
  const style = createStyle(isColored);
  const lines = [
    `${style.red(style.bold('error:'))} ${report.message}`,
    `  code: ${report.code}`,
    ...report.causes.map((cause) => `  caused by: ${cause}`),
  ];
  if (report.stack !== undefined) lines.push(style.dim(report.stack.replace(/^.*\n/, '')));
  if (report.hint !== null) lines.push('', `${style.bold('hint:')} ${report.hint}`);
  return `${lines.join('\n')}\n`;
}

/** Messages of the chain of causes; what the message above it already says is left out. */
function causesOf(error: unknown): string[] {
  const causes: string[] = [];
  let above = error instanceof Error ? error.message : '';
  let cause: unknown = error instanceof Error ? error.cause : undefined;
  while (cause instanceof Error && causes.length < MAX_CAUSES) {
    if (!above.includes(cause.message)) {
      causes.push(cause.message);
      above = cause.message;
    }
    cause = cause.cause;
  }
  return causes;
}
