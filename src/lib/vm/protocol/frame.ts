import { concatBytes } from '../../base/async.js';
import { protocolError } from './protocol-error.js';
import { FRAME_HEADER_BYTES, FRAME_MAX_PAYLOAD_BYTES } from './frame-types.js';

/** One frame of the guest protocol: `u8 type | u8 0 | u16le session | u32le length | payload`. */
export interface Frame {
  readonly type: number;
  /** 0 for the machine, else the session's number */
  readonly session: number;
  readonly payload: Uint8Array;
}

/** Returns the bytes of a frame. */
export function encodeFrame(type: number, session: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(FRAME_HEADER_BYTES + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, type);
  view.setUint16(2, session, true);
  view.setUint32(4, payload.length, true);
  bytes.set(payload, FRAME_HEADER_BYTES);
  return bytes;
}

/**
 * Cuts a stream of bytes into frames. Holds no more than one frame and one piece of the source at a
 * time. Ends where the source ends, also inside a frame: the peer is then gone.
 *
 * @throws {MonoError} `VM_PROTOCOL` when the bytes are no frame
 */
export async function* decodeFrames(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Frame, void> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let neededBytes = FRAME_HEADER_BYTES;
  for await (const piece of source) {
    held.push(piece);
    heldBytes += piece.length;
    if (heldBytes < neededBytes) continue;
    let rest = concatBytes(held, heldBytes);
    for (;;) {
      neededBytes = frameSize(rest);
      if (rest.length < neededBytes) break;
      yield frameOf(rest.subarray(0, neededBytes));
      rest = rest.subarray(neededBytes);
    }
    held = [rest];
    heldBytes = rest.length;
  }
}

/** Size of the frame that starts with `bytes`, or of a header while that is incomplete. */
function frameSize(bytes: Uint8Array): number {
  if (bytes.length < FRAME_HEADER_BYTES) return FRAME_HEADER_BYTES;
  const payloadBytes = viewOf(bytes).getUint32(4, true);
  if (bytes[1] !== 0 || payloadBytes > FRAME_MAX_PAYLOAD_BYTES) {
    throw protocolError('what it sent is not a frame');
  }
  return FRAME_HEADER_BYTES + payloadBytes;
}

function frameOf(bytes: Uint8Array): Frame {
  const view = viewOf(bytes);
  return {
    type: view.getUint8(0),
    session: view.getUint16(2, true),
    payload: bytes.subarray(FRAME_HEADER_BYTES),
  };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
