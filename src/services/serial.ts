/** Runs work one after the other, in the order it is given; a failure is its giver's, and the next goes on. */
export function createSerial (): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return async (work) => {
    const mine = last.then(work, work)
    last = mine.catch(() => {})
    return await mine
  }
}
