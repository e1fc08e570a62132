import { networkInterfaces } from 'node:os';

/** Returns an IPv4 address of this host that others reach it at. */
export function outsideAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const outside = all.find(({ family, internal }) => family === 'IPv4' && !internal);
  if (!outside) throw new Error('this host has no address but its loopback');
  return outside.address;
}
