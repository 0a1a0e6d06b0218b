/**
 * Static memory that changes. Globals are each instance's own, static memory is not: with threads all instances share it. So each
 * thread has a copy of its own, as far from the main thread's as the facade says.
 */
let displacement: usize = 0

/** For a worker, once: where its copy of the static memory begins. It is as large as `heapStart`. */
export function useStatics(address: usize): void {
  displacement = address
}

/** The thread's own copy of what is at a static address. */
@inline
export function own(address: usize): usize {
  if (ASC_FEATURE_THREADS) return address + displacement
  return address
}
