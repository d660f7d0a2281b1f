import neostandard from 'neostandard'

export default [
  ...neostandard({ ts: true, ignores: ['dist'] }),
  { rules: { 'max-len': ['error', { code: 120, ignoreUrls: true, ignoreStrings: true, ignoreTemplateLiterals: true }] } }
]
