import type { GuestNetwork } from './devices.js';
import type { Frame } from './protocol/frame.js';

/** What is known of the end of a machine. */
export interface Diagnosis {
  /** part of a sentence; undefined while it runs, and when nobody saw its end */
  readonly cause: string | undefined;
  /** the last that the guest's kernel and the VMM said, safe to print */
  readonly console: string;
}

/** A started machine. Its channel leads to the guest program. */
export interface Machine {
  /** how the guest reaches the network */
  readonly network: GuestNetwork | undefined;
  /** what the guest says; ends when the machine does; to be consumed once */
  readonly frames: AsyncIterable<Frame>;
  /** Sends bytes to the guest; fulfilled when more may be sent. What a dead machine gets is lost. */
  send(bytes: Uint8Array): Promise<void>;
  /** Returns what is known of its end. */
  diagnosis(): Diagnosis;
  /** Ends the machine at once and waits until its process is gone. May be called again. */
  stop(): Promise<void>;
}
