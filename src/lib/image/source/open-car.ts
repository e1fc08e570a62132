import type { CID } from 'multiformats/cid';
import { rootOf } from '../../fs/version/version.js';
import {
  isJsonObject,
  parseJsonObject,
  type JsonObject,
} from '../../registry/manifest/descriptor.js';
import type { Platform } from '../../registry/platform.js';
import { writeTar } from '../../rootfs/tar/write-tar.js';
import { importCar } from '../../store/car/car.js';
import type { IpldStore } from '../../store/ipld-store.js';
import { archiveInvalid } from '../archive/archive-errors.js';
import type { ByteFile } from '../archive/byte-file.js';
import type { ImageContent } from '../archive/image-content.js';
import { openOneLayer } from '../archive/one-layer-content.js';
import { parseImageConfig } from '../image-config.js';

/** The codec of a configuration in a CAR file: raw bytes. */
const RAW = 0x55;

/** Where the blocks go, and what a tree without a configuration is for. */
export interface CarServices {
  store(): Promise<IpldStore>;
  readonly platform: Platform;
}

/**
 * Returns the tree in a CAR file as an image of one layer. The first root is the tree or a version
 * of it; a second one, if it is there, the image's configuration. The blocks are put into the store,
 * where nothing points to them: what is not used is collected.
 *
 * @throws {MonoError} `CAR_INVALID`, `ARCHIVE_INVALID`, `IMAGE_CONFIG_INVALID`; as `importCar` and
 *   `rootOf`
 */
export async function openCar(file: ByteFile, services: CarServices): Promise<ImageContent> {
  const store = await services.store();
  const { roots } = await importCar(file.stream(), store);
  const [first, second] = roots;
  if (!first) throw archiveInvalid(file.path, 'it has no root');
  const root = await rootOf(store, first);
  const { platform, config } = await readConfig(store, second, { file, services });
  return openOneLayer({
    name: file.path,
    open: () => writeTar(store, root),
    compression: 'none',
    platform,
    config,
    close: () => file.close(),
  });
}

async function readConfig(
  store: IpldStore,
  cid: CID | undefined,
  { file, services }: { readonly file: ByteFile; readonly services: CarServices },
): Promise<{ readonly platform: Platform; readonly config: JsonObject | undefined }> {
  if (cid?.code !== RAW) return { platform: services.platform, config: undefined };
  const bytes = await store.getRawBlock(cid);
  const { platform } = parseImageConfig(bytes, file.path);
  const { config } = parseJsonObject(bytes, (reason) => archiveInvalid(file.path, reason));
  return { platform, config: isJsonObject(config) ? config : undefined };
}
