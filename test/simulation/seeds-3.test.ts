import { testSeeds } from './seeds.js'

testSeeds(161, 80)
