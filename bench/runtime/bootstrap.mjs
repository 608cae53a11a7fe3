// What Lambda's own runtime for Node does for a function, and the same for every peer: load the handler, then fetch an
// event from the Runtime API, call the handler and post its answer, for ever. Plain JavaScript, because stripping types
// would take longer than what is measured. AWS's own (the npm package aws-lambda-ric) cannot be used: it has to be
// compiled with CMake and a C++ compiler.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
// Required, as AWS's does it: an import reads every export of node:http, and one of them loads the whole of fetch.
const { Agent, request } = require('node:http');

const [host, port] = (process.env.AWS_LAMBDA_RUNTIME_API ?? '').split(':');
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

const call = (method, path, body) =>
  new Promise((resolve, reject) => {
    const sent = request({ host, port, method, path: `/2018-06-01/runtime/${path}`, agent }, (response) => {
      let data = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        data += chunk;
      });
      response.on('end', () => resolve({ headers: response.headers, data }));
    });
    sent.on('error', reject);
    sent.end(body);
  });

const bundle = process.argv[2];
const { handler } = bundle.endsWith('.mjs') ? await import(bundle) : require(bundle);

for (;;) {
  const { headers, data } = await call('GET', 'invocation/next');
  const id = headers['lambda-runtime-aws-request-id'];
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  const context = {
    awsRequestId: id,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: '$LATEST',
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
  const answered = await handler(JSON.parse(data), context).then(
    (result) => ['response', result],
    (error) => ['error', { errorType: error.name, errorMessage: error.message }],
  );
  await call('POST', `invocation/${id}/${answered[0]}`, JSON.stringify(answered[1]));
}
