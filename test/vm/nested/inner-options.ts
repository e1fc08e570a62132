import type { ScenarioImage } from '../scenarios/scenario-image.js';

/** What the inner program is told: `options.json` of the exchange. All paths are the host's. */
export interface InnerOptions {
  /** names of the scenarios to play */
  readonly scenarios: readonly string[];
  readonly launcher: string;
  readonly library: string;
  readonly kernel: string;
  readonly monitor: string;
  readonly guestProgram: string;
  readonly diskTemplate: string;
  readonly image: ScenarioImage;
}

/** What it answers: a line of `results.jsonl` for each scenario. */
export interface InnerResult {
  readonly name: string;
  /** `lost` when a machine stood still, or ended without a word: it may be the emulation's fault */
  readonly outcome: 'passed' | 'failed' | 'lost';
  readonly durationMs: number;
  /** what went wrong */
  readonly text?: string;
}
