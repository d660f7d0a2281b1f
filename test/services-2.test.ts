import { together } from './together.js'

await together(new URL('./services/', import.meta.url), 2, 3)
