// Runs in the attacker's page: every way that a page has to send a request, at each of the given ones.
// Returns what the page could see of the answers.

const append = (name, members) =>
  new Promise((resolve) => {
    const element = Object.assign(document.createElement(name), members);
    element.onload = element.onerror = () => resolve(element);
    document.body.append(element);
  });

const tryFetch = async ({ method, url, body, headers }, mode, seen) => {
  const init = { method, mode, ...(method !== 'GET' && { body }), ...(mode === 'cors' && { headers }) };
  try {
    const response = await fetch(url, init);
    seen.push(`${response.type} ${response.status} ${await response.text()}`);
  } catch {
    // As it should be.
  }
};

const tryForm = async ({ method, url, body }) => {
  const frame = await append('iframe', { name: `frame-${Math.random()}`, src: 'about:blank' });
  const form = document.createElement('form');
  Object.assign(form, { method: method === 'GET' ? 'get' : 'post', action: url, target: frame.name });
  form.enctype = 'text/plain';
  // Name and value, with the sign between them, are JSON with one member more.
  form.append(
    Object.assign(document.createElement('input'), { name: `${body.slice(0, -1)},"x":"`, value: '"}' }),
  );
  document.body.append(form);
  const loaded = new Promise((resolve) => {
    frame.onload = resolve;
  });
  form.submit();
  await loaded;
};

const trySocket = (url, seen) =>
  new Promise((resolve) => {
    const socket = new WebSocket(url.replace('http', 'ws'));
    socket.onopen = () => seen.push(`open ${url}`);
    socket.onclose = resolve;
  });

globalThis.tryAll = async (attacks) => {
  const seen = [];
  for (const attack of attacks) {
    await tryFetch(attack, 'no-cors', seen);
    await tryFetch(attack, 'cors', seen);
    navigator.sendBeacon(attack.url, attack.body);
    await tryForm(attack);
    await append('img', { src: attack.url });
    await append('script', { src: attack.url });
    await append('link', { rel: 'stylesheet', href: attack.url });
    await trySocket(attack.url, seen);
  }
  return seen;
};
