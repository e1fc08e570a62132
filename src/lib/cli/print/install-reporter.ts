import { versionOf } from '../../project/inspect/list.js';
import type { InstallEvent, PulledImage } from '../../project/install/install.js';
import type { InstalledImage, InstallReport } from '../../project/install/install-report.js';
import type { MovedTag } from '../../project/install/moved-tags.js';
import type { PlannedImage } from '../../project/install/plan-install.js';
import { heldLine } from './held-line.js';
import { formatBytes, formatDuration } from '../terminal/format-bytes.js';
import type { LiveArea } from '../terminal/live-area.js';
import type { Output } from '../terminal/output.js';

type PullingEvent = Extract<InstallEvent, { type: 'pulling' }>;

/** How often a line about a pull under way is added where lines cannot be redrawn, in `ms`. */
const PLAIN_INTERVAL_MS = 5_000;

/** Tells on stderr what an install does, one line a fact, and a moving line for each pull. */
export class InstallReporter {
  readonly #output: Output;
  readonly #startedAt = performance.now();
  readonly #pulls = new Map<string, { startedAt: number; toldAt: number }>();

  constructor(output: Output) {
    this.#output = output;
  }

  /** Tells one event. */
  onEvent(event: InstallEvent, live: LiveArea): void {
    switch (event.type) {
      case 'resolving':
        live.show(event.name, `Resolving ${event.requirement}`);
        break;
      case 'resolved':
        live.hide(event.image.name);
        live.line(this.#resolvedLine(event.image));
        break;
      case 'moved':
        live.line(movedLine(event));
        break;
      case 'pulling':
        this.#pulling(event, live);
        break;
      case 'preparing':
        live.show(event.name, `${event.name}: writing the root filesystem`);
        break;
      case 'installed':
        live.hide(event.image.name);
        live.line(this.#fetchedLine(event.image.name, event.pulled));
    }
  }

  /** Tells what came of it all. */
  summary(report: InstallReport): void {
    for (const { name, heldBack } of report.images) {
      for (const held of heldBack) this.#output.talk(heldLine(name, held));
    }
    const changed = report.images.filter((it) => it.change !== 'none' || it.action === 'pull');
    const isNothing = changed.length === 0 && report.removed.length === 0;
    if (isNothing && !report.fileChanged && !report.lockChanged) {
      this.#output.talk('Already up to date');
      return;
    }
    const { red, bold } = this.#output.style;
    for (const image of changed) this.#output.talk(this.#changeLine(image));
    for (const name of report.removed) this.#output.talk(`${red('-')} ${bold(name)}`);
    this.#output.talk(report.dryRun ? 'Nothing was done (dry run)' : this.#doneLine(report));
  }

  #changeLine(image: InstalledImage): string {
    const { green, yellow, dim, bold } = this.#output.style;
    const { name, version, previousVersion, platform, change, digest } = image;
    if (change !== 'changed') return `${green('+')} ${bold(name)} ${version} ${dim(platform)}`;
    const moved = previousVersion === version ? `${dim(`(now ${digest.slice(0, 19)}…)`)} ` : '';
    const versions = `${previousVersion ?? ''} → ${version} ${moved}`;
    return `${yellow('~')} ${bold(name)} ${versions}${dim(platform)}`;
  }

  #doneLine(report: InstallReport): string {
    const files = [
      ...(report.fileChanged ? ['mono.yaml'] : []),
      ...(report.lockChanged ? ['mono.lock'] : []),
    ];
    const elapsed = formatDuration(performance.now() - this.#startedAt);
    return `Done in ${elapsed}${files.length > 0 ? ` (${files.join(' and ')} updated)` : ''}`;
  }

  #resolvedLine({ locked }: PlannedImage): string {
    const { bold, dim } = this.#output.style;
    const digest = dim(`(${locked.digest.slice(0, 'sha256:'.length + 12)}…)`);
    return `Resolved ${locked.requirement} → ${bold(versionOf(locked))} ${digest}`;
  }

  #pulling({ name, advance }: PullingEvent, live: LiveArea): void {
    const { fetchedBytes, totalBytes } = advance;
    const now = performance.now();
    const pull = this.#pulls.get(name) ?? { startedAt: now, toldAt: now };
    this.#pulls.set(name, pull);
    const seconds = Math.max((now - pull.startedAt) / 1000, 0.001);
    const rate = formatBytes(Math.round(fetchedBytes / seconds));
    const text = `${name}: fetched ${formatBytes(fetchedBytes)} of ${formatBytes(totalBytes)} (${rate}/s)`;
    live.show(name, text);
    if (this.#output.isLive || now - pull.toldAt < PLAIN_INTERVAL_MS) return;
    pull.toldAt = now;
    this.#output.talk(text);
  }

  #fetchedLine(name: string, pulled: PulledImage): string {
    const startedAt = this.#pulls.get(name)?.startedAt ?? this.#startedAt;
    const elapsed = formatDuration(performance.now() - startedAt);
    const reused = formatBytes(pulled.reusedBytes);
    return `Reused ${reused}, fetched ${formatBytes(pulled.fetchedBytes)} in ${elapsed} (${name})`;
  }
}

function movedLine({ name, resolved }: MovedTag): string {
  return `${resolved} moved since it was locked; \`mono upgrade ${name}\` follows it`;
}
