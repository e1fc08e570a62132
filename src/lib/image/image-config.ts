import { isDigest, type Digest } from '../base/digest.js';
import { redact } from '../base/redact.js';
import { MonoError } from '../errors.js';
import { isJsonObject, parseJsonObject, type JsonObject } from '../registry/manifest/descriptor.js';
import type { Platform } from '../registry/platform.js';

/** A port that the image's program listens on. */
export interface ExposedPort {
  readonly port: number;
  readonly protocol: 'tcp' | 'udp' | 'sctp';
}

/**
 * What an image says of itself and of how it wants to be run.
 *
 * @see OCI image-spec v1.1, config.md
 */
export interface ImageConfig {
  readonly platform: Platform;
  /** digests of the uncompressed layers, bottom layer first */
  readonly diffIds: readonly Digest[];
  /** `NAME=VALUE` */
  readonly env: readonly string[];
  /** what is run when nothing else is asked for, after `entrypoint` */
  readonly cmd: readonly string[];
  readonly entrypoint: readonly string[];
  /** `user[:group]`, names or numbers; empty: root */
  readonly user: string;
  /** empty: `/` */
  readonly workingDir: string;
  readonly exposedPorts: readonly ExposedPort[];
  /** paths that are to be volumes, in order */
  readonly volumes: readonly string[];
  /** such as `SIGTERM` or `15` */
  readonly stopSignal: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
}

const PORT = /^([0-9]{1,5})(?:\/(tcp|udp|sctp))?$/;
const MAX_PORT = 65_535;

/**
 * Returns the image configuration in `bytes`. Unknown fields are passed over; known ones must have
 * their type, where `null` stands for absent.
 *
 * @param subject how errors name the image
 * @throws {MonoError} `IMAGE_CONFIG_INVALID`
 */
export function parseImageConfig(bytes: Uint8Array, subject: string): ImageConfig {
  const document = parseJsonObject(bytes, (reason) => configError(subject, reason));
  const reader = new FieldReader(document, subject);
  const config = reader.object('config');
  return {
    platform: readPlatform(reader),
    diffIds: readDiffIds(reader.object('rootfs')),
    env: config.texts('Env'),
    cmd: config.texts('Cmd'),
    entrypoint: config.texts('Entrypoint'),
    user: config.text('User') ?? '',
    workingDir: config.text('WorkingDir') ?? '',
    exposedPorts: config.keys('ExposedPorts').map((key) => readPort(config, key)),
    volumes: config.keys('Volumes'),
    stopSignal: config.text('StopSignal') ?? undefined,
    labels: config.labels('Labels'),
  };
}

/** Returns the error for a configuration that cannot be used, for this reason. */
export function configError(subject: string, reason: string): MonoError {
  return new MonoError(
    'IMAGE_CONFIG_INVALID',
    `Cannot use the configuration of \`${subject}\`: ${reason}`,
    { details: { reference: subject, reason } },
  );
}

function readPlatform(reader: FieldReader): Platform {
  const os = reader.text('os');
  const architecture = reader.text('architecture');
  const variant = reader.text('variant');
  if (!os || !architecture) throw reader.refuse('it names no operating system or architecture');
  return { os, architecture, ...(variant ? { variant } : {}) };
}

function readDiffIds(rootfs: FieldReader): Digest[] {
  if (rootfs.text('type') !== 'layers') throw rootfs.refuse('its rootfs is not made of layers');
  return rootfs.texts('diff_ids').map((text) => {
    if (isDigest(text)) return text;
    throw rootfs.refuse(`the diffID \`${redact(text)}\` is not a digest`);
  });
}

function readPort(config: FieldReader, key: string): ExposedPort {
  const match = PORT.exec(key);
  const port = Number(match?.[1]);
  if (!match || port < 1 || port > MAX_PORT) {
    throw config.refuse(`the exposed port \`${redact(key)}\` is not valid`);
  }
  return { port, protocol: (match[2] ?? 'tcp') as ExposedPort['protocol'] };
}

/** Reads typed fields of a JSON object. Text must not contain NUL: it ends up in `execve`. */
class FieldReader {
  readonly #fields: JsonObject;
  readonly #subject: string;

  constructor(fields: JsonObject, subject: string) {
    this.#fields = fields;
    this.#subject = subject;
  }

  refuse(reason: string): MonoError {
    return configError(this.#subject, reason);
  }

  text(name: string): string | undefined {
    const value = this.#fields[name] ?? undefined;
    return value === undefined ? undefined : this.#text(value, name);
  }

  texts(name: string): string[] {
    const value = this.#fields[name] ?? [];
    if (!Array.isArray(value)) throw this.refuse(`\`${name}\` is not a list`);
    return value.map((item) => this.#text(item, name));
  }

  object(name: string): FieldReader {
    return new FieldReader(this.#object(name), this.#subject);
  }

  /** The names of an object whose values mean nothing: how Go writes a set. */
  keys(name: string): string[] {
    return Object.keys(this.#object(name)).map((key) => this.#text(key, name));
  }

  labels(name: string): Record<string, string> {
    const pairs = Object.entries(this.#object(name));
    return Object.fromEntries(pairs.map(([key, value]) => [key, this.#text(value, name)]));
  }

  #object(name: string): JsonObject {
    const value = this.#fields[name] ?? {};
    if (!isJsonObject(value)) throw this.refuse(`\`${name}\` is not an object`);
    return value;
  }

  #text(value: unknown, name: string): string {
    if (typeof value !== 'string')
      throw this.refuse(`\`${name}\` holds something that is not text`);
    if (value.includes('\0')) throw this.refuse(`\`${name}\` holds a NUL character`);
    return value;
  }
}
