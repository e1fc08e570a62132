#!/usr/bin/env node
// Runs the sources as they are now: the bundle takes less time to make than a loader to translate.
await import('../scripts/build.js');
await import('./run.cjs');
