import type { Digest } from '../../base/digest.js';
import type { OpenedFile } from './file-set.js';

/** An image in something else than a registry, as a repository would show it. */
export interface ImageContent {
  /** how errors call it */
  readonly name: string;
  /** names under which images stand in it */
  readonly tags: readonly string[];
  /**
   * Returns the digest of the manifest or index that `tag` names, or, without one, of the only one.
   *
   * @throws {MonoError} `ARCHIVE_IMAGE_NOT_FOUND`
   */
  find(tag: string | undefined): Digest;
  /** Returns a manifest, index, configuration or layer, or `undefined` when it is not there. */
  open(digest: Digest): Promise<ContentBlob | undefined>;
  close(): Promise<void>;
}

/** A blob of an {@link ImageContent}; its bytes are not checked yet. */
export interface ContentBlob extends OpenedFile {
  /** known for manifests and indexes that are named directly */
  readonly mediaType?: string | undefined;
}
