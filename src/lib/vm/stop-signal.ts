import { LINUX_SIGNALS } from './protocol/linux-signals.js';

/**
 * Returns the signal that an image names as `StopSignal` (`SIGQUIT`, `QUIT` or `3`), SIGTERM where it
 * names none that there is.
 *
 * @see OCI image-spec, "config.md", `StopSignal`
 */
export function stopSignalOf(text: string | undefined): NodeJS.Signals {
  const wanted = text?.trim().toUpperCase() ?? '';
  const name = wanted.startsWith('SIG') ? wanted : `SIG${wanted}`;
  const found = Object.entries(LINUX_SIGNALS).find(
    ([signal, number]) => signal === name || String(number) === wanted,
  );
  return (found?.[0] ?? 'SIGTERM') as NodeJS.Signals;
}
