import { constants } from 'node:os';
import { ConsoleRing } from '../console-ring.js';
import type { SandboxExit } from '../sandbox-spec.js';
import { ENDED_BY, ENDED_TIMED_OUT } from './monitor-frame-types.js';

/** How a sandbox ended, as its monitor has seen it. */
export interface SandboxEnding {
  /**
   * `code` and `signal`: so did the main process; `machine`: its VMM ended first; `vmmSignal`:
   * its VMM was killed; `request`: somebody stopped it; `protocol`: the guest broke the protocol;
   * `failure`: the main process could not be started
   */
  readonly by: keyof typeof ENDED_BY;
  /** the exit code, the signal's number, or the guest protocol's number of the failure */
  readonly value: number;
  /** whether its time was over */
  readonly timedOut: boolean;
  /** milliseconds since the epoch */
  readonly atMs: number;
  /** the last that the guest's kernel and the VMM said, safe to print */
  readonly console: string;
}

const FIXED_BYTES = 12;

/** Returns the meaning of an ENDED, or of the file that holds one; undefined when it has none. */
export function decodeEnding(payload: Uint8Array): SandboxEnding | undefined {
  const by = names.find((name) => ENDED_BY[name] === payload[0]);
  if (payload.length < FIXED_BYTES || by === undefined) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const console = new ConsoleRing();
  console.write(payload.subarray(FIXED_BYTES));
  return {
    by,
    value: view.getUint8(1),
    timedOut: (view.getUint8(2) & ENDED_TIMED_OUT) !== 0,
    atMs: Number(view.getBigUint64(4, true)),
    console: console.lastLines(),
  };
}

/** Returns the exit of the main process that an ending stands for, as a shell would give it. */
export function exitOfEnding({ by, value }: Pick<SandboxEnding, 'by' | 'value'>): SandboxExit {
  if (by === 'code') return { code: value };
  if (by === 'signal') return { code: SIGNAL_BASE + value, signal: value };
  return by === 'request' ? { code: SIGNAL_BASE + SIGKILL, signal: SIGKILL } : { code: FAILED };
}

/** Returns what ended a sandbox before its main process did, as part of a sentence. */
export function causeOfEnding({ by, value }: Pick<SandboxEnding, 'by' | 'value'>): string {
  if (by === 'machine') return `its VMM ended with exit code ${value}`;
  if (by === 'vmmSignal') return `its VMM was killed by ${signalName(value)}`;
  if (by === 'request') return 'somebody stopped it';
  if (by === 'protocol') return 'its guest broke the protocol';
  return by === 'failure' ? 'its main process did not start' : 'its main process has ended';
}

function signalName(number: number): string {
  const found = Object.entries(constants.signals).find(([, value]) => value === number);
  return found?.[0] ?? `signal ${number}`;
}

const names = Object.keys(ENDED_BY) as (keyof typeof ENDED_BY)[];
const SIGNAL_BASE = 128;
const SIGKILL = 9;
const FAILED = 125;
