import { writeFileAtomic } from '../../io/atomic-file.js';
import {
  stampOf,
  type StampContext,
  type StampedProject,
} from '../../project/install/install-stamp.js';

/** Notes that an install of `project` has nothing to do until something changes. */
export async function writeStamp(project: StampedProject, context: StampContext): Promise<void> {
  const { path, text } = stampOf(project, context);
  await writeFileAtomic(path, text);
}
