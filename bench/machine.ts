import { cpus, release, totalmem } from 'node:os';

/** What a reader must know of the machine to place the figures. */
export function describeMachine() {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cpuCount: processors.length,
    memoryGib: Math.round(totalmem() / 1024 ** 3),
    kernel: release(),
    node: process.version,
    date: new Date().toISOString(),
  };
}
