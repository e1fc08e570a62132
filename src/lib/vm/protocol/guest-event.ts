/*
 * What a guest says, decoded from its frames (docs/formats/guest-protocol.md, "Frames of the guest").
 * The guest is hostile: lengths and values are checked, text is made safe to print.
 */
import { redact } from '../../base/redact.js';
import type { Frame } from './frame.js';
import { EXIT_KIND, GUEST_FRAME, STREAM_MAX_PIECE_BYTES } from './frame-types.js';
import { protocolError } from './protocol-error.js';

/** One thing that a guest says. */
export type GuestEvent =
  | { readonly kind: 'hello'; readonly version: number }
  | { readonly kind: 'started'; readonly session: number; readonly pid: number }
  | {
      readonly kind: 'output' | 'errorOutput';
      readonly session: number;
      readonly bytes: Uint8Array;
    }
  | { readonly kind: 'inputCredit'; readonly session: number; readonly bytes: number }
  | {
      readonly kind: 'exit';
      readonly session: number;
      readonly code: number;
      readonly signal: number;
    }
  | GuestError;

/** A failure that a guest reports. */
export interface GuestError {
  readonly kind: 'error';
  /** 0 when it concerns the machine */
  readonly session: number;
  /** one of `FAILURE`, or a number this version does not know */
  readonly failure: number;
  /** Linux's number, or 0 */
  readonly errno: number;
  /** what it was about; safe to print */
  readonly text: string;
}

/**
 * Returns the meaning of a frame from the guest.
 *
 * @throws {MonoError} `VM_PROTOCOL` when it has none
 */
export function decodeGuestEvent(frame: Frame): GuestEvent {
  const { type, session, payload } = frame;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  switch (type) {
    case GUEST_FRAME.hello:
      expectLength(payload, 2);
      return { kind: 'hello', version: view.getUint16(0, true) };
    case GUEST_FRAME.started:
      expectLength(payload, 4);
      return { kind: 'started', session, pid: view.getUint32(0, true) };
    case GUEST_FRAME.output:
    case GUEST_FRAME.errorOutput:
      if (payload.length > STREAM_MAX_PIECE_BYTES) throw protocolError('a piece is too large');
      return {
        kind: type === GUEST_FRAME.output ? 'output' : 'errorOutput',
        session,
        bytes: payload,
      };
    case GUEST_FRAME.inputCredit:
      expectLength(payload, 4);
      return { kind: 'inputCredit', session, bytes: view.getUint32(0, true) };
    case GUEST_FRAME.exit:
      return decodeExit(session, payload);
    case GUEST_FRAME.error:
      return decodeError(session, view);
    default:
      throw protocolError(`it sent a frame of the unknown type ${type}`);
  }
}

function decodeExit(session: number, payload: Uint8Array): GuestEvent {
  expectLength(payload, 2);
  const [how, value = 0] = payload;
  if (how === EXIT_KIND.code) return { kind: 'exit', session, code: value, signal: 0 };
  if (how === EXIT_KIND.signal && value > 0 && value < 128) {
    return { kind: 'exit', session, code: 128 + value, signal: value };
  }
  throw protocolError('it sent an end that is none');
}

function decodeError(session: number, view: DataView): GuestEvent {
  if (view.byteLength < 4) throw protocolError('it sent a frame that is too short');
  const text = new TextDecoder().decode(
    new Uint8Array(view.buffer, view.byteOffset + 4, view.byteLength - 4),
  );
  return {
    kind: 'error',
    session,
    failure: view.getUint16(0, true),
    errno: view.getUint16(2, true),
    text: redact(text),
  };
}

function expectLength(payload: Uint8Array, length: number): void {
  if (payload.length !== length) throw protocolError('it sent a frame of another length');
}
