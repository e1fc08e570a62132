// Preloaded with --require: writes the files that the program loaded to $LOADED_MODULES.
const { appendFileSync } = require('node:fs');
const { register } = require('node:module');

const hooks = `
  import { appendFileSync } from 'node:fs';
  export async function load(url, context, next) {
    appendFileSync(${JSON.stringify(process.env.LOADED_MODULES)}, url + '\\n');
    return next(url, context);
  }`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
process.on('exit', () => {
  const files = Object.keys(require.cache).filter((path) => path !== __filename);
  appendFileSync(process.env.LOADED_MODULES, files.map((path) => `${path}\n`).join(''));
});
