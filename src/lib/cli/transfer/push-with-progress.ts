import {
  pushImage,
  type PushImageRequest,
  type PushReport,
} from '../../project/transfer/push-image.js';
import type { TransferServices } from '../../project/transfer/transfer-services.js';
import type { Context } from '../context.js';
import { formatBytes } from '../terminal/format-bytes.js';
import { withLiveArea } from '../terminal/live-area.js';

/** Pushes an image and shows on a terminal how far each blob is. */
export async function pushWithProgress(
  context: Context,
  services: TransferServices,
  request: Omit<PushImageRequest, 'onProgress'>,
): Promise<PushReport> {
  return withLiveArea(context.output, async (area) =>
    pushImage(services, {
      ...request,
      onProgress({ digest, sentBytes, sizeBytes }) {
        const short = digest.slice('sha256:'.length, 'sha256:'.length + 12);
        if (sentBytes >= sizeBytes) area.hide(digest);
        else area.show(digest, `${short}: ${formatBytes(sentBytes)} of ${formatBytes(sizeBytes)}`);
      },
    }),
  );
}
