/** The choice between two operands, element by element. */
import { bytes } from '../kernels/lanes'
import { count, data, isTensor, scalar } from '../slots'

/** out = a where the condition is not 0, b where it is; each operand may be a scalar that is broadcast. */
export function where<T>(out: usize, condition: usize, a: usize, b: usize): void {
  if (!isTensor(out)) {
    store<f64>(data(out), scalar(condition) != 0 ? scalar(a) : scalar(b))
    return
  }
  const conditionTensor = isTensor(condition)
  const aTensor = isTensor(a)
  const bTensor = isTensor(b)
  const pc = data(condition)
  const pa = data(a)
  const pb = data(b)
  const y = data(out)
  let chosen = conditionTensor || scalar(condition) != 0
  let x = aTensor ? <T>0 : <T>scalar(a)
  let z = bTensor ? <T>0 : <T>scalar(b)
  for (let i: usize = 0, size = bytes<T>(count(out)); i < size; i += sizeof<T>()) {
    if (conditionTensor) chosen = load<T>(pc + i) != 0
    if (aTensor) x = load<T>(pa + i)
    if (bTensor) z = load<T>(pb + i)
    store<T>(y + i, chosen ? x : z)
  }
}
