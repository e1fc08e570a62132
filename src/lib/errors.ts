import type { ErrorCode } from './error-codes.js';

/** A value that can stand in an error's details and be printed or serialised as it is. */
export type DetailValue = string | number | boolean | null | readonly DetailValue[];

/** Options of a `MonoError`. */
export interface MonoErrorOptions {
  /** facts about the failure, by name; safe to print (already redacted) */
  readonly details?: Readonly<Record<string, DetailValue>>;
  /** one imperative sentence that is true for every caller */
  readonly hint?: string;
  readonly cause?: unknown;
}

/**
 * The one error type that this library throws for conditions a user can meet.
 *
 * `code` is stable and decides the exit code (see `error-codes.ts`). The message is one sentence
 * without a final full stop: the action and its object, a colon, the state found.
 * Match on `code`, not on `instanceof`: two copies of a package break the latter.
 */
export class MonoError extends Error {
  override readonly name = 'MonoError';
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, DetailValue>>;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: MonoErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
    this.hint = options.hint;
  }
}

/** Returns whether `error` is a `MonoError`, of the given code if one is given. */
export function isMonoError(error: unknown, code?: ErrorCode): error is MonoError {
  return (
    error instanceof Error &&
    error.name === 'MonoError' &&
    'code' in error &&
    (code === undefined || error.code === code)
  );
}

/**
 * Throws a plain `Error` when `condition` is false: a broken assumption of the program itself,
 * never a condition that input can cause.
 */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`Invariant broken: ${message}`);
}
