import { pathText, type PathText } from '../compare/entry-facts.js';
import type { ApplyStep } from './plan-apply.js';

/** One change to a directory of the host. */
export interface ApplyStepDocument extends PathText {
  readonly action: ApplyStep['action'];
  readonly type: ApplyStep['entry']['kind'];
}

/** What was done, or would be; `mono apply --json` prints it. */
export interface ApplyDocument {
  /** absolute path of the directory of the host */
  readonly directory: string;
  /** false with `--dry-run` */
  readonly applied: boolean;
  /** in the order in which they are done; paths begin at the directory */
  readonly steps: readonly ApplyStepDocument[];
}

/** Returns steps as JSON has them. */
export function applyDocument(
  steps: readonly ApplyStep[],
  { directory, isDone }: { readonly directory: string; readonly isDone: boolean },
): ApplyDocument {
  return {
    directory,
    applied: isDone,
    steps: steps.map(({ action, path, entry }) => ({
      action,
      ...pathText(path),
      type: entry.kind,
    })),
  };
}
