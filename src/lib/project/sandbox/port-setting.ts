import type { PortForward } from '../../vm/devices.js';

/** How a forwarded port is written, as a hint. */
export const PORT_RULE =
  'Write it as `8080:80`, `8080:80/udp` or, to be reached from other hosts, `0.0.0.0:8080:80`.';

const PORT = /^(?:(\d{1,3}(?:\.\d{1,3}){3}):)?(?:(\d{1,5}):)?(\d{1,5})(?:\/(tcp|udp))?$/;
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/**
 * Returns the port that `text` (`[[ADDRESS:]HOST:]GUEST[/udp]`) forwards, or undefined when it is
 * none. Without an address only this host reaches it; without a port of the host it is the guest's.
 */
export function parsePort(text: string): PortForward | undefined {
  const match = PORT.exec(text);
  if (!match) return undefined;
  const [, hostAddress = '127.0.0.1', host, guest = '', protocol = 'tcp'] = match;
  const guestPort = Number(guest);
  const hostPort = host === undefined ? guestPort : Number(host);
  if (!IPV4.test(hostAddress) || ![hostPort, guestPort].every(isPort)) return undefined;
  return { protocol: protocol === 'udp' ? 'udp' : 'tcp', hostAddress, hostPort, guestPort };
}

function isPort(port: number): boolean {
  return port >= 1 && port <= 65_535;
}
