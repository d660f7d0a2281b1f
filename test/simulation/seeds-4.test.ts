import { testSeeds } from './seeds.js'

testSeeds(241, 80)
