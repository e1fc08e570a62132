import { join } from 'node:path';

/** Where this user's files are. */
export interface Directories {
  /** the store, databases, the global project: what must last */
  readonly data: string;
  /** what can be made again: root filesystem images */
  readonly cache: string;
  readonly configFile: string;
}

/**
 * Returns the directories for an environment: all below `MONO_HOME` if that is set, else by the XDG
 * base directory specification 0.8, which says to ignore relative paths.
 */
export function resolveDirectories(
  environment: Readonly<Record<string, string | undefined>>,
  home: string,
): Directories {
  const monoHome = environment['MONO_HOME'];
  if (monoHome?.startsWith('/')) {
    return {
      data: monoHome,
      cache: join(monoHome, 'cache'),
      configFile: join(monoHome, 'config.yaml'),
    };
  }
  function base(name: string, fallback: string): string {
    const value = environment[name];
    return join(value?.startsWith('/') ? value : join(home, fallback), 'mono');
  }
  return {
    data: base('XDG_DATA_HOME', '.local/share'),
    cache: base('XDG_CACHE_HOME', '.cache'),
    configFile: join(base('XDG_CONFIG_HOME', '.config'), 'config.yaml'),
  };
}
