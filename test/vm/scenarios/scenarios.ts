import { DEVICE_SCENARIOS } from './device-scenarios.js';
import { DISK_SCENARIOS } from './disk-scenarios.js';
import { NETWORK_SCENARIOS } from './network-scenarios.js';
import { PROCESS_SCENARIOS } from './process-scenarios.js';
import type { Scenario } from './stage.js';

/** What every VMM must do. Each suite of a VMM plays all of them. */
export const SCENARIOS: readonly Scenario[] = [
  ...PROCESS_SCENARIOS,
  ...DISK_SCENARIOS,
  ...DEVICE_SCENARIOS,
  ...NETWORK_SCENARIOS,
];
