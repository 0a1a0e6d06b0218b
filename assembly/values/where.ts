/** The choice between two operands, element by element. */
import { count, data, isTensor } from '../slots'

/** out = a where the condition is not 0, b where it is; each operand may be a scalar that is broadcast. */
export function where(out: usize, condition: usize, a: usize, b: usize): void {
  const conditionStep: usize = isTensor(condition) ? 8 : 0
  const aStep: usize = isTensor(a) ? 8 : 0
  const bStep: usize = isTensor(b) ? 8 : 0
  let pc = data(condition)
  let pa = data(a)
  let pb = data(b)
  for (let y = data(out), end = y + (<usize>count(out) << 3); y < end; y += 8) {
    store<f64>(y, load<f64>(pc) != 0 ? load<f64>(pa) : load<f64>(pb))
    pc += conditionStep
    pa += aStep
    pb += bStep
  }
}
