import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'

test('the archive that npm pack makes holds every production dependency', async () => {
  const { bundleDependencies } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'))

  // Whenever it installs something npm makes a list of it, to which it does not add later on.
  assert.equal(bundleDependencies, true)
})

test('the lock file names no registry', async () => {
  const lock = await readFile(new URL('../package-lock.json', import.meta.url), 'utf8')

  assert.equal(lock.includes('"resolved": "http'), false)
})
