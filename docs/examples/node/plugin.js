#!/usr/bin/env node
// A plugin in JavaScript, written against docs/protocol.md without an SDK. Its solver, in solver.js, knows nothing of the protocol.
'use strict';
const fs = require('fs');
const path = require('path');
const grpc = require('@grpc/grpc-js');
const protoLoader = require('@grpc/proto-loader');
const { Unsupported, Cancelled, conjugateGradients } = require('./solver.js');

if (process.env.SOLVERBENCH_PLUGIN !== 'a8c1f0d3-solverbench') {
  console.error(`This is a plugin. The harness launches it: solverbench run PROBLEM --plugin ${__filename}`);
  process.exit(1);
}

const types = protoLoader.loadSync(['solverbench/plugin/v1/plugin.proto', 'solverbench/poisson/v1/poisson.proto'], {
  includeDirs: [path.join(__dirname, 'proto')], keepCase: true, longs: Number, enums: String, defaults: true, oneofs: true,
});
const Task = types['solverbench.poisson.v1.Task'];
const Solution = types['solverbench.poisson.v1.Solution'];

const description = {
  name: 'example-node', version: '0.1.0', language: 'javascript', license: 'Apache-2.0',
  solvers: [{
    name: 'cg-js', doc: 'Conjugate gradients for the 5-point Laplacian', schema: 'solverbench.poisson.v1.Task',
    tags: ['iterative', 'krylov'], citation: 'Hestenes & Stiefel 1952',
    options: [{ name: 'max-iterations', type: 'OPTION_TYPE_INT', default_value: '100000', doc: 'give up after so many', minimum: '1' }],
  }],
};

// Failures are values, told in the response.
class Invalid extends Error {}

function failure(error) {
  const kinds = [[Unsupported, 'KIND_UNSUPPORTED'], [Invalid, 'KIND_INVALID'], [Cancelled, 'KIND_CANCELLED']];
  const [, kind] = kinds.find(([type]) => error instanceof type) ?? [null, 'KIND_FAILED'];
  return { failure: { kind, message: error.message } };
}

// unary makes a handler of a function from request to response.
function unary(answer) {
  return (call, callback) => {
    let response;
    try {
      response = answer(call.request) ?? {};
    } catch (error) {
      response = failure(error);
    }
    callback(null, response);
  };
}

// Segment is the file that both sides share. There is no mmap in Node: it stays open, and is read and written.
class Segment {
  constructor(layout) {
    this.layout = layout;
    this.file = fs.openSync(layout.path, 'r+'); // before Open or Load is answered: then its name is removed
  }

  read(elements, offset) { fs.readSync(this.file, elements, 0, elements.byteLength, offset); }

  write(elements, offset) { fs.writeSync(this.file, elements, 0, elements.byteLength, offset); }

  close() { fs.closeSync(this.file); }
}

const align = (n) => Math.ceil(n / 64) * 64;

class Session {
  constructor(request) {
    if (request.solver !== 'cg-js' || !request.task.type_url.endsWith('/' + description.solvers[0].schema)) {
      throw new Unsupported(`no solver ${request.solver} for ${request.task.type_url} here`);
    }
    this.most = 100000;
    for (const [name, value] of Object.entries(request.options)) {
      if (name !== 'max-iterations') throw new Invalid(`option ${name}: expected max-iterations`);
      if (!/^\d+$/.test(value) || Number(value) < 1) throw new Invalid(`option ${name}: ${value}, expected an integer from 1`);
      this.most = Number(value);
    }
    this.setTask(request.task, request.segment);
  }

  // setTask takes a task whose arrays lie in the given segment, or in the message.
  setTask(task, layout, slots = 1, inputStride = 0, outputStride = 0) {
    const decoded = Task.deserialize(task.value);
    const segment = layout && new Segment(layout);
    this.close();
    Object.assign(this, { task: decoded, segment, slots, inputStride, outputStride });
  }

