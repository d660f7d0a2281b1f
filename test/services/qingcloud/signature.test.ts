import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonical, encode, sign } from '../../../src/services/qingcloud/signature.js'

interface Vector {
  name: string
  method: 'GET' | 'POST'
  path: string
  secretAccessKey: string
  params: Record<string, string>
  stringToSign: string
  signature: string
}

const vectors = JSON.parse(
  await readFile(new URL('../../data/signature-vectors.json', import.meta.url), 'utf8')) as Vector[]

test('there are vectors to check against', () => {
  assert.ok(vectors.length >= 4)
})

for (const { name, method, path, params, secretAccessKey, stringToSign, signature } of vectors) {
  test(`vector ${name} is signed as it should be, in whatever order its parameters come`, () => {
    const reversed = Object.fromEntries(Object.entries(params).reverse())

    assert.equal(`${method}\n${path}\n${canonical(params)}`, stringToSign)
    assert.equal(sign(method, path, params, secretAccessKey), signature)
    assert.equal(sign(method, path, reversed, secretAccessKey), signature)
  })
}

test('the path is signed as it is sent, slash included', () => {
  assert.notEqual(sign('GET', '/iaas/', {}, 'secret'), sign('GET', '/iaas', {}, 'secret'))
})

test('a digest nobody knows is refused', () => {
  assert.throws(() => sign('GET', '/iaas/', { signature_method: 'HmacMD5' }, 'secret'), /HmacMD5/)
})

test('names are sorted by their bytes before they are encoded', () => {
  assert.equal(canonical({ status1: 'a', 'status.1': 'b', Z: 'c', é: 'd' }), 'Z=c&status.1=b&status1=a&%C3%A9=d')
})

test('a text is encoded so that it is read back as it was, with nothing but unreserved characters', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => {
    const encoded = encode(text)

    assert.equal(decodeURIComponent(encoded), text)
    assert.match(encoded, /^([A-Za-z0-9_.~-]|%[0-9A-F]{2})*$/)
  }))
})
