import assert from 'node:assert/strict'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { createFolderWatch, type FolderWatch } from '../../../src/services/registry/folder-watch.js'
import { capturedLog } from '../../captured-log.js'
import { folder } from '../../connector.js'
import { until } from '../../until.js'
import { createVirtualClock, type VirtualClock } from '../../virtual-clock.js'

interface Watching {
  path: string
  watch: FolderWatch
  clock: VirtualClock
  looks: () => number
  /** What the next looks answer: when to look again. */
  answers: (number | null)[]
  /** Writes into the folder until the watch has a look due that is no poll. */
  stir: () => Promise<void>
}

const POLL_MS = 10_000

async function watching (t: TestContext): Promise<Watching> {
  const path = await folder(t, {})
  const clock = createVirtualClock()
  const answers: (number | null)[] = []
  let looks = 0
  const watch = createFolderWatch({
    folder: path,
    clock,
    log: capturedLog(),
    async onLook () {
      looks++
      return answers.shift() ?? null
    }
  })
  t.after(watch.stop)
  await watch.look()
  return {
    path,
    watch,
    clock,
    looks: () => looks,
    answers,
    async stir () {
      const before = looks
      await until('a change in the folder is noticed', async () => {
        await writeFile(join(path, 'web.json'), '{}')
        await clock.advance(100)
        return looks > before
      })
    }
  }
}

test('a change in the folder is looked at without waiting for the next poll', async (t) => {
  const { clock, stir } = await watching(t)
  const start = clock.now()

  await stir()

  assert.ok(clock.now() - start < POLL_MS)
})

test('many changes at once are one look', async (t) => {
  const { clock, looks, path } = await watching(t)

  await Promise.all(Array.from({ length: 500 }, async (_, n) => { await writeFile(join(path, `${n}.json`), '{}') }))
  await until('the changes are noticed', async () => {
    await clock.advance(10)
    return looks() > 1
  })
  await clock.advance(5_000)

  assert.ok(looks() <= 3, `${looks()} looks`)
})

test('the folder is looked at every ten seconds, whether or not it says anything', async (t) => {
  const { clock, looks } = await watching(t)

  await clock.advance(POLL_MS - 1)
  const before = looks()
  await clock.advance(1)
  await until('it is looked at', () => looks() === 2)

  assert.equal(before, 1)
})

test('a look that has to be made again is made when it asked for it', async (t) => {
  const { answers, clock, looks, watch } = await watching(t)
  answers.push(1_000)

  await watch.look()
  await clock.advance(1_000)
  await until('it is looked at again', () => looks() === 3)
})

test('a folder that is another one now is the one that is watched', async (t) => {
  const { path, stir, watch } = await watching(t)

  await rename(path, `${path}.old`)
  await watch.look()
  await mkdir(path)
  await watch.look()

  await stir()
  await rm(`${path}.old`, { recursive: true })
})

test('when it is stopped nothing is looked at any more', async (t) => {
  const { clock, looks, path, watch } = await watching(t)

  await watch.stop()
  await writeFile(join(path, 'web.json'), '{}')
  await clock.advance(60_000)

  assert.deepEqual([looks(), clock.waiting()], [1, 0])
})
