import { encodeFrame } from '../protocol/frame.js';
import { FRAME_MAX_PAYLOAD_BYTES } from '../protocol/frame-types.js';
import type { HostProcess, MachinePlan } from '../vmm.js';
import { CLIENT_FRAME, LAUNCH_KEEP_RECORD, ROLE } from './monitor-frame-types.js';

/** How a monitor watches over its sandbox. */
export interface WatchOptions {
  /** most that both files of the log hold in `bytes`; 0 for no log */
  readonly logLimitBytes: number;
  /** how long the main process may run, in `seconds`; 0 for as long as it likes */
  readonly timeoutSeconds: number;
  /** number of the signal that asks the main process to end */
  readonly stopSignal: number;
  /** whether the end is recorded in the directory */
  readonly keepsRecord: boolean;
}

/** Returns the frames that make a monitor start the machine. */
export function launchFrames(plan: MachinePlan, watch: WatchOptions): Uint8Array[] {
  return [
    ...processFrames(ROLE.vmm, plan.vmm),
    ...plan.helpers.flatMap((helper) => [
      ...processFrames(ROLE.helper, helper),
      text(CLIENT_FRAME.processSocket, helper.socket),
    ]),
    encodeFrame(CLIENT_FRAME.launch, 0, watchPayload(watch)),
  ];
}

function processFrames(role: number, program: HostProcess): Uint8Array[] {
  return [
    encodeFrame(CLIENT_FRAME.process, 0, Uint8Array.of(role)),
    ...[program.file, ...program.args].map((it) => text(CLIENT_FRAME.processArgument, it)),
    ...Object.entries(program.env ?? {}).map(([name, value]) =>
      text(CLIENT_FRAME.processVariable, `${name}=${value}`),
    ),
    ...configurationFrames(program.configuration ?? new Uint8Array(0)),
  ];
}

function configurationFrames(bytes: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += FRAME_MAX_PAYLOAD_BYTES) {
    const piece = bytes.subarray(at, at + FRAME_MAX_PAYLOAD_BYTES);
    frames.push(encodeFrame(CLIENT_FRAME.processConfiguration, 0, piece));
  }
  return frames;
}

function watchPayload(watch: WatchOptions): Uint8Array {
  const payload = new Uint8Array(10);
  const view = new DataView(payload.buffer);
  view.setUint32(0, watch.logLimitBytes, true);
  view.setUint32(4, watch.timeoutSeconds, true);
  view.setUint8(8, watch.stopSignal);
  view.setUint8(9, watch.keepsRecord ? LAUNCH_KEEP_RECORD : 0);
  return payload;
}

function text(type: number, value: string): Uint8Array {
  return encodeFrame(type, 0, new TextEncoder().encode(value));
}
