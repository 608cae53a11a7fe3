// Shows openapi.json, and tries its operations on the server that the page comes from.
globalThis.SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#reference',
  supportedSubmitMethods: ['get', 'put'],
  // Its validator is a service on the internet.
  validatorUrl: null,
});
