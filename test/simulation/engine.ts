import { setFlagsFromString } from 'node:v8'

/**
 * Half an hour of cluster life is over before most of what it ran was run often: with V8's own patience a third of the
 * time goes into optimizing code that is hardly run again. The cheap compiler at once, the dear one for the hottest.
 */
setFlagsFromString('--always-sparkplug')
setFlagsFromString('--interrupt-budget=1000000')
