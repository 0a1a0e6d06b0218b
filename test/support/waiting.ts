/** Promises whose order of fulfilment a test decides. */

/** A promise of the value that takes so many turns of the microtask queue. */
export async function after<T>(turns: number, value?: T): Promise<T> {
  for (let i = 0; i < turns; i++) await Promise.resolve()
  return value as T
}

/** A promise that is fulfilled when it is opened. */
export interface Gate {
  readonly opened: Promise<void>
  readonly open: () => void
}

export function gate(): Gate {
  let open = (): void => undefined
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  return { opened, open }
}
