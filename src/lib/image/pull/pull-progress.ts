import type { CID } from 'multiformats/cid';
import type { Digest } from '../../base/digest.js';
import type { PullPlan } from './plan-pull.js';

/** What happens during a pull, in this order for each layer. */
export type PullProgress =
  | { readonly type: 'planned'; readonly plan: PullPlan }
  | { readonly type: 'layerStarted'; readonly digest: Digest; readonly sizeBytes: number }
  | {
      readonly type: 'layerReceived';
      readonly digest: Digest;
      /** compressed bytes so far */
      readonly receivedBytes: number;
      readonly sizeBytes: number;
    }
  /** the connection broke, and the rest is asked for again */
  | { readonly type: 'layerResumed'; readonly digest: Digest; readonly receivedBytes: number }
  | {
      readonly type: 'layerUnpacked';
      readonly digest: Digest;
      readonly unpackedBytes: number;
      readonly entryCount: number;
    }
  | { readonly type: 'pulled'; readonly root: CID };
