import { testSeeds } from './seeds.js'

testSeeds(81, 80)
