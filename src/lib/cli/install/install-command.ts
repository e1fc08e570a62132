import { installReport, type InstallReport } from '../../project/install/install-report.js';
import {
  install,
  type InstallResult,
  type InstallServices,
} from '../../project/install/install.js';
import { anchorRequirement } from '../../project/requirement/anchor-requirement.js';
import { parseRequirement } from '../../project/requirement/requirement.js';
import type { Platform } from '../../registry/platform.js';
import { installServices } from '../compose/install-services.js';
import type { Context } from '../context.js';
import { InstallReporter } from '../print/install-reporter.js';
import { installPlace } from './install-place.js';
import { withLiveArea } from '../terminal/live-area.js';

/** What the command line of an install says. */
export interface InstallOptions {
  readonly requirements: readonly string[];
  readonly global: boolean;
  readonly name?: string | undefined;
  readonly platform?: string | undefined;
  readonly 'frozen-lockfile'?: boolean | undefined;
  readonly offline: boolean;
  readonly 'allow-fresh'?: boolean | undefined;
  readonly 'keep-blobs'?: boolean | undefined;
  readonly 'dry-run': boolean;
}

/** Installs, tells about it on stderr and returns the document for `--json`. */
export async function runInstall(
  context: Context,
  options: InstallOptions,
): Promise<InstallReport> {
  const parsed = options.requirements.map(parseRequirement);
  const place = await installPlace(context, {
    global: options.global,
    isAdding: parsed.length > 0,
  });
  if (place.create && !options['dry-run']) {
    context.output.talk(
      `Starting a project in \`${place.directory}\`: there is none here or above`,
    );
  }
  const to = options.global ? undefined : place.directory;
  const add = parsed.map((it) => anchorRequirement(it, { from: context.directory, to }));
  const request = {
    ...place,
    add,
    name: options.name,
    platform: context.platform(options.platform),
    frozen: options['frozen-lockfile'] ?? (context.isCi ? ('whenLocked' as const) : false),
    offline: options.offline,
    allowFresh: options['allow-fresh'],
    dryRun: options['dry-run'],
  };
  // Keys are files, which can change: with them, each install looks for itself.
  const isStamped = options.platform === undefined && !(await context.userConfig()).signatures;
  return reportInstall(context, request.platform, (services) =>
    install(request, {
      ...services,
      puller: () => services.puller({ keepBlobs: options['keep-blobs'] }),
      settle: async (project) => (isStamped ? context.settle(project) : undefined),
    }),
  );
}

/** Does the work of an install, tells about it on stderr and returns the document for `--json`. */
export async function reportInstall(
  context: Context,
  platform: Platform,
  work: (services: InstallServices) => Promise<InstallResult>,
): Promise<InstallReport> {
  const reporter = new InstallReporter(context.output);
  const result = await withLiveArea(context.output, async (area) =>
    work({
      ...installServices(context, (event) => reporter.onEvent(event, area), platform),
      // What is found in the store must not be collected before mono.lock names it.
      async builtRoot(manifest) {
        await context.imageStore('writing');
        return context.builtRoot(manifest);
      },
    }),
  );
  const report = installReport(result);
  reporter.summary(report);
  return report;
}