  // rightHandSide reads f of slot k.
  rightHandSide(k) {
    const { rhs } = this.task;
    if (!rhs || rhs.element_type !== 'ELEMENT_TYPE_FLOAT64') throw new Error('expected a right-hand side of float64');
    const f = new Float64Array(rhs.shape.reduce((n, extent) => n * extent, 1));
    if (rhs.place === 'inline') {
      Buffer.from(f.buffer).set(rhs.inline);
    } else {
      this.segment.read(f, rhs.offset + (rhs.offset >= this.segment.layout.slots_begin ? k * this.inputStride : 0));
    }
    return f;
  }

  // pack makes a solution of u, whose place in the output area is that of slot or checkpoint k.
  pack(u, k) {
    const array = { element_type: 'ELEMENT_TYPE_FLOAT64', shape: this.task.rhs.shape };
    if (this.segment) {
      array.offset = this.segment.layout.output_begin + k * (this.outputStride || align(u.byteLength));
      this.segment.write(u, array.offset);
    } else {
      array.inline = Buffer.from(u.buffer);
    }
    return { type_url: 'type.googleapis.com/solverbench.poisson.v1.Solution', value: Solution.serialize({ u: array }) };
  }

  async solve(call) {
    const { repeat, max_checkpoints: most } = call.request;
    const began = performance.now();
    let sending = 0, sent = 0, next = 0, solved, solution;
    const elapsed = () => (performance.now() - began - sending) / 1000;
    const checkpoint = (u) => { // the harness asked for some, and a quarter more time has passed than at the last
      const seconds = elapsed();
      if (sent === most || seconds < next) return;
      next = 1.25 * seconds;
      const before = performance.now();
      call.write({ checkpoint: { seconds, solution: this.pack(u, ++sent) } }); // place 0 is the result's
      sending += performance.now() - before;
    };
    for (let i = 0; i < Math.max(repeat, 1); i++) {
      const k = i % this.slots;
      solved = await conjugateGradients(this.task, this.rightHandSide(k), this.most, checkpoint, () => call.cancelled);
      solution = this.pack(solved.u, k);
    }
    return { result: { solution, seconds: elapsed(), checkpoint_seconds: sending / 1000, iterations: solved.iterations } };
  }

  close() { this.segment?.close(); }
}

const sessions = new Map();

function find(name) {
  const session = sessions.get(name);
  if (!session) throw new Error(`session ${name} is not open`);
  return session;
}

const server = new grpc.Server({ 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 });

server.addService(types['solverbench.plugin.v1.SolverService'], {
  Describe: unary(() => description),
  Open: unary((request) => { sessions.set(request.session, new Session(request)); }),
  Prepare: unary((request) => { find(request.session); }),
  Load: unary((request) => {
    find(request.session).setTask(request.task, request.segment, request.slots, request.input_stride, request.output_stride);
  }),
  async Solve(call) {
    try {
      call.write(await find(call.request.session).solve(call));
    } catch (error) {
      call.write(failure(error));
    }
    call.end();
  },
  Close: unary((request) => {
    sessions.get(request.session)?.close();
    sessions.delete(request.session);
  }),
});

// raw describes a method whose request says nothing and whose response is always the same bytes.
function raw(method, response) {
  const bytes = (b) => b;
  return {
    path: method, requestStream: false, responseStream: false, responseSerialize: () => Buffer.from(response), requestDeserialize: bytes,
    responseDeserialize: bytes, requestSerialize: bytes,
  };
}
server.addService({ Check: raw('/grpc.health.v1.Health/Check', [0x08, 0x01]) }, { Check: unary(() => {}) }); // SERVING
server.addService({ Shutdown: raw('/plugin.GRPCController/Shutdown', []) }, {
  Shutdown(call, callback) {
    callback(null, {});
    server.tryShutdown(() => process.exit(0));
  },
});

const socket = path.join(process.env.PLUGIN_UNIX_SOCKET_DIR, 'plugin.sock');
server.bindAsync('unix:' + socket, grpc.ServerCredentials.createInsecure(), (error) => {
  if (error) throw error;
  console.log(`1|1|unix|${socket}|grpc`);
});
