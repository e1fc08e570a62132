import type { SandboxEnding } from '../monitor/sandbox-ending.js';
import type { SandboxSpec } from '../sandbox-spec.js';
import type { ProcessIdentity } from './process-identity.js';

/** How a sandbox ended, as it is kept. */
export type KeptEnding = Omit<SandboxEnding, 'console'>;

/** What stays the same about a sandbox from one start to the next. */
export interface SandboxDefinition {
  /** what was asked for: a requirement, or the name of an image or sandbox of a project */
  readonly image: string;
  /** CID of the root directory */
  readonly root: string;
  readonly spec: SandboxSpec;
  /** name of the signal that asks its main process to end */
  readonly stopSignal: NodeJS.Signals;
  /** how long its main process may run, in `seconds`; 0 for as long as it likes */
  readonly timeoutSeconds: number;
  /** whether the input of its main process stays open while nobody is attached */
  readonly keepsInput?: boolean;
  /** whether it is forgotten when it has ended */
  readonly removeAtEnd: boolean;
}

/** A sandbox of this user, running or not. */
export interface SandboxRecord extends SandboxDefinition {
  readonly id: string;
  readonly name: string;
  readonly status: 'starting' | 'running' | 'stopped';
  readonly createdMs: number;
  readonly startedMs: number | undefined;
  readonly vmm: string | undefined;
  readonly monitor: ProcessIdentity | undefined;
  /** how its last run ended */
  readonly ending: KeptEnding | undefined;
}
