import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeScenarioImage } from '../scenarios/scenario-image.js';
import { SCENARIOS } from '../scenarios/scenarios.js';
import { krunPlaces } from './krun-places.js';
import { playNested, type NestedRun } from './play-nested.js';
import { prepareExchange } from './prepare-exchange.js';

/** Three outer machines that each stand still at their last scenario. */
const SUITE_TIMEOUT_MS = 20 * 60_000;

const directory = mkdtempSync(join(tmpdir(), 'mono-nested-'));
let run: NestedRun;

beforeAll(async () => {
  await prepareExchange(directory, join(import.meta.dirname, 'inner.ts'));
  const image = await writeScenarioImage(join(directory, 'image'));
  const scenarios = SCENARIOS.map(({ name }) => name);
  run = await playNested(directory, { ...(await krunPlaces()), scenarios, image });
  console.log(`nested: ${run.starts} outer machine(s) for ${scenarios.length} scenarios`);
  for (const { name, durationMs, text } of run.lost)
    console.log(`nested: lost after ${durationMs} ms, ${name}: ${text}`);
}, SUITE_TIMEOUT_MS);

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe('a krun machine', () => {
  it.each(SCENARIOS)('$name', ({ name }) => {
    const result = run.results.find((it) => it.name === name);

    expect(result?.text ?? '', `console of the outer machine:\n${run.console}`).toBe('');
    expect(result, run.console).toMatchObject({ outcome: 'passed' });
  });
});
