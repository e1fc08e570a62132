import { join } from 'node:path';

/** Where this user's files are. */
export interface Directories {
  /** the store, databases, the global project: what must last */
  readonly data: string;
  /** what can be made again: root filesystem images */
  readonly cache: string;
  readonly configFile: string;
  /** accounts of `mono login` */
  readonly credentialsFile: string;
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
      credentialsFile: join(monoHome, 'credentials.json'),
    };
  }
  function base(name: string, fallback: string): string {
    const value = environment[name];
    return join(value?.startsWith('/') ? value : join(home, fallback), 'mono');
  }
  const config = base('XDG_CONFIG_HOME', '.config');
  return {
    data: base('XDG_DATA_HOME', '.local/share'),
    cache: base('XDG_CACHE_HOME', '.cache'),
    configFile: join(config, 'config.yaml'),
    credentialsFile: join(config, 'credentials.json'),
  };
}
