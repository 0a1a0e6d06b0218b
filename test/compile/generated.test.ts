/** Generated code on the engine without fused multiply-add. */
import { init } from 'backprop-wasm'
import { describeGenerated } from '../support/generated.ts'

await init({ deterministic: true })
describeGenerated()
