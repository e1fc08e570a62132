import { Listr, ListrLogger, ProcessOutput } from 'listr2';

/** A spinner with text on stderr. */
export interface LiveTask {
  redraw(): void;
  /** Takes it off the screen. */
  end(): Promise<void>;
}

/** Starts a spinner on stderr that shows what `text` returns, which may be several lines. */
export function startLiveTask(text: () => string): LiveTask {
  let finish: () => void = ignore;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  let setTitle: (title: string) => void = ignore;
  const processOutput = new ProcessOutput(process.stderr, process.stderr);
  const tasks = new Listr(
    [
      {
        title: text(),
        task: (_context, task) => {
          setTitle = (title) => {
            task.title = title;
          };
          return finished;
        },
      },
    ],
    {
      renderer: 'default',
      fallbackRendererCondition: false,
      // The context decides what an interrupt means; the work then ends and so does this.
      registerSignalListeners: false,
      rendererOptions: {
        clearOutput: true,
        formatOutput: 'truncate',
        logger: new ListrLogger({ processOutput, useIcons: true, toStderr: [] }),
      },
    },
  );
  const ended = tasks.run();
  return {
    redraw: () => setTitle(text()),
    async end() {
      finish();
      await ended;
    },
  };
}

function ignore(): void {
  // Replaced as soon as the task runs.
}
