// Conjugate gradients for the 5-point Laplacian with u = 0 on the boundary.
'use strict';

// Unsupported says that a task is not for this solver.
class Unsupported extends Error {}

// Cancelled says that the solver stopped because it was asked to.
class Cancelled extends Error {}

// spacing is h, after checking that the task is one that can be solved here.
function spacing(task) {
  const plain = (axis) => axis.lower_boundary === 'BOUNDARY_DIRICHLET' && axis.upper_boundary === 'BOUNDARY_DIRICHLET' &&
    !axis.lower_values && !axis.upper_values && !axis.face_coefficients && (axis.coefficient || 1) === 1;
  if (task.kind !== 'KIND_DISCRETE' || task.axes.length !== 2 || !task.axes.every(plain) || task.cross_coefficient !== 0) {
    throw new Unsupported('only the 2-D Laplacian with u = 0 on the boundary');
  }
  const [hy, hx] = task.axes.map((axis) => (axis.upper - axis.lower) / (axis.points + 1));
  if (Math.abs(hx - hy) > 1e-12 * hx) throw new Unsupported(`spacings ${hy} and ${hx}, expected equal ones`);
  return hx;
}

const dot = (a, b) => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
};

// laplacian computes h²·Ap and returns pᵀ(h²·A)p.
function laplacian(ap, p, rows, columns) {
  let sum = 0;
  for (let j = 0, k = 0; j < rows; j++) {
    for (let i = 0; i < columns; i++, k++) {
      let v = 4 * p[k];
      if (i > 0) v -= p[k - 1];
      if (i < columns - 1) v -= p[k + 1];
      if (j > 0) v -= p[k - columns];
      if (j < rows - 1) v -= p[k + columns];
      ap[k] = v;
      sum += p[k] * v;
    }
  }
  return sum;
}

// conjugateGradients solves to the task's tolerance. It lets the event loop run now and then: only there is a cancellation heard.
async function conjugateGradients(task, f, most, checkpoint, cancelled) {
  const h = spacing(task);
  const [rows, columns] = task.axes.map((axis) => axis.points);
  const u = new Float64Array(f.length);
  const r = f.map((v) => v * h * h);
  const p = r.slice();
  const ap = new Float64Array(f.length);
  let rr = dot(r, r);
  const enough = rr * (0.9 * task.tolerance) ** 2; // a little less than allowed, for r drifts away from h²·(f − Au) by rounding
  let breath = performance.now();
  for (let iterations = 0; ; iterations++) {
    if (rr <= enough) return { u, iterations };
    if (iterations === most) throw new Error(`no convergence in ${most} iterations`);
    const alpha = rr / laplacian(ap, p, rows, columns);
    for (let k = 0; k < u.length; k++) {
      u[k] += alpha * p[k];
      r[k] -= alpha * ap[k];
    }
    const before = rr;
    rr = dot(r, r);
    const beta = rr / before;
    for (let k = 0; k < p.length; k++) p[k] = r[k] + beta * p[k];
    checkpoint(u);
    if (performance.now() - breath > 20) {
      await new Promise(setImmediate);
      if (cancelled()) throw new Cancelled('asked to stop');
      breath = performance.now();
    }
  }
}

module.exports = { Unsupported, Cancelled, conjugateGradients };
