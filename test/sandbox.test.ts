import { together } from './together.js'

await together(new URL('./sandbox/', import.meta.url), 1, 1)
