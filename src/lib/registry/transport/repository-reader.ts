import type { Connection } from './connection.js';

/** What reading a repository takes: a connection, or what answers in the place of a registry. */
export type RepositoryReader = Pick<Connection, 'get' | 'getFromRegistry' | 'distrust'>;
