import neostandard from 'neostandard'

export default [
  ...neostandard({ ts: true, ignores: ['build', 'build-simulate', 'dist'] }),
  {
    rules: {
      'max-len': ['error', { code: 120, ignoreUrls: true, ignoreStrings: true, ignoreTemplateLiterals: true }],
      'no-unmodified-loop-condition': 'off' // it does not see what happens during an await
    }
  }
]
