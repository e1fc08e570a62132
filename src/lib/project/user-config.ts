import { canonicalRegistry, registryProblem } from '../registry/registry-name.js';
import { MAX_CPUS } from '../vm/sandbox-spec.js';
import { VMM_WISHES, type VmmWish } from '../vm/vmm-wish.js';
import { parseMemory } from './sandbox/memory-size.js';
import { readReleaseAge } from './policy/read-release-age.js';
import { readSignatureRules, type SignatureRule } from './policy/signature-rules.js';
import { readYaml, type YamlValue } from './project-file/yaml-value.js';

/** What the user's `config.yaml` says; the format is `docs/formats/config-file.md`. */
export interface UserConfig {
  /** by the name that references show (`docker.io`) */
  readonly registries: ReadonlyMap<string, RegistrySettings>;
  readonly defaults: SandboxDefaults;
  /** how long this machine must have known a release before it is taken, in `ms` */
  readonly minimumReleaseAgeMs?: number | undefined;
  /** images that must be signed; default none */
  readonly signatures?: readonly SignatureRule[] | undefined;
  /** whether installs keep the layers that they fetch as they come; default no */
  readonly keepBlobs?: boolean | undefined;
}

/** How a registry is reached. */
export interface RegistrySettings extends EndpointSettings {
  /** asked in this order before the registry itself */
  readonly mirrors?: readonly EndpointSettings[];
}

/** Where a registry or a mirror of it answers. */
export interface EndpointSettings {
  /** base address of the API, without `/v2/` */
  readonly endpoint?: string;
  /** whether plain http, and https with any certificate, will do */
  readonly insecure?: boolean;
  /** path of certificates (PEM) that are trusted beside the usual ones */
  readonly caFile?: string;
  /** paths of the certificate and the key (PEM) that this machine shows */
  readonly clientCertificate?: { readonly certificateFile: string; readonly keyFile: string };
}

/** What a sandbox gets that does not say otherwise. */
export interface SandboxDefaults {
  readonly cpus?: number;
  /** guest memory in `MiB` */
  readonly memoryMib?: number;
  /** what runs it */
  readonly vmm?: VmmWish;
}

const ROOT_KEYS = [
  'registries',
  'defaults',
  'minimumReleaseAge',
  'signatures',
  'keepBlobs',
] as const;
const ENDPOINT_KEYS = ['endpoint', 'insecure', 'ca', 'clientCertificate'] as const;

/**
 * Returns what the text of a configuration file says; an empty one says nothing.
 *
 * @throws {MonoError} `CONFIG_INVALID` with line and column
 */
export function readUserConfig(text: string, path: string): UserConfig {
  const root = readYaml(text, { path, code: 'CONFIG_INVALID' }).root;
  const fields = root.fields(ROOT_KEYS);
  const { registries, defaults, minimumReleaseAge, signatures, keepBlobs } = fields;
  const minimumReleaseAgeMs = readReleaseAge(minimumReleaseAge);
  return {
    registries: readRegistries(registries),
    defaults: readDefaults(defaults),
    ...(minimumReleaseAgeMs === undefined ? {} : { minimumReleaseAgeMs }),
    ...(signatures ? { signatures: readSignatureRules(signatures) } : {}),
    ...(keepBlobs ? { keepBlobs: keepBlobs.boolean() } : {}),
  };
}

function readRegistries(value: YamlValue | undefined): Map<string, RegistrySettings> {
  const registries = new Map<string, RegistrySettings>();
  for (const [name, entry] of value?.entries() ?? []) {
    const problem = registryProblem(name);
    if (problem !== undefined) throw entry.key.fail(`the registry ${problem}`);
    const fields = entry.value.fields([...ENDPOINT_KEYS, 'mirrors']);
    const mirrors = fields.mirrors?.items().map((mirror) => readMirror(mirror));
    const settings = { ...readEndpoint(fields), ...(mirrors ? { mirrors } : {}) };
    registries.set(canonicalRegistry(name), settings);
  }
  return registries;
}

function readMirror(value: YamlValue): EndpointSettings {
  const fields = value.fields(ENDPOINT_KEYS);
  if (!fields.endpoint) throw value.fail('a mirror needs the key `endpoint`');
  return readEndpoint(fields);
}

type EndpointFields = Partial<Record<(typeof ENDPOINT_KEYS)[number], YamlValue>>;

function readEndpoint(fields: EndpointFields): EndpointSettings {
  const { endpoint, insecure, ca, clientCertificate } = fields;
  return {
    ...(endpoint ? { endpoint: readUrl(endpoint) } : {}),
    ...(insecure ? { insecure: insecure.boolean() } : {}),
    ...(ca ? { caFile: readPath(ca) } : {}),
    ...(clientCertificate ? { clientCertificate: readClientCertificate(clientCertificate) } : {}),
  };
}

function readUrl(value: YamlValue): string {
  const text = value.string();
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return text;
  throw value.fail('not an http or https address', 'Write it as `https://registry.example:5000`.');
}

function readClientCertificate(
  value: YamlValue,
): NonNullable<EndpointSettings['clientCertificate']> {
  const { certificate, key } = value.fields(['certificate', 'key']);
  if (!certificate || !key) throw value.fail('the keys `certificate` and `key` are needed');
  return { certificateFile: readPath(certificate), keyFile: readPath(key) };
}

function readPath(value: YamlValue): string {
  const path = value.string();
  if (path.startsWith('/')) return path;
  throw value.fail('an absolute path is expected');
}

function readDefaults(value: YamlValue | undefined): SandboxDefaults {
  const { cpus, memory, vmm } = value?.fields(['cpus', 'memory', 'vmm']) ?? {};
  const memoryMib = memory && parseMemory(memory.scalar());
  if (memory && memoryMib === undefined) {
    throw memory.fail('not a size of memory', 'Write it as `512MiB` or `2GiB`.');
  }
  return {
    ...(cpus ? { cpus: cpus.integer(1, MAX_CPUS) } : {}),
    ...(memoryMib === undefined ? {} : { memoryMib }),
    ...(vmm ? { vmm: readVmm(vmm) } : {}),
  };
}

function readVmm(value: YamlValue): VmmWish {
  const wish = VMM_WISHES.find((it) => it === value.scalar());
  if (wish === undefined) throw value.fail('not a VMM', `Write one of ${VMM_WISHES.join(', ')}.`);
  return wish;
}
