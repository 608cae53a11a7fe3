// Shows openapi.json, and tries its operations on the server that the page comes from.
import { KEY_HEADER } from './key-header.ts';

globalThis.SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#reference',
  supportedSubmitMethods: ['get', 'put'],
  // Its validator is a service on the internet.
  validatorUrl: null,
  requestInterceptor: (request) => {
    // That of a deployed stack's console, with which it links here.
    const key = location.hash.slice(1);
    if (key !== '') {
      request.headers[KEY_HEADER] = key;
    }
    return request;
  },
});
