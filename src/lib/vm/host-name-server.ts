import { readFile } from 'node:fs/promises';

const RESOLVER_FILE = '/etc/resolv.conf';
/** A reserved address (RFC 5737) that nothing answers at: names then do not resolve, and say so late. */
const NOBODY = '192.0.2.1';
const NAME_SERVER = /^[ \t]*nameserver[ \t]+((?:\d{1,3}\.){3}\d{1,3})[ \t]*$/m;

/**
 * Returns the IPv4 address of the first name server that this host asks, which a guest without a
 * network of its own asks too.
 */
export async function hostNameServer(resolverFile = RESOLVER_FILE): Promise<string> {
  const text = await readFile(resolverFile, 'latin1').catch(() => '');
  const address = NAME_SERVER.exec(text)?.[1];
  const isAddress = address?.split('.').every((part) => Number(part) <= 255) ?? false;
  return address !== undefined && isAddress ? address : NOBODY;
}
