import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The keywords of JSON Schema that the published schemas use. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly propertyNames?: Schema;
  readonly additionalProperties?: boolean | Schema;
}

const KNOWN = new Set([
  ...['$schema', 'title', 'description', 'type', 'enum', 'pattern', 'minimum', 'maximum', 'items'],
  ...['properties', 'required', 'propertyNames', 'additionalProperties'],
]);

/** Returns the published schema `name`. */
export function readSchema(name: string): unknown {
  const path = join(import.meta.dirname, '../../schemas', name);
  return JSON.parse(readFileSync(path, 'utf8')) as unknown;
}

/** Returns what `value` has that `schema` does not allow; a keyword that is not known is a fault. */
export function schemaFaults(value: unknown, schema: unknown, path = '$'): string[] {
  const it = schema as Schema;
  const unknown = Object.keys(it).filter((key) => !KNOWN.has(key));
  if (unknown.length > 0) return [`${path}: the schema has unknown keywords ${unknown.join(', ')}`];
  return [...valueFaults(value, it, path), ...childFaults(value, it, path)];
}

function valueFaults(value: unknown, schema: Schema, path: string): string[] {
  const { type, pattern, minimum = -Infinity, maximum = Infinity } = schema;
  const types = type === undefined ? undefined : [type].flat();
  const checks: [isMet: boolean, fault: string][] = [
    [types?.some((it) => hasType(value, it)) ?? true, `not ${types?.join('|')}`],
    [isOneOf(value, schema.enum), 'not one of the values'],
    [typeof value !== 'string' || new RegExp(pattern ?? '', 'u').test(value), `not ${pattern}`],
    [typeof value !== 'number' || (value >= minimum && value <= maximum), 'out of bounds'],
  ];
  return checks.filter(([isMet]) => !isMet).map(([, fault]) => `${path}: ${fault}`);
}

function isOneOf(value: unknown, values: readonly unknown[] = [value]): boolean {
  return values.includes(value);
}

function childFaults(value: unknown, schema: Schema, path: string): string[] {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items
      ? value.flatMap((item, index) => schemaFaults(item, items, `${path}[${index}]`))
      : [];
  }
  if (typeof value !== 'object' || value === null) return [];
  const entries = Object.entries(value);
  const missing = (schema.required ?? []).filter((key) => !Object.hasOwn(value, key));
  return [
    ...missing.map((key) => `${path}: ${key} is missing`),
    ...entries.flatMap(([key, child]) => propertyFaults({ key, child }, schema, path)),
  ];
}

function propertyFaults(
  { key, child }: { readonly key: string; readonly child: unknown },
  schema: Schema,
  path: string,
): string[] {
  const { properties, propertyNames, additionalProperties } = schema;
  const names = propertyNames ? schemaFaults(key, propertyNames, `${path} key ${key}`) : [];
  const own = properties?.[key] ?? additionalProperties;
  if (own === false) return [...names, `${path}: ${key} is not known`];
  if (own === undefined || own === true) return names;
  return [...names, ...schemaFaults(child, own, `${path}.${key}`)];
}

function hasType(value: unknown, type: string): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object')
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === type;
}
