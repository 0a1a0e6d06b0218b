/** The terminal: lines, and on a TTY a progress bar below them. */
import { SingleBar } from 'cli-progress'

/** Where text goes: stdout, or a stream in a test. */
export type TextStream = NodeJS.WritableStream & { readonly isTTY?: boolean }

export interface Display {
  line(text: string): void
  /** Shows a bar for `total` items, where there are bars. */
  begin(task: string, total: number): void
  advance(done: number): void
  /** Takes the bar away and leaves the terminal as it was; harmless if there is none. */
  end(): void
}

/** Lines and, if the stream is a TTY, bars; else lines only. */
export function displayOn(stream: TextStream): Display {
  const line = (text: string): void => void stream.write(`${text}\n`)
  if (stream.isTTY !== true) return { line, begin: () => undefined, advance: () => undefined, end: () => undefined }
  const bar = new SingleBar({
    stream,
    format: '{task} {bar} {value}/{total} | {duration_formatted}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 30,
    hideCursor: true,
    clearOnComplete: true,
    gracefulExit: false, // the program ends the bar itself, on every way out
  })
  return {
    line,
    begin: (task, total) => bar.start(total, 0, { task: task.padEnd(10) }),
    advance: done => bar.update(done),
    end: () => bar.stop(),
  }
}
