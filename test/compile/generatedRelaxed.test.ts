/** Generated code on the engine with fused multiply-add, which Node 20 has behind a flag. */
import { setFlagsFromString } from 'node:v8'
import { describeGenerated } from '../support/generated.ts'

// Elsewhere it is there by default, and the flag does nothing. The engine starts at first use.
setFlagsFromString('--experimental-wasm-relaxed-simd')
describeGenerated()
